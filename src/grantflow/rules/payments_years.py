"""Cash by budget year: split of a grant, commitment authority, what lapses, sharing out a fund.

Amounts are Decimal euro; no cent is lost between years or parts. Legal source: §§ 38, 45 BHO/LHO,
VV Nr. 4.2.5 zu § 44 BHO/LHO.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from grantflow.errors import Invalid, Problem
from grantflow.rules.computation import CENT
from grantflow.rules.explanation import Step
from grantflow.rules.rounding import NOTHING, cents, shared

_SPLIT_LAW = "§§ 38, 45 BHO/LHO; VV Nr. 4.2.5 zu § 44 BHO/LHO"
_CARRY_LAW = "§ 45 Abs. 2, 3 BHO/LHO"
_LONGEST = 30  # years; a longer period is a slip of the pen


class Distribution(StrEnum):
    """How the cash need is spread over the period."""

    EQUAL_MONTHS = "EQUAL_MONTHS"  # every month the period touches counts the same
    EQUAL_DAYS = "EQUAL_DAYS"
    GIVEN = "GIVEN"  # the amounts of the years are entered


@dataclass(frozen=True)
class CashYear:
    """What one budget year pays, and what of it needs commitment authority (euro)."""

    year: int
    cash: Decimal
    commitment: Decimal


@dataclass(frozen=True)
class CashSplit:
    """A grant by budget years (euro)."""

    years: tuple[CashYear, ...]
    commitment_total: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class YearEnd:
    """What becomes of cash a year did not use (euro)."""

    unused: Decimal
    lapsed: Decimal
    carried: Decimal
    amendment_needed: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class FundPart:
    """One part of a fund; ``each`` for every one of its ``parts``, ``rest`` does not divide."""

    name: str
    amount: Decimal
    parts: int
    each: Decimal
    rest: Decimal


@dataclass(frozen=True)
class FundDistribution:
    """A fund by its parts (euro)."""

    parts: tuple[FundPart, ...]
    steps: tuple[Step, ...]


def cash_split(
    grant: Decimal,
    start: date,
    end: date,
    decision_year: int,
    *,
    distribution: Distribution = Distribution.EQUAL_MONTHS,
    given: Mapping[int, Decimal] | None = None,
) -> CashSplit:
    """The cash of a grant by budget year; years after the decision's need commitment authority.

    ``given`` are the amounts of the years for GIVEN. Raises Invalid for a period that ends before
    it begins or lasts over 30 years, for a year outside it, and for a sum that is not the grant.
    """
    if end < start or end.year - start.year > _LONGEST:
        told = {"start": start, "end": end}
        raise Invalid([Problem("rules_money.period_order", told, "period_end")])
    years = range(start.year, end.year + 1)
    if distribution is Distribution.GIVEN:
        cash = _given(grant, years, given or {})
    else:
        weigh = _months if distribution is Distribution.EQUAL_MONTHS else _days
        weights = [Decimal(weigh(year, start, end)) for year in years]
        cash = dict(zip(years, shared(grant, weights), strict=True))
    found = tuple(
        CashYear(year, amount, amount if year > decision_year else NOTHING)
        for year, amount in cash.items()
    )
    total = sum((one.commitment for one in found), NOTHING)
    first = Step(f"rules_money.step.split_{distribution.lower()}", _SPLIT_LAW,
                 {"start": start, "end": end})  # fmt: skip
    steps = [
        Step("rules_money.step.cash_year", _SPLIT_LAW, {"year": str(one.year), "cash": one.cash})
        for one in found
    ]
    authority = Step("rules_money.step.commitment", "§ 38 BHO/LHO",
                     {"year": str(decision_year), "total": total})  # fmt: skip
    return CashSplit(found, total, (first, *steps, authority))


def _months(year: int, start: date, end: date) -> int:
    first = start.month if year == start.year else 1
    last = end.month if year == end.year else 12
    return last - first + 1


def _days(year: int, start: date, end: date) -> int:
    return (min(end, date(year, 12, 31)) - max(start, date(year, 1, 1))).days + 1


def _given(grant: Decimal, years: range, given: Mapping[int, Decimal]) -> dict[int, Decimal]:
    problems = [
        Problem("rules_money.year_outside", {"year": str(year)}, f"by_year.{year}")
        for year in given
        if year not in years
    ]
    total = sum(given.values(), NOTHING)
    if total != grant:
        told = {"total": total, "grant": grant}
        problems.append(Problem("rules_money.years_sum", told, "by_year"))
    if problems:
        raise Invalid(problems)
    return {year: given.get(year, NOTHING) for year in years}


def year_end(planned: Decimal, used: Decimal, *, carried_over: bool) -> YearEnd:
    """What becomes of unused cash: it lapses, unless it is carried over by an amendment (euro).

    Raises Invalid when more was used than the year had.
    """
    if used > planned:
        told = {"used": used, "planned": planned}
        raise Invalid([Problem("rules_money.used_above_planned", told, "used")])
    unused = planned - used
    carried = unused if carried_over else NOTHING
    told = {"planned": planned, "used": used, "unused": unused}
    key = ("carried" if carried_over else "lapsed") if unused else "used_up"
    step = Step(f"rules_money.step.{key}", _CARRY_LAW, told)
    return YearEnd(unused, unused - carried, carried, bool(carried), (step,))


def fund_distribution(
    total: Decimal, shares: Mapping[str, Decimal], parts: Mapping[str, int] | None = None
) -> FundDistribution:
    """A fund by shares (of one), and each share by equal parts where their number is given.

    Raises Invalid for shares that do not add up to one or a number of parts below one.
    """
    counts = {name: (parts or {}).get(name, 1) for name in shares}
    if sum(shares.values(), Decimal(0)) != 1 or min(shares.values()) < 0:
        told = {"total": sum(shares.values(), Decimal(0))}
        raise Invalid([Problem("rules_money.shares_sum", told, "shares")])
    if min(counts.values()) < 1:
        raise Invalid([Problem("rules_money.no_parts", {}, "parts")])
    amounts = shared(total, list(shares.values()))
    found = tuple(
        _part(name, amount, counts[name]) for name, amount in zip(shares, amounts, strict=True)
    )
    steps = tuple(
        Step("rules_money.step.fund_part", "",
             {"name": one.name, "rate": shares[one.name] * 100, "amount": one.amount,
              "count": one.parts, "each": one.each})
        for one in found
    )  # fmt: skip
    return FundDistribution(found, steps)


def _part(name: str, amount: Decimal, count: int) -> FundPart:
    each = cents(amount / count)
    if each * count > amount:  # what is handed out is never more than there is
        each -= CENT
    return FundPart(name, amount, count, each, amount - each * count)
