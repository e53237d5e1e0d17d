"""Laws of interest: a day-by-day recomputation agrees, splits add up, more is never less."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from grantflow.rules.base_rates import shipped
from grantflow.rules.interest import (
    DayCount,
    Movement,
    Settings,
    recovery_interest,
    segments,
    units,
)
from grantflow.rules.interest_late_use import late_use_interest, slices

LAW = hypothesis_settings(deadline=None)  # a loaded machine breaks no law
RATES = shipped()
FIRST, LAST = RATES.rates[0].since, RATES.until
EUROS = st.integers(1, 100_000_000).map(lambda cents: Decimal(cents) / 100)
DAYS = st.dates(FIRST, LAST)
COUNTS = st.sampled_from(DayCount)
CALENDAR = st.sampled_from([DayCount.ACT_365, DayCount.ACT_ACT])


def leap(year: int) -> bool:
    return (date(year, 12, 31) - date(year, 1, 1)).days == 365


def day_by_day(principal: Decimal, start: date, end: date, count: DayCount) -> Fraction:
    """The same interest by an independent way: each day for itself, as exact fractions."""
    total, day = Fraction(0), start
    while day < end:
        known = [rate for rate in RATES.rates if rate.since <= day]
        year = 366 if count is DayCount.ACT_ACT and leap(day.year) else 365
        total += Fraction(principal) * Fraction(known[-1].rate + 5) / 100 / year
        day += timedelta(days=1)
    return total


def half_up(value: Fraction) -> Decimal:
    return Decimal(int(value * 100 + Fraction(1, 2))) / 100


@LAW
@given(EUROS, DAYS, st.integers(0, 800), CALENDAR)
def test_a_day_by_day_recomputation_agrees(
    principal: Decimal, start: date, length: int, count: DayCount
) -> None:
    end = min(start + timedelta(days=length), LAST + timedelta(days=1))
    found = recovery_interest(principal, start, end, RATES, Settings(day_count=count))
    assert found.amount == half_up(day_by_day(principal, start, end, count))


@LAW
@given(EUROS, st.lists(DAYS, min_size=2, max_size=5), COUNTS)
def test_interest_is_additive_over_splits(
    principal: Decimal, days: list[date], count: DayCount
) -> None:
    stops = sorted(days)
    settings = Settings(day_count=count)
    whole = segments(principal, stops[0], stops[-1], RATES, settings)
    parts = [s for a, b in pairwise(stops) for s in segments(principal, a, b, RATES, settings)]
    assert sum(one.weight for one in whole) == sum(one.weight for one in parts)


@LAW
@given(st.lists(st.dates(date(1999, 1, 1), date(2101, 1, 1)), min_size=3, max_size=3), COUNTS)
def test_every_way_of_counting_days_is_additive(days: list[date], count: DayCount) -> None:
    first, middle, last = sorted(days)
    assert units(first, last, count) == units(first, middle, count) + units(middle, last, count)


@LAW
@given(EUROS, DAYS, DAYS, COUNTS)
def test_the_printed_segments_add_up_to_the_interest(
    principal: Decimal, one: date, other: date, count: DayCount
) -> None:
    start, end = sorted((one, other))
    found = recovery_interest(principal, start, end, RATES, Settings(day_count=count))
    assert sum((s.amount for s in found.segments), Decimal(0)) == found.amount
    assert found.amount >= 0
    assert all(before.end == after.start for before, after in pairwise(found.segments))


@LAW
@given(EUROS, EUROS, DAYS, st.lists(DAYS, min_size=2, max_size=2), COUNTS)
def test_more_money_and_more_time_never_bear_less(
    principal: Decimal, more: Decimal, start: date, ends: list[date], count: DayCount
) -> None:
    early, late = sorted(max(start, end) for end in ends)
    settings = Settings(day_count=count)
    first = recovery_interest(principal, start, early, RATES, settings).amount
    assert recovery_interest(principal, start, late, RATES, settings).amount >= first
    assert recovery_interest(principal + more, start, early, RATES, settings).amount >= first


@LAW
@given(EUROS, DAYS, DAYS, DAYS, st.integers(0, 100), CALENDAR)
def test_a_part_repayment_is_as_if_two_claims_had_run(
    principal: Decimal, one: date, two: date, three: date, percent: int, count: DayCount
) -> None:
    start, back, end = sorted((one, two, three))
    part = (principal * percent / 100).quantize(Decimal("0.01"))
    found = recovery_interest(
        principal, start, end, RATES, Settings(day_count=count), repayments=[Movement(back, part)]
    )
    exact = day_by_day(part, start, back, count) + day_by_day(principal - part, start, end, count)
    assert found.amount == half_up(exact)


MOVEMENTS = st.lists(st.builds(Movement, on=DAYS, amount=EUROS), min_size=1, max_size=6)


@LAW
@given(MOVEMENTS, MOVEMENTS, st.sampled_from(["P6W", "P2M"]))
def test_first_in_first_out_loses_no_cent(
    payments: list[Movement], uses: list[Movement], window: str
) -> None:
    found = slices(payments, uses, window)
    paid = sum(one.amount for one in payments)
    used = sum((one.amount for one in found if one.used_on), Decimal(0))
    assert sum(one.amount for one in found) == paid
    assert used == min(paid, sum(one.amount for one in uses))
    assert all(one.used_on is None or one.used_on >= one.paid_on for one in found)
    for before, after in pairwise(found):
        assert before.paid_on <= after.paid_on
        assert before.used_on is not None or after.used_on is None


@LAW
@given(MOVEMENTS, MOVEMENTS)
def test_interest_on_late_use_is_that_of_its_slices_day_by_day(
    payments: list[Movement], uses: list[Movement]
) -> None:
    found = late_use_interest(payments, uses, RATES, window="P6W")
    late = [one for one in found.slices if one.used_on and one.used_on > one.last_day]
    total = sum(
        (day_by_day(s.amount, s.paid_on, s.used_on, DayCount.ACT_365) for s in late if s.used_on),
        Fraction(0),
    )
    assert found.interest.amount == half_up(total)
