"""A waiver of remedies that a diagram receives stands in the register and makes payable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import (
    PROGRAMME,
    effect,
    end,
    package,
    process,
    start,
    task,
)
from tests.integration.test_letter_facts import moved
from tests.integration.test_renotification import events, remedies, running, sent

from grantflow.engine import Effect
from grantflow.errors import Conflict, GrantFlowError, Invalid
from grantflow.programmes.package import Package
from grantflow.services import cases, suspension
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case

Clock = Callable[[str], None]
NO_REMEDY = "acknowledgement"


def waiver(name: str, letter: str, **more: str) -> bytes:
    return process(
        name,
        {"Amt": "note", "System": "waive"},
        start(),
        task("note", form="none"),
        effect("waive", "waive", letter=letter, **more),
        end(),
        flow="begin > note > waive > finish",
    )


WAIVERS = {
    "today": waiver("today", "grant_decision"),
    "by_post": waiver("by_post", "grant_decision", received_on="2027-02-05"),
    "too_early": waiver("too_early", "grant_decision", received_on="2027-01-04"),
    "no_day": waiver("no_day", "grant_decision", received_on="gestern"),
    "no_act": waiver("no_act", NO_REMEDY),
}
"""Side processes that note a waiver, each in its way."""


@pytest.fixture
def waiving(sessions: Sessions, test_settings: Settings, clock: Clock) -> Ponds:
    """The small programme with side processes that note waivers. It is 1 February 2027."""
    clock("2027-02-01T10:00")
    entry = '\n[side_processes.{0}]\ntitle = {{ de = "V", en = "W" }}\nrole = "CASE_OFFICER"\n'
    told = PROGRAMME + "".join(entry.format(name) for name in WAIVERS)
    files = {**package(**WAIVERS).files, "programme.toml": told.encode()}
    return build(sessions, test_settings, Package(files))


def begin(ponds: Ponds, case: Case, name: str) -> None:
    ponds.do("officer", cases.start_side_process, case.id, name)


def test_a_waiver_a_diagram_receives_makes_the_decision_final_in_the_register(
    waiving: Ponds, clock: Clock
) -> None:
    case = waiving.granted()
    clock("2027-02-09T09:00")
    begin(waiving, case, "today")
    waiving.complete("officer", case, "note")
    now = sent(waiving, case)
    assert (now.waived_on, now.safe_finality) == (date(2027, 2, 9), date(2027, 2, 9))
    assert [one.state for one in remedies(waiving, case)] == ["met"]
    (event,) = events(waiving, case, "dispatch.waived")
    assert event.data["on"] == "2027-02-09"
    assert event.data["before"]["safe_finality"] != event.data["after"]["safe_finality"]


def test_the_day_of_receipt_counts_and_not_the_day_of_the_entry(
    waiving: Ponds, clock: Clock
) -> None:
    case = waiving.granted()
    clock("2027-02-09T09:00")
    begin(waiving, case, "by_post")
    waiving.complete("officer", case, "note")
    assert sent(waiving, case).safe_finality == date(2027, 2, 5)


@pytest.mark.parametrize(
    ("name", "error", "key"),
    [
        ("too_early", Invalid, "dispatches.before_dispatch"),
        ("no_day", GrantFlowError, "after_award.received_on"),
        ("no_act", Conflict, "dispatches.no_remedy"),
    ],
)
def test_what_cannot_be_waived_is_refused_and_changes_nothing(
    waiving: Ponds, clock: Clock, name: str, error: type[GrantFlowError], key: str
) -> None:
    case = waiving.granted()
    clock("2027-02-09T09:00")
    begin(waiving, case, name)
    with pytest.raises(error) as refused:
        waiving.complete("officer", case, "note")
    problems = getattr(refused.value, "problems", ())
    assert key in {refused.value.key, *(problem.key for problem in problems)}
    assert sent(waiving, case).waived_on is None
    assert len(running(waiving, case)) == 1


def test_a_decision_that_is_not_notified_or_waived_already_takes_no_waiver(
    waiving: Ponds, clock: Clock
) -> None:
    case = waiving.submitted()
    begin(waiving, case, "today")
    with pytest.raises(Conflict) as early:
        waiving.complete("officer", case, "note")
    assert early.value.key == "dispatches.not_notified_yet"
    case = waiving.granted()
    clock("2027-02-09T09:00")
    begin(waiving, case, "today")
    waiving.complete("officer", case, "note")
    begin(waiving, case, "today")
    with pytest.raises(Conflict) as second:
        waiving.complete("officer", case, "note")
    assert second.value.key == "dispatches.waived_already"


def test_a_remedy_after_a_waiver_is_told_the_day_of_the_waiver(
    waiving: Ponds, clock: Clock
) -> None:
    case = waiving.granted()

    def checked() -> object:
        with waiving.transaction(SYSTEM) as session:
            move, row = moved(session, case)
            asked = {"letter": "grant_decision", "received_on": "2027-02-12"}
            effect = Effect(uuid4(), "check", "remedy_check", asked)
            return suspension.remedy_check(move, row, effect)["value"]

    before = checked()
    assert isinstance(before, dict)
    assert (before["in_time"], before["waived_on"]) == (True, "")
    clock("2027-02-09T09:00")
    begin(waiving, case, "today")
    waiving.complete("officer", case, "note")
    assert checked() == {**before, "waived_on": "2027-02-09"}
