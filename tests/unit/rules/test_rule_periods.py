"""Notification by channel, periods, fixed days, and what is safe."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from grantflow.rules import periods
from grantflow.rules.calendar import Calendar, calendar
from grantflow.rules.periods import Channel, Length, Sending
from grantflow.rules.profiles import Profile, profile

BERLIN = calendar("BE")
HESSE = calendar("HE")


def _day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.fixture
def rules() -> Profile:
    return profile("berlin", _day("2026-03-02"))


def _notified(sent: Sending, rules: Profile, days: Calendar = BERLIN) -> date | None:
    return periods.notification(sent, rules, days).on


def test_later_receipt_replaces_the_fiction(rules: Profile) -> None:
    sent = Sending(Channel.POST, _day("2026-03-02"), received_on=_day("2026-03-12"))
    assert _notified(sent, rules) == _day("2026-03-12")
    period = periods.remedy_period(_day("2026-03-12"), rules, BERLIN)
    assert (period.raw_end, period.end) == (_day("2026-04-12"), _day("2026-04-13"))


def test_earlier_receipt_does_not_help(rules: Profile) -> None:
    sent = Sending(Channel.POST, _day("2026-03-02"), received_on=_day("2026-03-03"))
    assert _notified(sent, rules) == _day("2026-03-06")


def test_a_letter_that_never_arrived_is_not_notified(rules: Profile) -> None:
    sent = Sending(Channel.ELECTRONIC, _day("2026-03-02"), never_received=True)
    assert _notified(sent, rules) is None
    assert periods.remedy_dates(sent, rules, BERLIN) is None


def test_a_retrieved_letter_counts_the_day_after(rules: Profile) -> None:
    sent = Sending(Channel.PORTAL_RETRIEVAL, _day("2026-06-01"), retrieved_on=_day("2026-06-05"))
    assert _notified(sent, rules) == _day("2026-06-06")


@pytest.mark.parametrize("retrieved", [None, date(2026, 6, 12)])
def test_a_letter_not_retrieved_in_ten_days_is_not_notified(
    rules: Profile, retrieved: date | None
) -> None:
    sent = Sending(Channel.PORTAL_RETRIEVAL, _day("2026-06-01"), retrieved_on=retrieved)
    assert _notified(sent, rules) is None


def test_retrieval_on_the_tenth_day_is_in_time(rules: Profile) -> None:
    sent = Sending(Channel.PORTAL_RETRIEVAL, _day("2026-06-01"), retrieved_on=_day("2026-06-11"))
    assert _notified(sent, rules) == _day("2026-06-12")


def test_the_account_mailbox_counts_even_without_retrieval(rules: Profile) -> None:
    sent = Sending(Channel.OZG_MAILBOX, _day("2026-06-01"), received_on=_day("2026-06-20"))
    assert _notified(sent, rules) == _day("2026-06-05")


def test_a_registered_letter_on_easter_sunday_is_not_moved() -> None:
    rules = profile("hessen", _day("2026-04-01"))
    sent = Sending(Channel.REGISTERED, _day("2026-04-01"))
    assert _notified(sent, rules, HESSE) == _day("2026-04-05")
    assert periods.remedy_period(_day("2026-04-05"), rules, HESSE).end == _day("2026-05-05")


@pytest.mark.parametrize(("received", "on"), [("2026-03-04", 4), ("2026-03-09", 6)])
def test_formal_electronic_service_ends_with_the_receipt_or_the_fourth_day(
    rules: Profile, received: str, on: int
) -> None:
    sent = Sending(Channel.FORMAL_ELECTRONIC, _day("2026-03-02"), received_on=_day(received))
    assert _notified(sent, rules) == date(2026, 3, on)


def test_a_wrong_instruction_gives_a_year(rules: Profile) -> None:
    period = periods.remedy_period(_day("2026-03-06"), rules, BERLIN, instruction_correct=False)
    assert (period.raw_end, period.end) == (_day("2027-03-06"), _day("2027-03-09"))
    assert period.steps[0].law == "§ 58 Abs. 2 VwGO"


def test_two_weeks_end_after_new_year() -> None:
    period = periods.period(_day("2026-12-18"), Length(weeks=2), BERLIN)
    assert (period.raw_end, period.end) == (_day("2027-01-01"), _day("2027-01-04"))
    assert "Neujahr" in period.steps[-1].sentence()


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2026-01-31", Length(months=1), "2026-02-28"),
        ("2028-01-31", Length(months=1), "2028-02-29"),
        ("2026-02-28", Length(months=1), "2026-03-28"),
        ("2026-11-30", Length(months=3), "2027-02-28"),
        ("2028-02-29", Length(years=1), "2029-02-28"),
        ("2026-06-15", Length(days=10), "2026-06-25"),
    ],
)
def test_a_period_ends_on_the_same_number_or_the_last_day(
    start: str, length: Length, end: str
) -> None:
    assert periods.raw_end(_day(start), length) == _day(end)


@pytest.mark.parametrize("wrong", [{}, {"days": 1, "weeks": 1}, {"months": -1}])
def test_a_length_has_one_unit(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="one unit"):
        Length(**wrong)


def test_a_named_day_moves_unless_the_rule_was_named_or_it_is_a_cut_off() -> None:
    saturday = _day("2026-10-03")
    assert periods.fixed_day(saturday, HESSE).end == _day("2026-10-05")
    assert periods.fixed_day(saturday, HESSE, shift_rule_named=True).end == saturday
    assert periods.fixed_day(saturday, HESSE, cut_off=True).end == saturday


def test_a_named_working_day_stays() -> None:
    period = periods.fixed_day(_day("2020-09-08"), calendar("BY"))
    assert period.end == _day("2020-09-08")
    assert [step.key for step in period.steps] == ["rules.step.fixed"]


def test_the_safe_date_takes_the_stricter_view_and_a_reserve() -> None:
    rules = profile("federal", _day("2026-11-10"))
    sent = Sending(Channel.POST, _day("2026-11-10"))
    dates = periods.remedy_dates(sent, rules, calendar("BY"))
    assert dates is not None
    assert dates.notified_on == _day("2026-11-14")
    assert dates.final_from == _day("2026-12-15")
    assert dates.safe_final_from == _day("2026-12-20")  # 17 December and three days


def test_every_step_is_a_sentence_in_both_languages_and_can_be_stored(rules: Profile) -> None:
    dates = periods.remedy_dates(Sending(Channel.POST, _day("2026-03-02")), rules, BERLIN)
    assert dates is not None
    for step in dates.steps:
        assert "rules.step" not in step.sentence("de") + step.sentence("en")
        assert set(step.as_dict()) == {"key", "law", "params"}
    assert "02.03.2026" in dates.steps[0].sentence()
    assert dates.steps[0].as_dict()["params"]["sent"] == "2026-03-02"


def test_the_first_moment_after_a_day_is_midnight_in_germany() -> None:
    assert periods.first_moment_after(_day("2026-07-06")) == datetime(2026, 7, 6, 22, tzinfo=UTC)
    assert periods.first_moment_after(_day("2026-12-31")) == datetime(2026, 12, 31, 23, tzinfo=UTC)
