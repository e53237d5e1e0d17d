"""Cents: rounding half up at the end, and sharing an amount without losing one of them.

All amounts are Decimal euro. Legal source: rounding is commercial practice; some funders round
grants down to full euros, which is a setting of the rule profile (``grant_rounding``).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum

from grantflow.rules.computation import CENT

NOTHING = Decimal("0.00")
_EURO = Decimal(1)


class Rounding(StrEnum):
    """How a recomputed grant is rounded."""

    CENT = "CENT"
    FULL_EURO_DOWN = "FULL_EURO_DOWN"


def cents(amount: Decimal) -> Decimal:
    """An exact amount to the cent, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def rounded(amount: Decimal, rounding: Rounding) -> Decimal:
    """An exact amount as the funder rounds it; always with two decimals."""
    if rounding is Rounding.FULL_EURO_DOWN:
        return amount.quantize(_EURO, ROUND_DOWN).quantize(CENT)
    return cents(amount)


def shared(
    total: Decimal, weights: Sequence[Decimal], *, at_most: Sequence[Decimal] | None = None
) -> tuple[Decimal, ...]:
    """An amount shared by weight so that the parts are whole cents and add up to it.

    Every part is rounded half up; the difference goes to the last part that has a weight, and on to
    the one before where that would make it negative (or more than its ``at_most``). The weights
    are not negative and not all zero, the limits together not below the total; else ValueError.
    """
    whole = sum(weights, Decimal(0))
    if whole <= 0 or min(weights) < 0 or total < 0:
        raise ValueError("weights and total are positive")
    limits = [total] * len(weights) if at_most is None else at_most
    parts = [
        min(cents(total * weight / whole), limit)
        for weight, limit in zip(weights, limits, strict=True)
    ]
    missing = total - sum(parts)
    for index in reversed(range(len(parts))):
        if missing and weights[index]:
            moved = max(-parts[index], min(missing, limits[index] - parts[index]))
            parts[index] += moved
            missing -= moved
    if missing:
        raise ValueError("the limits do not hold the total")
    return tuple(parts)
