"""How a case moves: effects, children, projections, history, and what happens at the same time."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import (
    effect,
    end,
    package,
    process,
    start,
    task,
)

from grantflow.errors import Conflict, GrantFlowError
from grantflow.programmes.vocabulary import EFFECT_SPECS
from grantflow.services import audit, case_views, cases, tasks, timers
from grantflow.services.effects import EFFECTS
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions, counting
from grantflow.store.tables import (
    CaseEvent,
    FormData,
    ProcessInstance,
    Task,
    Timer,
    Wait,
)

Clock = Callable[[str], None]


def instances(ponds: Ponds, case: Any) -> dict[str, ProcessInstance]:
    with ponds.reading() as session:
        query = select(ProcessInstance).where(col(ProcessInstance.case_id) == case.id)
        return {row.process_id: row for row in session.execute(query).scalars()}


def events(ponds: Ponds, case: Any) -> list[str]:
    with ponds.reading() as session:
        query = select(col(CaseEvent.kind)).where(col(CaseEvent.case_id) == case.id)
        return list(session.execute(query.order_by(col(CaseEvent.id))).scalars())


def test_every_effect_of_the_vocabulary_can_be_carried_out() -> None:
    assert set(EFFECTS) == set(EFFECT_SPECS)


def test_opening_a_case_starts_the_lifecycle_and_its_first_stage(ponds: Ponds) -> None:
    case = ponds.open()
    found = instances(ponds, case)
    assert set(found) == {"lifecycle", "application"}
    assert found["application"].parent_id == found["lifecycle"].id
    assert set(ponds.tasks(case.id)) == {"submit"}
    assert ponds.case(case.id).stage == "application"
    assert ponds.count(Timer, case_id=case.id) == 1
    assert ponds.count(Wait, case_id=case.id, name="withdrawal") == 1


def test_a_completed_task_leaves_answers_letter_status_and_history(ponds: Ponds) -> None:
    case = ponds.submitted()
    assert set(ponds.tasks(case.id)) == {"check"}
    assert ponds.case(case.id).status == "SUBMITTED"
    assert [letter.name for letter in ponds.letters(case)] == ["acknowledgement"]
    assert ponds.count(FormData, case_id=case.id, form="submit", revision=1) == 1
    assert ponds.count(Timer, case_id=case.id) == 0
    said = events(ponds, case)
    assert {"case.opened", "task.completed", "letter.drafted", "status.changed"} <= set(said)
    with ponds.reading() as session:
        assert audit.verify_chain(session, case.id).intact


def test_the_end_of_a_stage_leads_into_the_next(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    found = instances(ponds, case)
    assert (found["application"].status, found["notice"].status) == ("ended", "running")
    assert found["notice"].facts["verdict"] == "good"
    assert ponds.case(case.id).stage == "notice"
    assert {"stage.ended", "stage.started"} <= set(events(ponds, case))


def test_a_case_runs_to_its_end(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    assert ponds.case(case.id).status == "NOTIFIED"
    clock("2027-04-01T09:00")
    ponds.run_jobs()
    assert ponds.case(case.id).status == "FINAL"
    ponds.complete("officer", case, "wrap_up")
    closed = ponds.case(case.id)
    assert closed.closed_at is not None
    assert {row.status for row in instances(ponds, case).values()} == {"ended"}
    assert ponds.tasks(case.id) == {}
    assert ponds.count(Wait, case_id=case.id) == 0


def test_a_withdrawal_cancels_the_stage_with_all_it_waits_for(ponds: Ponds) -> None:
    case = ponds.open()
    ponds.do("applicant", cases.withdraw, case.id, "Der Frosch ist fort.")
    closed = ponds.case(case.id)
    assert (closed.status, closed.closed_at is not None) == ("WITHDRAWN", True)
    assert instances(ponds, case)["application"].status == "cancelled"
    assert ponds.tasks(case.id) == {}
    assert ponds.count(Timer, case_id=case.id) == 0
    assert ponds.count(Task, case_id=case.id, status="cancelled") == 1


def test_a_timer_fires_once_its_time_has_come(ponds: Ponds, clock: Clock) -> None:
    case = ponds.open()
    assert ponds.run_jobs() == 0
    clock("2027-04-03T09:00")
    assert ponds.run_jobs() == 1
    assert ponds.case(case.id).status == "LAPSED"
    assert "timer.fired" in events(ponds, case)
    assert ponds.run_jobs() == 0


def test_a_diagram_that_fails_leaves_everything_as_it_was(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    broken = process(
        "application",
        {"Antrag": "submit"},
        start(),
        task("submit"),
        effect("pay_wrongly", "pay", amount="=depth_that_is_no_amount", state="requested"),
        end(),
        flow="begin > submit > pay_wrongly > finish",
    )
    ponds = build(sessions, test_settings, package(application=broken))
    case = ponds.open()
    before = events(ponds, case)
    with pytest.raises(GrantFlowError, match="pay_wrongly"):
        ponds.complete("applicant", case, "submit", depth="3", requested_amount="25000")
    assert set(ponds.tasks(case.id)) == {"submit"}
    assert events(ponds, case) == before
    assert ponds.count(FormData, case_id=case.id) == 0


def test_a_diagram_that_starts_a_side_process_finds_it_running(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    starting = process(
        "application",
        {"Antrag": "submit", "Amt": "rest"},
        start(),
        task("submit"),
        effect("ask_panel", "start_process", process="opinions"),
        task("rest", form="none"),
        end(),
        flow="begin > submit > ask_panel > rest > finish",
    )
    ponds = build(sessions, test_settings, package(application=starting))
    case = ponds.submitted()
    assert set(ponds.tasks(case.id)) == {"rest", "choose"}
    assert ponds.case(case.id).stage == "application"


def test_a_normal_completion_takes_twelve_statements_at_most(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    """A task with a form and a draft, after which the next task opens."""
    clock("2027-02-01T09:00")
    plain = process(
        "application",
        {"Antrag": "submit", "Amt": "check look"},
        start(),
        task("submit"),
        task("check", not_by="look"),
        task("look", form="none"),
        end(),
        flow="begin > submit > check > look > finish",
    )
    ponds = build(sessions, test_settings, package(application=plain))
    case = ponds.submitted()
    task_id = ponds.tasks(case.id)["check"].id
    ponds.do("officer", tasks.save_draft, task_id, {"verdict": "good"})
    with counting(ponds.sessions) as counter:
        ponds.do("officer", tasks.complete, task_id, {"verdict": "good"})
    spoken = [s for s in counter.statements if "SAVEPOINT" not in s]
    assert len(spoken) <= 12, "\n".join(" ".join(s.split())[:100] for s in spoken)
    assert set(ponds.tasks(case.id)) == {"look"}


def test_the_path_and_the_present_place_are_known_for_the_diagram(ponds: Ponds) -> None:
    case = ponds.submitted()
    found = {p.instance.process_id: p for p in ponds.look("officer", case_views.position, case.id)}
    stage, lifecycle = found["application"], found["lifecycle"]
    assert stage.open == {"check"}
    assert lifecycle.open >= {"run_application"}
    order = [e for e in stage.passed if e in ("submit", "mark_submitted", "thank")]
    assert order == ["submit", "mark_submitted", "thank"]
    assert stage.xml.startswith("<?xml")


# ---- at the same time


def both(*actions: Callable[[], Any]) -> list[Any]:
    """Do things at the same moment in threads; results and errors in order."""
    barrier = Barrier(len(actions))

    def one(action: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return action()
        except GrantFlowError as error:
            return error

    with ThreadPoolExecutor(len(actions)) as pool:
        contexts = [contextvars.copy_context() for _ in actions]
        running = [
            pool.submit(context.run, one, action)
            for context, action in zip(contexts, actions, strict=True)
        ]
        return [future.result() for future in running]


def test_of_two_clicks_at_once_one_wins_and_the_other_learns_who(live_ponds: Ponds) -> None:
    ponds = live_ponds
    case = ponds.submitted()
    task_id = ponds.tasks(case.id)["check"].id
    results = both(
        lambda: ponds.do("officer", tasks.complete, task_id, {"verdict": "good"}),
        lambda: ponds.do("colleague", tasks.complete, task_id, {"verdict": "bad"}),
    )
    losers = [r for r in results if isinstance(r, Conflict)]
    assert len(losers) == 1
    assert losers[0].key == "services.tasks.already_done"
    assert losers[0].params["name"] in {"Officer", "Colleague"}
    assert ponds.count(FormData, case_id=case.id, form="check") == 1
    assert set(ponds.tasks(case.id)) == {"draft_decision"}


def test_reference_numbers_have_no_gaps_however_many_open_cases_at_once(live_ponds: Ponds) -> None:
    ponds = live_ponds
    found = both(*[ponds.open for _ in range(6)])
    assert sorted(case.reference for case in found) == [f"POND-2027-{n:05d}" for n in range(1, 7)]


def test_a_refused_case_takes_no_number(ponds: Ponds) -> None:
    with pytest.raises(GrantFlowError):
        ponds.open("   ")
    assert ponds.open().reference == "POND-2027-00001"


def test_two_sweeps_at_once_fire_a_timer_once(live_ponds: Ponds, clock: Clock) -> None:
    ponds = live_ponds
    case = ponds.open()
    clock("2027-04-03T09:00")
    results = both(*[lambda: ponds.do("system", timers.fire, case.id) for _ in range(3)])
    assert sum(results) == 1
    assert events(ponds, case).count("timer.fired") == 1


def test_a_case_somebody_works_on_is_left_to_the_next_sweep(
    live_ponds: Ponds, clock: Clock
) -> None:
    ponds = live_ponds
    case = ponds.open()
    clock("2027-04-03T09:00")
    with ponds.transaction(SYSTEM) as session:
        cases.lock_case(session, SYSTEM, case.id)
        assert ponds.do("system", timers.fire, case.id) == 0
    assert ponds.do("system", timers.fire, case.id) == 1


def test_letters_belong_to_the_process_that_wrote_them(ponds: Ponds) -> None:
    case = ponds.drafted()
    found = {letter.name: letter for letter in ponds.letters(case)}
    assert set(found) == {"acknowledgement", "grant_decision"}
    assert found["grant_decision"].instance_id == instances(ponds, case)["notice"].id
