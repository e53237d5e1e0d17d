"""Amounts that diagrams hand over: to the cent, with the noise of binary fractions and no more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grantflow.errors import GrantFlowError
from grantflow.services.decisions import euro


@pytest.mark.parametrize(
    ("value", "amount"), [(0.1 + 0.2, "0.30"), (12, "12.00"), ("12.5", "12.50"), (1e-9, "0.00")]
)
def test_an_amount_is_taken_to_the_cent(value: object, amount: str) -> None:
    assert euro(value, "pay") == Decimal(amount)


@pytest.mark.parametrize("value", [0.005, "1.001", Decimal("2.00001")])
def test_a_third_decimal_is_refused_and_not_rounded(value: object) -> None:
    with pytest.raises(GrantFlowError) as refused:
        euro(value, "pay")
    assert refused.value.key == "effects.cents"


@pytest.mark.parametrize("value", [-1, "zwei", None, "nan", "inf"])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(GrantFlowError) as refused:
        euro(value, "pay")
    assert refused.value.key == "effects.amount"
