"""Statements about what has left a case, and the remedies against its decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import Dispatch, Letter, Suspension


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


def newest_act(
    session: Session, case_id: UUID, name: str, family: Collection[UUID] = ()
) -> Letter | None:
    """The letter of that name approved last, whether it has left yet or not; no correction.

    One that a process of ``family`` wrote comes before any other of the case.
    """
    return session.execute(
        select(Letter)
        .where(
            *_named(case_id, name),
            col(Letter.state) != "discarded",
            col(Letter.approved_at).is_not(None),
        )
        .order_by(_of_others(family), col(Letter.approved_at).desc(), col(Letter.id).desc())
        .limit(1)
    ).scalar_one_or_none()


def _named(case_id: UUID, name: str) -> Sequence[ColumnElement[bool]]:
    """Of the letters of a case those of that name; a correction is none of them."""
    return (
        col(Letter.case_id) == case_id,
        col(Letter.name) == name,
        col(Letter.relation) != "corrects",
    )


def _of_others(family: Collection[UUID]) -> ColumnElement[int]:
    """Sorts what these processes wrote before the rest."""
    return case((col(Letter.instance_id).in_(family), 0), else_=1)


def latest_dispatch(
    session: Session, case_id: UUID, name: str, family: Collection[UUID] = ()
) -> Dispatch | None:
    """How and when the newest letter of that name left the case; a correction is none of them.

    One that a process of ``family`` wrote comes before any other of the case.
    """
    return session.execute(
        select(Dispatch)
        .join(Letter, col(Letter.id) == col(Dispatch.letter_id))
        .where(
            *_named(case_id, name),
            col(Dispatch.state) == "sent",
        )
        .order_by(_of_others(family), col(Dispatch.sent_at).desc(), col(Dispatch.attempt).desc())
        .limit(1)
    ).scalar_one_or_none()


def first_left(session: Session, case_id: UUID, name: str) -> datetime | None:
    """When the first letter of that name left the case; a correction is none of them."""
    return session.execute(
        select(func.min(col(Dispatch.sent_at)))
        .join(Letter, col(Letter.id) == col(Dispatch.letter_id))
        .where(
            *_named(case_id, name),
            col(Dispatch.state) == "sent",
        )
    ).scalar_one_or_none()


def contestable(session: Session, case_id: UUID, name: str, today: date) -> Letter | None:
    """The letter a remedy is against: the newest that can still be contested, else the newest."""
    left = all_left(session, case_id, [name])
    statement = select(col(Dispatch.letter_id)).where(
        col(Dispatch.letter_id).in_([one.id for one in left]),
        col(Dispatch.waived_on).is_(None),
        or_(col(Dispatch.remedy_end).is_(None), col(Dispatch.remedy_end) >= today),
    )
    still = set(session.execute(statement).scalars())
    return next((one for one in left if one.id in still), left[0] if left else None)


def contested_by(session: Session, instance_id: UUID, name: str) -> Letter | None:
    """The letter of that name that the remedy of this process is against."""
    return session.execute(
        select(Letter)
        .join(Suspension, col(Suspension.letter_id) == col(Letter.id))
        .where(col(Suspension.instance_id) == instance_id, col(Suspension.subject) == name)
        .order_by(col(Suspension.since).desc(), col(Suspension.id).desc())
        .limit(1)
    ).scalar_one_or_none()


def remedies_against(session: Session, act: Letter) -> Sequence[Suspension]:
    """Objections and court actions against this very decision, the oldest first."""
    unnamed = and_(col(Suspension.letter_id).is_(None), col(Suspension.since) >= act.approved_at)
    return (
        session.execute(
            select(Suspension)
            .where(
                col(Suspension.case_id) == act.case_id,
                col(Suspension.subject) == act.name,
                or_(col(Suspension.letter_id) == act.id, unnamed),
            )
            .order_by(col(Suspension.since), col(Suspension.id))
        )
        .scalars()
        .all()
    )
