"""Statements about tasks of staff that were not done in time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import Task
from grantflow.store.tables.columns import OPEN


def _late(before: datetime, today: date) -> ColumnElement[bool]:
    """Open, not the applicant's, due by then, and not told of since the last reminder's day."""
    next_on = col(Task.next_reminder_on)
    return and_(
        col(Task.status) == OPEN,
        col(Task.role) != "APPLICANT",
        col(Task.due_at) <= before,
        or_(next_on.is_(None), next_on <= today),
    )


def due_cases(
    session: Session, before: datetime, today: date, limit: int, without: Collection[UUID] = ()
) -> Sequence[UUID]:
    """Cases with such a task, the longest overdue first; ``without`` are left out."""
    return (
        session.execute(
            select(col(Task.case_id))
            .where(_late(before, today), col(Task.case_id).not_in(without))
            .group_by(col(Task.case_id))
            .order_by(func.min(col(Task.due_at)), col(Task.case_id))
            .limit(limit)
        )
        .scalars()
        .all()
    )


def of_case(session: Session, case_id: UUID, before: datetime, today: date) -> Sequence[Task]:
    """Such tasks of a case, the longest overdue first."""
    return (
        session.execute(
            select(Task)
            .where(_late(before, today), col(Task.case_id) == case_id)
            .order_by(col(Task.due_at), col(Task.id))
        )
        .scalars()
        .all()
    )
