"""Laws that hold for every period, whatever the dates (§§ 187–193 BGB, § 31 VwVfG)."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from grantflow.rules import periods
from grantflow.rules.calendar import LANDS, calendar
from grantflow.rules.periods import Channel, Length, Sending
from grantflow.rules.profiles import profile

days = st.dates(date(2016, 1, 1), date(2040, 12, 31))
lands = st.sampled_from(sorted(LANDS)).map(calendar)
lengths = st.one_of(
    st.builds(Length, days=st.integers(1, 400)),
    st.builds(Length, weeks=st.integers(1, 60)),
    st.builds(Length, months=st.integers(1, 60)),
    st.builds(Length, years=st.integers(1, 10)),
)
# The first look at a year of holidays takes its time.
LAW = settings(deadline=None)
# Retrieval and service with a proof count from what the addressee did, not from a fiction.
PROVED = {Channel.PORTAL_RETRIEVAL, Channel.RETURN_RECEIPT, Channel.FORMAL_SERVICE}
fictions = st.sampled_from([each for each in Channel if each not in PROVED])


@LAW
@given(days, lengths, lands)
def test_a_period_never_ends_on_a_free_day(start, length, land):
    period = periods.period(start, length, land)
    assert land.is_working_day(period.end)
    assert period.raw_end <= period.end
    between = (period.end - period.raw_end).days
    assert not any(land.is_working_day(period.raw_end + timedelta(n)) for n in range(between))


@LAW
@given(days, st.integers(0, 60), lengths, lands)
def test_a_later_event_never_ends_earlier(start, later, length, land):
    first = periods.period(start, length, land)
    second = periods.period(start + timedelta(later), length, land)
    assert first.end <= second.end


@LAW
@given(days, st.integers(1, 48), lands)
def test_a_longer_period_ends_later(start, months, land):
    short = periods.period(start, Length(months=months), land)
    long = periods.period(start, Length(months=months + 1), land)
    assert short.end < long.end


@LAW
@given(days, lengths, lands)
def test_the_day_of_the_event_is_not_counted(start, length, land):
    assert periods.period(start, length, land).raw_end > start


@LAW
@given(days, st.integers(1, 60))
def test_months_keep_the_number_of_the_day_or_take_the_last(start, months):
    end = periods.raw_end(start, Length(months=months))
    assert end.day == start.day or (end + timedelta(1)).day == 1
    assert (end.year - start.year) * 12 + end.month - start.month == months


@LAW
@given(days, fictions, lands, st.booleans())
def test_notification_is_monotone_in_the_day_of_sending(on, channel, land, shift):
    rules = profile("federal", on)
    first = periods.notification(Sending(channel, on), rules, land, shift=shift).on
    second = periods.notification(Sending(channel, on + timedelta(1)), rules, land, shift=shift).on
    assert on < first <= second


@LAW
@given(days, fictions, lands)
def test_money_is_never_released_before_finality(on, channel, land):
    dates = periods.remedy_dates(Sending(channel, on), profile("hessen", on), land)
    assert dates.notified_on <= dates.raw_end <= dates.end < dates.final_from
    assert dates.final_from <= dates.safe_final_from
