"""Deadlines: computed by the rules, started and met by diagrams, missed by the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import effect, end, package, process, start, task, timer

from grantflow.errors import GrantFlowError
from grantflow.services import case_views, cases, deadlines, timers
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, Deadline

Clock = Callable[[str], None]


def found(ponds: Ponds, case: Case) -> list[Deadline]:
    with ponds.reading() as session:
        query = select(Deadline).where(col(Deadline.case_id) == case.id)
        return list(session.execute(query.order_by(col(Deadline.created_at))).scalars())


def with_deadline(
    sessions: Sessions, settings: Settings, clock: Clock, **params: str
) -> tuple[Ponds, Case]:
    clock("2027-02-01T09:00")
    stage = process(
        "application",
        {"Antrag": "submit", "Amt": "check"},
        start(),
        task("submit"),
        effect("limit", "deadline", result="answer_due", title="Antwort", **params),
        task("check", due="=answer_due"),
        timer("late", "=answer_due", on="check", kind="timeDate"),
        effect("met", "meet_deadline", kind="response"),
        end(),
        end("too_late"),
        flow="""
            begin > submit > limit > check > met > finish
            late > too_late
        """,
    )
    ponds = build(sessions, settings, package(application=stage))
    return ponds, ponds.submitted()


def test_a_deadline_ends_on_a_working_day_and_says_why(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    # Twelve days after Monday 1 February is Saturday the 13th.
    ponds, case = with_deadline(sessions, test_settings, clock, kind="response", days="12")
    (deadline,) = found(ponds, case)
    assert (deadline.starts_on, deadline.due_on) == (date(2027, 2, 1), date(2027, 2, 15))
    assert deadline.title == {"de": "Antwort", "en": "Antwort"}
    assert any("BGB" in step["law"] for step in deadline.explanation)
    due = ponds.tasks(case.id)["check"].due_at
    assert due is not None
    assert due.isoformat() == "2027-02-15T23:00:00+00:00"
    ponds.complete("officer", case, "check", verdict="good")
    assert found(ponds, case)[0].state == "met"


def test_the_timer_fires_after_the_last_day_and_not_on_it(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    ponds, case = with_deadline(sessions, test_settings, clock, kind="response", days="12")
    clock("2027-02-15T22:59")
    ponds.run_jobs()
    assert set(ponds.tasks(case.id)) == {"check"}
    clock("2027-02-15T23:00")
    ponds.run_jobs()
    assert set(ponds.tasks(case.id)) == {"draft_decision"}


def test_a_missed_deadline_is_marked_once(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    ponds, case = with_deadline(
        sessions, test_settings, clock, kind="fixed", date="2027-02-10", title_en="Answer"
    )
    assert found(ponds, case)[0].title["en"] == "Answer"
    clock("2027-02-10T12:00")
    assert ponds.do("system", deadlines.mark_missed) == 0
    clock("2027-02-11T12:00")
    assert ponds.do("system", deadlines.mark_missed) == 1
    assert ponds.do("system", deadlines.mark_missed) == 0
    assert found(ponds, case)[0].state == "missed"
    kinds = [e.kind for e in ponds.look("officer", case_views.case_view, case.id).events]
    assert "deadline.missed" in kinds


def test_doing_the_task_in_time_meets_its_deadline(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    """The diagram of this case only knows how to meet another kind of deadline."""
    ponds, case = with_deadline(sessions, test_settings, clock, kind="fixed", date="2027-02-10")
    assert found(ponds, case)[0].state == "running"
    clock("2027-02-10T22:59")
    ponds.complete("officer", case, "check", verdict="good")
    assert found(ponds, case)[0].state == "met"
    kinds = [e.kind for e in ponds.look("officer", case_views.case_view, case.id).events]
    assert kinds.count("deadline.met") == 1


def test_a_deadline_runs_anew_when_it_is_set_again(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    stage = process(
        "application",
        {"Antrag": "submit", "Amt": "check"},
        start(),
        task("submit"),
        effect("first", "deadline", kind="response", days="3"),
        effect("second", "deadline", kind="response", months="1"),
        task("check"),
        end(),
        flow="begin > submit > first > second > check > finish",
    )
    ponds = build(sessions, test_settings, package(application=stage))
    case = ponds.submitted()
    assert sorted(one.state for one in found(ponds, case)) == ["running", "void"]
    assert {one.title["en"] for one in found(ponds, case)} == {"Time for an answer"}
    ponds.complete("officer", case, "check", verdict="good")


def test_a_withdrawn_case_has_no_running_deadlines(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    ponds, case = with_deadline(sessions, test_settings, clock, kind="response", weeks="2")
    ponds.do("applicant", cases.withdraw, case.id)
    assert [one.state for one in found(ponds, case)] == ["void"]


def test_a_deadline_cannot_begin_with_a_letter_that_has_not_left(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    with pytest.raises(GrantFlowError) as refused:
        with_deadline(
            sessions, test_settings, clock, kind="response", days="3", letter="grant_decision"
        )
    assert refused.value.key == "services.deadlines.letter_not_dispatched"


def test_the_remedy_period_ends_before_the_decision_is_final(ponds: Ponds) -> None:
    case = ponds.granted()
    (deadline,) = found(ponds, case)
    assert (deadline.kind, deadline.state) == ("remedy", "running")
    assert deadline.due_on > date(2027, 3, 5)
    lines = ponds.look("officer", deadlines.upcoming, days=90)
    assert [line.reference for line in lines] == [case.reference]
    assert ponds.look("officer", deadlines.upcoming, days=1) == []
    assert ponds.look("foreign", deadlines.upcoming, days=90) == []


def test_what_is_over_does_not_run_on_when_the_case_goes_on(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    ponds, case = with_deadline(sessions, test_settings, clock, kind="response", days="12")
    clock("2027-02-15T23:00")
    assert ponds.do("system", timers.fire, case.id) == 1
    assert found(ponds, case)[0].state == "missed"
