"""Amounts people type: read, or refused with the words that help to mend them."""

from __future__ import annotations

from decimal import Decimal

from grantflow.errors import Invalid, Problem
from grantflow.forms.amounts import (
    CENT,
    EITHER_WAY,
    NotANumber,
    places,
    read_number,
)

MOST = Decimal("99999999999.99")
"""The largest amount a column holds with room to add up (euro)."""


def read_amount(typed: str, place: str, language: str, *, zero: bool = False) -> Decimal:
    """An amount in euro out of a form in that language.

    Raises Invalid naming the field and what is wrong.
    """
    text = typed.strip()
    if not text:
        raise Invalid([Problem("money.amount_missing", place=place)])
    try:
        amount = read_number(text[:60], language)
    except NotANumber as error:
        if error.key == EITHER_WAY:
            raise Invalid([Problem(EITHER_WAY, error.params, place)]) from None
        raise Invalid([Problem("money.amount_unreadable", {"typed": text[:60]}, place)]) from None
    if places(amount) > 2:
        raise Invalid([Problem("money.amount_third_decimal", {"typed": text[:60]}, place)])
    if amount < 0 or (amount == 0 and not zero):
        raise Invalid([Problem("money.amount_not_positive", {"typed": text[:60]}, place)])
    if amount > MOST:
        raise Invalid([Problem("money.amount_absurd", {"typed": text[:60]}, place)])
    return amount.quantize(CENT)


def read_reason(typed: str, place: str = "reason") -> str:
    """The reason for a change. Raises Invalid when it says nothing."""
    reason = typed.strip()
    if len(reason) < 5:
        raise Invalid([Problem("money.reason_missing", place=place)])
    return reason[:1000]
