"""When a task is due."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from grantflow.errors import GrantFlowError
from grantflow.rules.calendar import calendar
from grantflow.services.due import due_at
from grantflow.services.notification import HELD

NOW = datetime(2027, 1, 31, 9, 30, tzinfo=UTC)  # a Sunday
BERLIN_DAYS = calendar("BE")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("P14D", "2027-02-15T09:30:00+00:00"),
        ("P2W", "2027-02-15T09:30:00+00:00"),
        ("PT36H30M", "2027-02-01T22:00:00+00:00"),
        ("P1M", "2027-03-01T09:30:00+00:00"),
        ("P1Y", "2028-01-31T09:30:00+00:00"),
        ("P1M1D", "2027-03-01T09:30:00+00:00"),
        ("P36D", "2027-03-09T09:30:00+00:00"),  # 8 March is a holiday in Berlin
        ("PT24H", "2027-02-01T09:30:00+00:00"),
        ("PT144H", "2027-02-06T09:30:00+00:00"),  # hours are hours: a Saturday
        ("2027-03-06", "2027-03-06T23:00:00+00:00"),  # a day that was computed stays
        ("2027-03-05", "2027-03-05T23:00:00+00:00"),
        (date(2027, 3, 5), "2027-03-05T23:00:00+00:00"),
        ("2027-03-05T10:00:00Z", "2027-03-05T10:00:00+00:00"),
        (datetime(2027, 3, 5, 10, tzinfo=UTC), "2027-03-05T10:00:00+00:00"),
    ],
)
def test_a_duration_a_day_or_a_moment_says_when(value: object, expected: str) -> None:
    found = due_at(value, NOW, "check", BERLIN_DAYS)
    assert found is not None
    assert found.astimezone(UTC).isoformat() == expected


@pytest.mark.parametrize("value", ["2027-07-01T10:00", datetime(2027, 7, 1, 10)])  # noqa: DTZ001
def test_a_moment_without_offset_is_german_time(value: object) -> None:
    found = due_at(value, NOW, "check", BERLIN_DAYS)
    assert found is not None
    assert found.astimezone(UTC) == datetime(2027, 7, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", None])
def test_nothing_said_is_never_due(value: object) -> None:
    assert due_at(value, NOW, "check", BERLIN_DAYS) is None


def test_the_hour_stays_when_the_clocks_change() -> None:
    found = due_at("P60D", NOW, "check", BERLIN_DAYS)
    assert found is not None
    assert found.isoformat() == "2027-04-01T08:30:00+00:00"


@pytest.mark.parametrize("value", ["P", "PT", "soon", "14", "2027-13-01"])
def test_anything_else_names_the_element(value: str) -> None:
    with pytest.raises(GrantFlowError) as refused:
        due_at(value, NOW, "check", BERLIN_DAYS)
    assert refused.value.params == {"element": "check", "value": value}


def test_a_period_that_has_not_begun_gives_no_due_date() -> None:
    assert due_at(HELD.isoformat(), NOW, "wait", BERLIN_DAYS) is None
