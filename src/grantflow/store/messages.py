"""Statements about the messages of a case and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import CaseEvent, CaseMessage


def add_message(session: Session, row: CaseMessage) -> None:
    """Insert a message."""
    session.add(row)
    session.flush()


def list_messages(session: Session, case_id: UUID, *, internal: bool) -> Sequence[CaseMessage]:
    """The messages of a case, oldest first; notes of the authority only if asked for."""
    statement = select(CaseMessage).where(col(CaseMessage.case_id) == case_id)
    if not internal:
        statement = statement.where(col(CaseMessage.internal).is_(False))
    return (
        session.execute(statement.order_by(col(CaseMessage.at), col(CaseMessage.id)))
        .scalars()
        .all()
    )


def list_events(session: Session, case_id: UUID, *, public_only: bool) -> Sequence[CaseEvent]:
    """The history of a case, oldest first."""
    statement = select(CaseEvent).where(col(CaseEvent.case_id) == case_id)
    if public_only:
        statement = statement.where(col(CaseEvent.public).is_(True))
    return session.execute(statement.order_by(col(CaseEvent.id))).scalars().all()


@dataclass(frozen=True)
class Path:
    """What the history says of one process: its way through the diagram, and what called it."""

    passed: Sequence[str]
    called_by: str  # call activity of the parent's diagram


def paths(session: Session, case_id: UUID) -> Mapping[UUID, Path]:
    """Instance -> its path, in one statement."""
    rows = session.execute(
        select(
            col(CaseEvent.instance_id),
            col(CaseEvent.kind),
            col(CaseEvent.element_id),
            col(CaseEvent.data),
        )
        .where(
            col(CaseEvent.case_id) == case_id,
            col(CaseEvent.kind).in_(("step", "stage.started", "process.started")),
        )
        .order_by(col(CaseEvent.id))
    )
    passed: dict[UUID, list[str]] = {}
    called_by: dict[UUID, str] = {}
    for instance_id, kind, element_id, data in rows:
        if kind == "step":
            passed.setdefault(instance_id, []).extend(data.get("passed", ()))
        else:
            called_by[instance_id] = element_id
    known = passed.keys() | called_by.keys()
    return {i: Path(tuple(passed.get(i, ())), called_by.get(i, "")) for i in known}
