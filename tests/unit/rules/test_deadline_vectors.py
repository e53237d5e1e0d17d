"""Every deadline vector holds, read by the meaning of its fields."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from grantflow.rules import calendar, periods, profiles
from grantflow.rules.periods import Channel, Sending

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "deadlines.json").read_text(encoding="utf-8")
)["vectors"]


def _computed(vector: dict[str, Any]) -> dict[str, str]:
    given, config = vector["input"], vector["config"]
    days = calendar.calendar(given["holidayCalendar"])
    sent = Sending(Channel(given["channel"]), date.fromisoformat(given["postedOn"]))
    profile = profiles.profile(vector["jurisdiction"], sent.on)
    shift = config["shiftDeemedNotificationOnNonWorkingDay"]
    notified = periods.notification(sent, profile, days, shift=shift)
    assert notified.on is not None
    remedy = periods.remedy_period(notified.on, profile, days)
    return {
        "deemedNotifiedOn": notified.on.isoformat(),
        "deemedWeekday": notified.on.strftime("%a"),
        "periodEndRaw": remedy.raw_end.isoformat(),
        "periodEnd": remedy.end.isoformat(),
        "periodEndWeekday": remedy.end.strftime("%a"),
        "bestandskraftFrom": periods.finality(remedy.end).isoformat(),
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_vector_holds(vector: dict[str, Any]) -> None:
    assert _computed(vector) == vector["expected"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_number_of_days_comes_from_the_profile(vector: dict[str, Any]) -> None:
    posted = date.fromisoformat(vector["input"]["postedOn"])
    profile = profiles.profile(vector["jurisdiction"], posted)
    assert profile.number("deemed_days") == vector["config"]["deemedDays"]


def test_no_vector_was_lost() -> None:
    assert len(VECTORS) == 13
