"""Statements about contested decisions and the deadlines that stand still meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import any_, func, literal, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import Deadline, Suspension


def add(session: Session, row: Suspension) -> None:
    """Insert a suspension."""
    session.add(row)
    session.flush()


def running(session: Session, case_id: UUID) -> Sequence[Suspension]:
    """The remedies of a case that are pending, the oldest first."""
    return (
        session.execute(
            select(Suspension)
            .where(col(Suspension.case_id) == case_id, col(Suspension.ended_at).is_(None))
            .order_by(col(Suspension.since))
        )
        .scalars()
        .all()
    )


def subjects(session: Session, case_id: UUID, outcomes: Collection[str]) -> list[str]:
    """The names of the decisions of a case against which a remedy had one of these outcomes."""
    statement = select(col(Suspension.subject)).where(
        col(Suspension.case_id) == case_id, col(Suspension.outcome).in_(outcomes)
    )
    return sorted(set(session.execute(statement).scalars()))


@dataclass(frozen=True)
class Outcome:
    """How a remedy ended, when, and what it left of the decision (euro, if it says so)."""

    outcome: str
    at: datetime
    remaining: Decimal | None = None


def end(
    session: Session,
    case_id: UUID,
    subject: str,
    ended: Outcome,
    *,
    kind: str = "",
    instance_id: UUID | None = None,
) -> int:
    """End the pending remedies (of one kind, if named) against a decision; their number.

    Those that the process ``instance_id`` has noted; where it has noted none, all of them.
    """
    pending = [one for one in running(session, case_id) if one.subject == subject]
    pending = [one for one in pending if not kind or one.remedy == kind]
    own = [one for one in pending if one.instance_id == instance_id]
    for one in own or pending:
        one.ended_at, one.outcome, one.remaining = ended.at, ended.outcome, ended.remaining
    session.flush()
    return len(own or pending)


def pause_deadlines(session: Session, case_id: UUID, subject: str, kinds: Sequence[str]) -> int:
    """Let running deadlines of these kinds stand still; their number.

    Only those counted from the contested letter, and those that say they stop with it
    (``stops_with``): a deadline that has nothing to do with the remedy goes on.
    """
    params = col(Deadline.params)
    stop = func.string_to_array(params["stops_with"].astext, ",")
    paused = session.execute(
        update(Deadline)
        .where(
            col(Deadline.case_id) == case_id,
            col(Deadline.state) == "running",
            col(Deadline.kind).in_(kinds),
            or_(params["letter"].astext == subject, literal(subject) == any_(stop)),
        )
        .values(state="suspended")
        .returning(col(Deadline.id))
        .execution_options(synchronize_session="fetch")
    )
    return len(paused.scalars().all())


def drop_paused(session: Session, case_id: UUID) -> None:
    """Deadlines that stood still are over: whoever waited counts a new one."""
    session.execute(
        update(Deadline)
        .where(col(Deadline.case_id) == case_id, col(Deadline.state) == "suspended")
        .values(state="void")
        .execution_options(synchronize_session="fetch")
    )
