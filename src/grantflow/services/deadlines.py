"""Deadlines of cases: started and met by the diagrams, computed by the rules, listed for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.clock import BERLIN
from grantflow.engine import Effect
from grantflow.errors import GrantFlowError
from grantflow.programmes.deadlines import Terms, computed
from grantflow.rules.periods import Period, first_moment_after, last_day
from grantflow.services import audit, profiles
from grantflow.services.move import Move
from grantflow.services.notification import HELD, day_of, sending_of
from grantflow.services.policy import Actor
from grantflow.services.reach import case_reach
from grantflow.services.wording import both
from grantflow.store import acts
from grantflow.store import deadlines as rows
from grantflow.store.cases import LockedCase, lock_case_if_free
from grantflow.store.families import family
from grantflow.store.tables import Deadline, Dispatch, ProcessInstance, Task

OUT_OF_DECISION = frozenset({"statement_of_use", "interim_statement"})
"""Duties that the decision imposes; they are counted by the rules of its day."""


def start(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Start a deadline; the diagram gets the first moment after its last day (UTC, ISO 8601).

    A running deadline of the same kind and process is replaced. Legal source: the steps of
    ``rules.periods`` that are stored with the deadline as its explanation.
    """
    params = effect.params
    dispatch = _dispatch(move, row, effect)
    kind = str(params["kind"])
    if kind == "remedy" and dispatch is not None and dispatch.notified_on is None:
        return _hold(move, row, effect, dispatch)
    period = _period(move, effect, dispatch)
    rows.set_state(move.session, move.case.id, [kind], "void", instance_id=row.id)
    deadline = Deadline(
        case_id=move.case.id,
        authority_id=move.case.authority_id,
        instance_id=row.id,
        kind=kind,
        title=_title(kind, params),
        starts_on=period.start,
        due_on=period.end,
        element_id=effect.element_id,
        dispatch_id=dispatch.id if dispatch else None,
        params=dict(params),
        explanation=[step.as_dict() for step in period.steps],
        created_at=move.now,
    )
    rows.add_deadline(move.session, deadline)
    move.note(
        "deadline.started",
        instance_id=row.id,
        element_id=effect.element_id,
        public=kind != "remedy",
        title=deadline.title,
        due_on=period.end.isoformat(),
    )
    return {"value": first_moment_after(period.end).isoformat()}


def _hold(
    move: Move, row: ProcessInstance, effect: Effect, dispatch: Dispatch
) -> Mapping[str, Any]:
    """Nothing begins before service is proved: the period waits, void, until receipt is recorded.

    Legal source: §§ 57, 58, 74 VwGO with §§ 3 to 5 VwZG; the register starts it with the proof.
    """
    day = day_of(move.now)
    deadline = Deadline(
        case_id=move.case.id,
        authority_id=move.case.authority_id,
        instance_id=row.id,
        kind="remedy",
        title=_title("remedy", effect.params),
        starts_on=day,
        due_on=day,
        state="void",
        element_id=effect.element_id,
        dispatch_id=dispatch.id,
        params=dict(effect.params),
        created_at=move.now,
    )
    rows.add_deadline(move.session, deadline)
    held = [*dispatch.proof.get("held", ()), str(deadline.id)]
    dispatch.proof = {**dispatch.proof, "held": held}
    return {"value": HELD.isoformat()}


def _dispatch(move: Move, row: ProcessInstance, effect: Effect) -> Dispatch | None:
    """The dispatch of the letter the deadline begins with, if it names one."""
    name = str(effect.params.get("letter") or "")
    if not name:
        return None
    own = family(move.session, row)
    sent = acts.latest_dispatch(move.session, move.case.id, name, own)
    if sent is None or sent.sent_at is None:
        raise GrantFlowError(
            "services.deadlines.letter_not_dispatched", element=effect.element_id, letter=name
        )
    return sent


def _period(move: Move, effect: Effect, dispatch: Dispatch | None) -> Period:
    """The period by the rules that count for the case, from the letter's dispatch if named."""
    on = move.now.astimezone(BERLIN).date()
    terms = _terms(move, str(effect.params["kind"]), on)
    return computed(terms, effect.params, on, sending_of(dispatch) if dispatch else None)


def _terms(move: Move, kind: str, on: date) -> Terms:
    if kind in OUT_OF_DECISION:
        return profiles.terms_of_case(move.session, move.case, move.programme, on)
    return profiles.terms(move.session, move.programme, on)


def _title(kind: str, params: Mapping[str, Any]) -> dict[str, str]:
    usual = both(f"effects.deadline.{kind}", kind)
    german = str(params.get("title") or usual["de"])
    return {"de": german, "en": str(params.get("title_en") or params.get("title") or usual["en"])}


def meet(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Mark the running deadline of a kind as met, that of this process before any other."""
    kind = str(effect.params["kind"])
    met = rows.set_state(move.session, move.case.id, [kind], "met", instance_id=row.id)
    met = met or rows.set_state(move.session, move.case.id, [kind], "met")
    for title in met:
        move.note(
            "deadline.met",
            instance_id=row.id,
            element_id=effect.element_id,
            public=kind != "remedy",
            title=title,
        )
    return {}


def met_by(session: Session, case: LockedCase, task: Task, now: datetime) -> list[dict[str, Any]]:
    """Mark the deadlines that were the limit of a task as met, if it was done in time.

    A task that is due at midnight in Germany has a computed day as its limit.
    """
    due = task.due_at
    if due is None or due.astimezone(BERLIN).time() != time() or now >= due:
        return []
    return list(rows.set_state(session, case.id, None, "met", due_on=last_day(due)))


def void_all(session: Session, case: LockedCase) -> None:
    """Nothing is awaited any more in a case that has ended."""
    rows.set_state(session, case.id, None, "void")


def mark_missed(session: Session, actor: Actor, limit: int = 100) -> int:
    """Mark deadlines whose last day has passed; for the worker. Gives their number.

    The end of a remedy period is nobody's failure and is left to the diagram. Cases somebody is
    working on are left to the next time.
    """
    missed = 0
    for deadline in rows.overdue(session, clock.today(), limit):
        case = lock_case_if_free(session, deadline.case_id)
        missed += case is not None and _miss(session, actor, case, deadline)
    _close_orphans(session, actor, limit)
    return missed


def mark_missed_of(session: Session, actor: Actor, case: LockedCase) -> None:
    """The same for one case that goes on by the clock: nothing runs on past its last day."""
    for deadline in rows.overdue(session, clock.today(), case_id=case.id):
        _miss(session, actor, case, deadline)


def _miss(session: Session, actor: Actor, case: LockedCase, deadline: Deadline) -> bool:
    if not rows.miss(session, deadline.id):
        return False
    audit.record(
        session,
        case.id,
        case.authority_id,
        actor,
        "deadline.missed",
        data={"title": deadline.title, "due_on": deadline.due_on.isoformat()},
        instance_id=deadline.instance_id,
    )
    return True


def _close_orphans(session: Session, actor: Actor, limit: int) -> None:
    """A remedy period that began anew after its process had gone on ends by the calendar."""
    for deadline in rows.orphaned_remedies(session, clock.today(), limit):
        case = lock_case_if_free(session, deadline.case_id)
        if case is not None:
            deadline.state = "met"
            data = {"title": deadline.title}
            audit.record(session, case.id, case.authority_id, actor, "deadline.met", data=data)


def upcoming(
    session: Session, actor: Actor, *, days: int = 30, until: date | None = None, limit: int = 100
) -> Sequence[rows.DeadlineLine]:
    """Running deadlines of the next ``days`` days in the actor's programmes, overdue ones first."""
    last = until or clock.today() + timedelta(days=days)
    return rows.upcoming(session, case_reach(actor), last, limit)
