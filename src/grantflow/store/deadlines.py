"""Statements about the deadlines of cases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.cases import Reach, within
from grantflow.store.tables import Case, Deadline, Task, Timer
from grantflow.store.tables.columns import OPEN


@dataclass(frozen=True)
class DeadlineLine:
    """A deadline with the case it belongs to."""

    deadline: Deadline
    reference: str
    case_title: str


def add_deadline(session: Session, row: Deadline) -> None:
    """Insert a deadline."""
    session.add(row)
    session.flush()


def list_deadlines(session: Session, case_id: UUID) -> Sequence[Deadline]:
    """The deadlines of a case, first due first."""
    return (
        session.execute(
            select(Deadline)
            .where(col(Deadline.case_id) == case_id)
            .order_by(col(Deadline.due_on), col(Deadline.created_at))
        )
        .scalars()
        .all()
    )


def of_dispatch(session: Session, dispatch_id: UUID, states: Sequence[str]) -> Sequence[Deadline]:
    """The deadlines that began with a dispatch and are in one of these states, oldest first."""
    return (
        session.execute(
            select(Deadline)
            .where(col(Deadline.dispatch_id) == dispatch_id, col(Deadline.state).in_(states))
            .order_by(col(Deadline.created_at), col(Deadline.id))
        )
        .scalars()
        .all()
    )


def by_ids(session: Session, ids: Collection[UUID]) -> Sequence[Deadline]:
    """Some deadlines, oldest first."""
    return (
        session.execute(
            select(Deadline)
            .where(col(Deadline.id).in_(ids))
            .order_by(col(Deadline.created_at), col(Deadline.id))
        )
        .scalars()
        .all()
    )


def set_state(
    session: Session,
    case_id: UUID,
    kinds: Sequence[str] | None,
    state: str,
    *,
    instance_id: UUID | None = None,
    due_on: date | None = None,
) -> Sequence[dict[str, Any]]:
    """Give running deadlines another state and say their titles.

    ``kinds`` None means all kinds; ``instance_id`` limits to one process of the case, ``due_on``
    to one last day.
    """
    statement = (
        update(Deadline)
        .where(col(Deadline.case_id) == case_id, col(Deadline.state) == "running")
        .values(state=state)
        .returning(col(Deadline.title))
        .execution_options(synchronize_session="fetch")
    )
    if kinds is not None:
        statement = statement.where(col(Deadline.kind).in_(kinds))
    if instance_id is not None:
        statement = statement.where(col(Deadline.instance_id) == instance_id)
    if due_on is not None:
        statement = statement.where(col(Deadline.due_on) == due_on)
    return session.execute(statement).scalars().all()


def overdue(
    session: Session, today: date, limit: int | None = None, *, case_id: UUID | None = None
) -> Sequence[Deadline]:
    """Running deadlines (of one case) whose last day has passed, the longest overdue first."""
    asked = select(Deadline).where(
        col(Deadline.state) == "running",
        col(Deadline.due_on) < today,
        col(Deadline.kind) != "remedy",
    )
    if case_id is not None:
        asked = asked.where(col(Deadline.case_id) == case_id)
    ordered = asked.order_by(col(Deadline.due_on), col(Deadline.id)).limit(limit)
    return session.execute(ordered).scalars().all()


def miss(session: Session, deadline_id: UUID) -> bool:
    """Mark a deadline as missed; False if it is not running any more."""
    missed = session.execute(
        update(Deadline)
        .where(col(Deadline.id) == deadline_id, col(Deadline.state) == "running")
        .values(state="missed")
        .returning(col(Deadline.id))
        .execution_options(synchronize_session="fetch")
    )
    return missed.one_or_none() is not None


def upcoming(
    session: Session, reach: Sequence[Reach], until: date, limit: int
) -> Sequence[DeadlineLine]:
    """Running deadlines within somebody's reach, first due first."""
    rows = session.execute(
        select(Deadline, col(Case.reference), col(Case.title))
        .join(Case, col(Case.id) == col(Deadline.case_id))
        .where(
            col(Deadline.state) == "running",
            col(Deadline.due_on) <= until,
            within(reach, col(Case.authority_id), col(Case.programme_id)),
        )
        .order_by(col(Deadline.due_on), func.lower(col(Case.reference)))
        .limit(limit)
    )
    return [DeadlineLine(*row) for row in rows]


def set_task_limits(
    session: Session, instance_id: UUID, elements: Collection[str], due_at: datetime | None
) -> None:
    """Give the open tasks of some elements of a process another limit, or (None) no limit.

    A task that was overdue is so no more: reminders begin anew.
    """
    session.execute(
        update(Task)
        .where(
            col(Task.instance_id) == instance_id,
            col(Task.element_id).in_(elements),
            col(Task.status) == OPEN,
        )
        .values(due_at=due_at, next_reminder_on=None, escalated_on=None)
        .execution_options(synchronize_session="fetch")
    )


def orphaned_remedies(session: Session, today: date, limit: int) -> Sequence[Deadline]:
    """Running remedy periods that are over and for which no timer of their process waits."""
    waits = select(col(Timer.task_id)).where(col(Timer.instance_id) == col(Deadline.instance_id))
    return (
        session.execute(
            select(Deadline)
            .where(
                col(Deadline.state) == "running",
                col(Deadline.kind) == "remedy",
                col(Deadline.due_on) < today,
                ~waits.exists(),
            )
            .order_by(col(Deadline.due_on), col(Deadline.id))
            .limit(limit)
        )
        .scalars()
        .all()
    )
