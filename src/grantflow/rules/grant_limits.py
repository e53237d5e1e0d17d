"""What a funding line bears at most: its rate of the eligible expenditure, and its maximum.

Legal source: VV Nr. 2.2 and 3.1 zu § 44 BHO/LHO (financing by a share, maximum amounts). All
amounts are Decimal euro.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from grantflow.rules.rounding import cents


def share(rate: Decimal, eligible: Decimal) -> Decimal:
    """A rate (1 = all) of the eligible expenditure (euro), to the cent, half up."""
    return cents(rate * eligible)


def at_most(
    maximum: Decimal | None, per_year: Decimal | None, first: date | None, last: date | None
) -> Decimal | None:
    """The smaller of a maximum and so much for every year (euro); None where nothing limits.

    Every calendar year that the period from ``first`` to ``last`` touches counts in full; without
    both days the yearly maximum limits nothing.
    """
    limits = [] if maximum is None else [maximum]
    if per_year is not None and first is not None and last is not None:
        limits.append(per_year * (last.year - first.year + 1))
    return min(limits, default=None)
