"""Working days by Land and local switches."""

from __future__ import annotations

from datetime import date

import pytest

from grantflow.rules.calendar import UnknownCalendar, calendar


@pytest.mark.parametrize(
    ("land", "day", "free"),
    [
        ("BE", date(2027, 3, 8), True),
        ("HE", date(2027, 3, 8), False),
        ("BE", date(2025, 5, 8), True),
        ("HE", date(2025, 5, 8), False),
        ("HE", date(2026, 6, 4), True),
        ("BE", date(2026, 6, 4), False),
        ("BY", date(2026, 1, 6), True),
        ("BY", date(2028, 8, 15), False),
        ("BE", date(2026, 12, 24), False),
    ],
)
def test_holidays_differ_by_land(land: str, day: date, free: bool) -> None:
    assert calendar(land).is_working_day(day) is not free


def test_a_switch_adds_local_holidays() -> None:
    assert not calendar("BY", ["catholic"]).is_working_day(date(2028, 8, 15))
    assert not calendar("BY", ["augsburg"]).is_working_day(date(2028, 8, 8))


def test_a_day_of_the_authority_is_free() -> None:
    carnival = date(2026, 2, 16)
    days = calendar("HE", extra=[carnival])
    assert not days.is_working_day(carnival)
    assert days.holiday(carnival, "en") == "Holiday at the authority's seat"


def test_names_come_in_both_languages() -> None:
    assert calendar("HE").holiday(date(2026, 1, 1)) == "Neujahr"
    assert calendar("HE").holiday(date(2026, 1, 1), "en") == "New Year's Day"


def test_working_days_are_found_in_both_directions() -> None:
    days = calendar("HE")
    assert days.next_working_day(date(2026, 12, 25)) == date(2026, 12, 28)
    assert days.previous_working_day(date(2026, 4, 6)) == date(2026, 4, 2)


@pytest.mark.parametrize(("land", "switches"), [("XX", []), ("BE", ["moon"])])
def test_an_unknown_calendar_is_refused(land: str, switches: list[str]) -> None:
    with pytest.raises(UnknownCalendar):
        calendar(land, switches)
