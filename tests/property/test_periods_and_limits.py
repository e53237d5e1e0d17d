"""Laws of periods, statements and limits that hold whatever the dates are."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from grantflow.rules import periods
from grantflow.rules.calendar import LANDS, calendar
from grantflow.rules.computing import compute
from grantflow.rules.notification import Channel
from grantflow.rules.periods import Length
from grantflow.rules.profiles import profile

LAW = settings(deadline=None)  # the first look at a year of holidays takes its time
days = st.dates(date(2016, 1, 1), date(2040, 12, 31))
codes = st.sampled_from(sorted(LANDS))
areas = st.sampled_from(["federal", "berlin", "hessen"])
lengths = st.one_of(
    st.builds(Length, days=st.integers(1, 200)),
    st.builds(Length, weeks=st.integers(1, 30)),
    st.builds(Length, months=st.integers(1, 24)),
)


def values(rule, facts, area="federal", on=date(2026, 1, 1)):
    return compute(rule, facts, profile(area, on)).values


@LAW
@given(days, lengths, codes)
def test_a_backward_period_is_never_moved_towards_the_event(event, length, land):
    """§§ 187, 188 BGB by analogy: the last day is a working day at or before the counted one."""
    found = periods.backward(event, length, calendar(land))
    assert calendar(land).is_working_day(found.end)
    assert found.end <= found.raw_end < event


@LAW
@given(days, st.integers(1, 48))
def test_months_back_and_forth_never_pass_the_start(event, months):
    """§ 188 Abs. 2, 3 BGB: a missing day becomes the last of its month."""
    back = periods.backward(event, Length(months=months), calendar("BE")).raw_end
    assert periods.raw_end(back, Length(months=months)) <= event
    assert back.day == event.day or (back + timedelta(1)).day == 1


@LAW
@given(days, lengths, lengths, codes)
def test_an_extension_never_shortens_and_never_ends_on_a_free_day(start, first, more, land):
    """§ 31 Abs. 3, 7 VwVfG."""
    before = periods.period(start, first, calendar(land))
    after = periods.extended(before, more, calendar(land))
    assert after.end > before.end
    assert calendar(land).is_working_day(after.end)


@LAW
@given(days, codes, st.booleans())
def test_a_named_day_moves_unless_it_was_named_with_the_shift_rule(day, land, named):
    """§ 31 Abs. 3 Satz 1, 2 VwVfG: the one day that may be a free one is the named one."""
    facts = {"end_day": day, "calendar": land, "shift_rule_named": named}
    end = values("named_day", facts)["period_end"]
    assert end == day if named else calendar(land).is_working_day(end)


@LAW
@given(days, st.integers(0, 400), codes, areas)
def test_the_statement_is_due_on_a_working_day_by_the_earlier_reading(end, earlier, land, area):
    """ANBest-P Nr. 6.1: six months after the purpose, at the latest after the period."""
    facts = {
        "purpose_fulfilled_on": end - timedelta(earlier),
        "funding_period_end": end,
        "calendar": land,
    }
    found = values("statement_due", facts, area)
    assert found["due_raw"] == min(found["after_purpose"], found["after_period"])
    assert calendar(land).is_working_day(found["due"])
    assert (found["after_period"] + timedelta(1)).day == 1


@LAW
@given(days, st.integers(0, 60))
def test_the_limit_for_revocation_is_monotone_and_warned_of_in_order(known, later):
    """§§ 48 Abs. 4, 49 Abs. 3 Satz 2 VwVfG."""
    first = values("revocation_limit", {"facts_known_on": known})
    second = values("revocation_limit", {"facts_known_on": known + timedelta(later)})
    assert first["last_day"] <= second["last_day"]
    assert known < first["first_alarm_on"] < first["second_alarm_on"] < first["last_day"]
    assert first["second_alarm_on"] <= first["warn_on"]


@LAW
@given(days)
def test_interest_is_barred_after_three_to_four_years(arose):
    """§§ 195, 199 BGB by analogy: always at the end of a year."""
    last = values("interest_limitation", {"arose_on": arose})["last_day"]
    assert (last.month, last.day) == (12, 31)
    assert 3 * 365 <= (last - arose).days <= 4 * 366


@LAW
@given(days, st.sampled_from(["6W", "2M", "P4M", "30D", "1Y"]))
def test_the_warning_for_prompt_use_never_comes_after_the_last_day(credited, window):
    """§ 49a Abs. 4 VwVfG; whether the day of payment counts changes at most one day."""
    found = values("prompt_use", {"credited_on": credited, "window": window})
    assert found["last_day"] - timedelta(1) <= found["warn_on"] <= found["last_day"]


@LAW
@given(days, st.integers(0, 30), st.sampled_from([str(each) for each in Channel]), codes)
def test_later_receipt_never_makes_a_letter_notified_earlier(sent, later, channel, land):
    """§ 41 Abs. 2 Satz 3 VwVfG."""
    facts = {"sent_on": sent, "channel": channel, "calendar": land}
    found = [
        values("notification", {**facts, "received_on": sent + timedelta(n)}, on=sent)
        for n in (later, later + 1)
    ]
    first, second = (one["notified_on"] for one in found)
    assert (first is None and second is None) or sent <= first <= second


@LAW
@given(days, st.booleans(), codes)
def test_nothing_is_final_before_its_period_ended_and_no_money_leaves_before(on, correct, land):
    """§§ 58, 70, 74 VwGO."""
    facts = {"notified_on": on, "instruction_correct": correct, "calendar": land}
    found = values("remedy_period", facts, on=on)
    assert calendar(land).is_working_day(found["period_end"])
    assert found["period_end"] < found["final_from"] <= found["safe_final_from"]


@LAW
@given(days, days)
def test_a_waiver_never_delays_finality(end, waiver):
    """A waiver brings finality forward or changes nothing."""
    plain = values("finality", {"period_end": end})["final_on"]
    waived = values("finality", {"period_end": end, "waiver_received_on": waiver})["final_on"]
    assert waived == min(plain, waiver)
