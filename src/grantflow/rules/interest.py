"""Interest on recovered or late used grants: five points over the base rate, segment by segment.

Amounts are Decimal euro, rates percent a year. Days are half-open: the first day counts, the day
on which the money came back (or was used) does not. The law does not fix how days are counted, so
that is a setting and is printed with the result. Interest is never added to the principal (§ 289
BGB). Legal source: § 49a Abs. 3, 4 VwVfG, § 247 BGB.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from grantflow.errors import Invalid, Problem
from grantflow.rules.base_rates import BaseRate, BaseRates
from grantflow.rules.explanation import Step
from grantflow.rules.rounding import NOTHING, cents

MARGIN = Decimal(5)
LAW = "§ 49a Abs. 3 VwVfG; § 247 BGB"
_DAY = timedelta(days=1)
_COMMON, _LEAP = 365, 366
_UNROUNDED = Decimal("0.000001")


class DayCount(StrEnum):
    """How the days of a year are counted."""

    ACT_365 = "act/365"
    ACT_ACT = "act/act"
    D30_360 = "30/360"


@dataclass(frozen=True)
class Movement:
    """An amount of euro that moved on a day: paid out, used, paid back."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class Settings:
    """How interest is computed: points over the base rate, way of counting days."""

    margin: Decimal = MARGIN
    day_count: DayCount = DayCount.ACT_365


@dataclass(frozen=True)
class Segment:
    """A time with one principal and one rate, as it is printed (euro, percent)."""

    start: date
    end: date  # first day that bears no interest any more
    days: int  # as the day count has it
    principal: Decimal
    base_rate: BaseRate
    rate: Decimal
    weight: Decimal  # principal * rate * units of a year: exact, without a division
    exact: Decimal  # rounded to six decimals, for the reader
    amount: Decimal = NOTHING  # to the cent; all of them add up to the interest

    @property
    def last_day(self) -> date:
        """The last day that bears interest."""
        return self.end - _DAY


@dataclass(frozen=True)
class Interest:
    """The interest, rounded once, and its segments (euro)."""

    amount: Decimal
    days: int
    segments: tuple[Segment, ...]
    steps: tuple[Step, ...]


def units(start: date, end: date, day_count: DayCount) -> int:
    """The length of a half-open time in parts of a year; ``units_a_year`` of them are a year.

    act/365 and 30/360 count days; act/act counts days of common years 366-fold and of leap years
    365-fold, so that no division is needed before the sum is complete. 30/360: every month has 30
    days, a 31st counts as the 30th. For ``start <= end`` the parts of a split always add up.
    """
    if day_count is DayCount.D30_360:
        return _commercial(end) - _commercial(start)
    if day_count is DayCount.ACT_365:
        return (end - start).days
    return _actual(end) - _actual(start)


def units_a_year(day_count: DayCount) -> int:
    """How many units make one year."""
    if day_count is DayCount.D30_360:
        return 360
    return _COMMON if day_count is DayCount.ACT_365 else _COMMON * _LEAP


def _commercial(day: date) -> int:
    return day.year * 360 + day.month * 30 + min(day.day, 30)


def _actual(day: date) -> int:
    """Units of act/act from the beginning of the year 1 to a day: every year has the same sum."""
    new_year = date(day.year, 1, 1)
    leap = date(day.year, 12, 31).timetuple().tm_yday == _LEAP
    return day.year * _COMMON * _LEAP + (day - new_year).days * (_COMMON if leap else _LEAP)


def segments(
    principal: Decimal, start: date, end: date, rates: BaseRates, settings: Settings
) -> list[Segment]:
    """One principal over a half-open time, a segment for every base rate (euro).

    Raises BaseRateMissing for a day without a rate.
    """
    found = []
    for span in rates.between(start, end):
        # A base rate below zero lowers the margin; it never makes the authority owe interest.
        rate = max(span.rate.rate + settings.margin, NOTHING)
        count = units(span.start, span.end, settings.day_count)
        weight = principal * rate * count
        exact = (weight / _divisor(settings)).quantize(_UNROUNDED)
        days = count if settings.day_count is DayCount.D30_360 else (span.end - span.start).days
        found.append(Segment(span.start, span.end, days, principal, span.rate, rate, weight, exact))
    return found


def _divisor(settings: Settings) -> Decimal:
    return Decimal(100 * units_a_year(settings.day_count))


def total(found: Sequence[Segment], settings: Settings) -> tuple[Decimal, tuple[Segment, ...]]:
    """The interest of all segments, rounded once at the end, and what is printed for each.

    The difference between the rounded segments and the rounded sum goes to the last segment.
    """
    divisor = _divisor(settings)
    whole = cents(sum((one.weight for one in found), Decimal(0)) / divisor)
    printed = [replace(one, amount=cents(one.weight / divisor)) for one in found]
    if printed:
        difference = whole - sum((one.amount for one in printed), NOTHING)
        printed[-1] = replace(printed[-1], amount=printed[-1].amount + difference)
    return whole, tuple(printed)


def recovery_interest(
    principal: Decimal,
    start: date,
    end: date,
    rates: BaseRates,
    settings: Settings | None = None,
    *,
    repayments: Iterable[Movement] = (),
    audit_due_on: date | None = None,
) -> Interest:
    """Interest on a claim from ``start`` (the day the decision lost effect) up to ``end``, which is
    the day the money came back and bears none (euro).

    ``repayments`` reduce the principal from their day on. ``audit_due_on`` ends the interest at the
    day on which a timely audit would have led to repayment. Raises Invalid for days out of order or
    more paid back than owed, BaseRateMissing for a day without a rate.
    """
    settings = settings or Settings()
    stop = end if audit_due_on is None else min(end, audit_due_on)
    returned = sorted(repayments, key=lambda movement: movement.on)
    _require_sound(principal, start, end, returned)
    found: list[Segment] = []
    left, since = principal, start
    for movement in returned:
        day = min(max(movement.on, since), max(stop, since))
        found += segments(left, since, day, rates, settings) if left else []
        left, since = left - movement.amount, day
    if left:
        found += segments(left, since, stop, rates, settings)
    amount, printed = total(found, settings)
    steps = [*_opening(principal, start, end, settings), *_capped(end, stop)]
    steps += [*_returned(returned), *explained(printed), _closing(amount)]
    days = sum(one.days for one in printed)
    return Interest(amount, days, printed, tuple(steps))


def _require_sound(
    principal: Decimal, start: date, end: date, returned: Sequence[Movement]
) -> None:
    problems = []
    if end < start:
        problems.append(
            Problem("rules_money.interest_order", {"start": start, "end": end}, "interest_until")
        )
    back = sum((one.amount for one in returned), NOTHING)
    if back > principal:
        told = {"back": back, "principal": principal}
        problems.append(Problem("rules_money.back_above_principal", told, "repayments"))
    if problems:
        raise Invalid(problems)


def _opening(principal: Decimal, start: date, end: date, settings: Settings) -> list[Step]:
    told = {"principal": principal, "start": start, "end": end, "margin": settings.margin}
    counted = Step(f"rules_money.day_count.{settings.day_count.name.lower()}", "")
    return [Step("rules_money.step.interest", LAW, told), counted]


def _capped(end: date, stop: date) -> list[Step]:
    if stop == end:
        return []
    return [Step("rules_money.step.audit_cap", "§ 49a Abs. 3 VwVfG", {"on": stop})]


def _returned(returned: Sequence[Movement]) -> list[Step]:
    return [
        Step("rules_money.step.paid_back", "", {"on": one.on, "amount": one.amount})
        for one in returned
    ]


def explained(found: Sequence[Segment]) -> list[Step]:
    """A step for every segment, with its base rate and where that comes from."""
    floor = [
        Step("rules_money.step.rate_floor", LAW, {"start": one.start, "base": one.base_rate.rate})
        for one in found
        if not one.rate and one.base_rate.rate < 0
    ]
    return floor + [
        Step(
            "rules_money.step.segment",
            one.base_rate.source,
            {
                "start": one.start,
                "last": one.last_day,
                "days": one.days,
                "principal": one.principal,
                "base": one.base_rate.rate,
                "rate": one.rate,
                "amount": one.amount,
            },
        )
        for one in found
    ]


def _closing(amount: Decimal) -> Step:
    return Step("rules_money.step.interest_total", LAW, {"amount": amount})
