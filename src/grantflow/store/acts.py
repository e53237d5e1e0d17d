"""Statements about what has left a case, and the remedies against its decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import Letter, Suspension


def latest_left(session: Session, case_id: UUID, names: Collection[str]) -> Letter | None:
    """The newest letter of these names that has left the case; a correction is none of them."""
    return next(iter(all_left(session, case_id, names)), None)


def all_left(session: Session, case_id: UUID, names: Collection[str]) -> Sequence[Letter]:
    """The letters of these names that have left the case, newest first, without corrections."""
    return (
        session.execute(
            select(Letter)
            .where(
                col(Letter.case_id) == case_id,
                col(Letter.name).in_(names),
                col(Letter.state) == "dispatched",
                col(Letter.relation) != "corrects",
            )
            .order_by(col(Letter.approved_at).desc(), col(Letter.id).desc())
        )
        .scalars()
        .all()
    )


def newest_act(session: Session, case_id: UUID, name: str) -> Letter | None:
    """The letter of that name approved last, whether it has left yet or not; no correction."""
    return session.execute(
        select(Letter)
        .where(
            col(Letter.case_id) == case_id,
            col(Letter.name) == name,
            col(Letter.relation) != "corrects",
            col(Letter.state) != "discarded",
            col(Letter.approved_at).is_not(None),
        )
        .order_by(col(Letter.approved_at).desc(), col(Letter.id).desc())
        .limit(1)
    ).scalar_one_or_none()


def remedies_against(session: Session, act: Letter) -> Sequence[Suspension]:
    """Objections and court actions against this very decision, the oldest first."""
    return (
        session.execute(
            select(Suspension)
            .where(
                col(Suspension.case_id) == act.case_id,
                col(Suspension.subject) == act.name,
                col(Suspension.since) >= act.approved_at,
            )
            .order_by(col(Suspension.since), col(Suspension.id))
        )
        .scalars()
        .all()
    )
