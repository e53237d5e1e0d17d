"""A remedy comes after its decision: on no day before that has left the authority.

It is known by its answers: ``contested`` names the letter, ``objection_received_on`` or
``served_on`` (a court action) the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from grantflow.errors import Problem
from grantflow.programmes.drafted import day_of

CONTESTED = "contested"
DAYS = ("objection_received_on", "served_on")


def contested(answers: Mapping[str, Any]) -> str:
    """The letter against which answers name the day of a remedy; empty where they name none."""
    named = any(answers.get(name) for name in DAYS)
    return str(answers.get(CONTESTED) or "") if named else ""


def refused(left_on: date | None, answers: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the day of a remedy against a letter that left on that day (§ 70 VwGO)."""
    for name in DAYS:
        day = day_of(answers.get(name))
        if left_on is not None and day is not None and day < left_on:
            yield Problem("programmes.remedy.before_act", {"on": day, "left": left_on}, name)
