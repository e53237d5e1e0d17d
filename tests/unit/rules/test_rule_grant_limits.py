"""What a funding line bears (VV Nr. 2.2 and 3.1 zu § 44 BHO/LHO)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from grantflow.rules.grant_limits import at_most, share

FIRST, LAST = date(2027, 12, 31), date(2029, 1, 1)


def test_a_share_is_rounded_half_up_to_the_cent() -> None:
    assert share(Decimal("0.5"), Decimal("0.01")) == Decimal("0.01")
    assert share(Decimal("0.5"), Decimal("39999.98")) == Decimal("19999.99")


@pytest.mark.parametrize(
    ("maximum", "per_year", "first", "last", "most"),
    [
        (None, None, FIRST, LAST, None),
        (100, None, None, None, 100),
        (None, 40, FIRST, LAST, 120),
        (100, 40, FIRST, LAST, 100),
        (200, 40, FIRST, LAST, 120),
        (None, 40, FIRST, None, None),
    ],
)
def test_every_year_that_is_touched_counts(
    maximum: int | None, per_year: int | None, first: date, last: date, most: int | None
) -> None:
    limits = [None if one is None else Decimal(one) for one in (maximum, per_year)]
    assert at_most(*limits, first, last) == most
