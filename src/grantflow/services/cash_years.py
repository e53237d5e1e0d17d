"""How the money of a grant lies in its budget years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.payments_years import cash_split
from grantflow.rules.rounding import cents
from grantflow.store.ledger import NOTHING

ByYear = Mapping[int, Decimal]


def by_months(amount: Decimal, first: date, last: date) -> dict[int, Decimal]:
    """Split an amount (euro) over the calendar years of a period by its begun months.

    By the rule ``cash_split``; no cent is lost. Raises Invalid when the period ends before it
    begins or is absurdly long.
    """
    return {one.year: one.cash for one in cash_split(amount, first, last, first.year).years}


def read_split(value: Any) -> dict[int, Decimal]:
    """A list of ``{year, amount}`` as a programme's form gives it. Raises Invalid."""
    found: dict[int, Decimal] = {}
    try:
        for one in value or ():
            year = int(one["year"])
            found[year] = found.get(year, NOTHING) + cents(Decimal(str(one["amount"])))
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise _unreadable(value) from error
    if any(amount < 0 for amount in found.values()):
        raise _unreadable(value)
    return found


def _unreadable(value: Any) -> Invalid:
    return Invalid([Problem("ledger.split_unreadable", {"value": str(value)})])


def fitted(by_year: ByYear, amount: Decimal, this_year: int) -> dict[int, Decimal]:
    """A split whose years lie no earlier than this one and whose sum is exactly ``amount``.

    What is too much is taken from the last years, what is missing is added to the last.
    """
    found: dict[int, Decimal] = {}
    for year, part in sorted(by_year.items()):
        found[max(year, this_year)] = found.get(max(year, this_year), NOTHING) + part
    missing = amount - sum(found.values(), NOTHING)
    if missing > 0:
        last = max(found, default=this_year)
        found[last] = found.get(last, NOTHING) + missing
    for year in sorted(found, reverse=True):
        taken = min(found[year], max(-missing, NOTHING))
        found[year] -= taken
        missing += taken
    return {year: part for year, part in sorted(found.items()) if part}


def added(parts: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """Amounts by year, added up."""
    found: dict[int, Decimal] = {}
    for year, part in parts:
        found[year] = found.get(year, NOTHING) + part
    return found
