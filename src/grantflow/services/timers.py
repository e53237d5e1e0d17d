"""Timers that have come due: found by the worker, fired case by case."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.services import deadlines
from grantflow.services.advance import FireDue, advance
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor
from grantflow.store import instances as rows
from grantflow.store.cases import lock_case_if_free


def due_cases(session: Session, limit: int = 100) -> Sequence[UUID]:
    """Cases with a timer that is due now, the longest overdue first."""
    return rows.due_cases(session, clock.now(), limit)


def fire(session: Session, actor: Actor, case_id: UUID) -> int:
    """Fire every due timer of a case; the number of process instances that went on.

    A case somebody else is working on is left for the next sweep (SKIP LOCKED), so any number of
    workers may sweep at once and each timer fires once. Raises GrantFlowError (diagram and element
    named) when the diagram cannot go on; then the timers stay due.
    """
    case = lock_case_if_free(session, case_id)
    if case is None:
        return 0
    programme = programme_of(session, case.programme_version_id)
    deadlines.mark_missed_of(session, actor, case)
    moved = 0
    for instance_id in rows.due_instances(session, case_id, clock.now()):
        row = rows.get_instance(session, instance_id)
        # Another instance's timer may have ended this one a moment ago.
        if row.status == "running":
            moved += advance(session, actor, case, row, programme, FireDue())
    return moved
