"""Timers that have come due: found by the worker, fired case by case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.services import deadlines
from grantflow.services.advance import FireDue, advance
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor
from grantflow.store import instances as rows
from grantflow.store.cases import lock_case_if_free


def due_cases(session: Session, limit: int = 100, without: Collection[UUID] = ()) -> Sequence[UUID]:
    """Cases with a timer that is due now, the longest overdue first; ``without`` are left out."""
    return rows.due_cases(session, clock.now(), limit, without)


def due_instances(session: Session, actor: Actor, case_id: UUID) -> Sequence[UUID]:
    """The process instances of a case with a due timer; deadlines that have passed are marked.

    None of a case somebody else is working on: it is left for the next sweep (SKIP LOCKED), so any
    number of workers may sweep at once and each timer fires once.
    """
    case = lock_case_if_free(session, case_id)
    if case is None:
        return ()
    deadlines.mark_missed_of(session, actor, case)
    return rows.due_instances(session, case_id, clock.now())


def fire_instance(session: Session, actor: Actor, case_id: UUID, instance_id: UUID) -> bool:
    """Fire the due timers of one instance; whether it went on.

    Raises GrantFlowError (diagram and element named) when the diagram cannot go on, Conflict where
    what it does is refused at present; then the timers stay due.
    """
    case = lock_case_if_free(session, case_id)
    if case is None:
        return False
    row = rows.get_instance(session, instance_id)
    # Another instance's timer may have ended this one a moment ago.
    if row.status != "running":
        return False
    programme = programme_of(session, case.programme_version_id)
    return advance(session, actor, case, row, programme, FireDue())


def fire(session: Session, actor: Actor, case_id: UUID) -> int:
    """Fire every due timer of a case in one transaction; the number of instances that went on."""
    due = due_instances(session, actor, case_id)
    return sum(fire_instance(session, actor, case_id, one) for one in due)
