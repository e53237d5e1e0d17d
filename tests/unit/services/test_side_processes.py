"""Which further processes fit the stage and status of a case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from grantflow.programmes.definition import SideProcess, Wording
from grantflow.programmes.standings import in_time
from grantflow.services.side_processes import _fits
from grantflow.store.tables import Case

TITLE = Wording(de="Anliegen", en="Request")


def case(**facts: Any) -> Case:
    return Case(**{"stage": "reporting", "status": "RUNNING", "closed_at": None, **facts})


def side(**conditions: Any) -> SideProcess:
    return SideProcess(title=TITLE, **conditions)


@pytest.mark.parametrize(
    ("conditions", "facts", "fits"),
    [
        ({}, {}, True),
        ({"stages": ("reporting",)}, {}, True),
        ({"stages": ("application",)}, {}, False),
        ({"statuses": ("RUNNING",)}, {}, True),
        ({"statuses": ("NOTIFIED",)}, {}, False),
        ({"stages": ("application",), "statuses": ("RUNNING",)}, {}, False),
        ({}, {"status": "CLOSED"}, False),
        ({}, {"closed_at": datetime(2026, 1, 1, tzinfo=UTC)}, False),
        ({"statuses": ("CLOSED",)}, {"status": "CLOSED"}, True),
    ],
)
def test_every_condition_that_is_named_must_hold(
    conditions: dict[str, Any], facts: dict[str, Any], fits: bool
) -> None:
    assert _fits(case(**facts), side(**conditions)) is fits


def test_a_remedy_on_the_last_day_is_in_time_and_one_day_later_is_not() -> None:
    end = date(2026, 7, 13)
    found = in_time(end, end, None)
    assert found == {"known": True, "in_time": True, "ends_on": "2026-07-13", "waived_on": ""}
    assert in_time(date(2026, 7, 14), end, None)["in_time"] is False


def test_without_a_dispatch_nothing_is_said_about_the_period() -> None:
    assert in_time(date(2026, 7, 14), None, None) == {
        "known": False,
        "in_time": False,
        "ends_on": "",
        "waived_on": "",
    }
