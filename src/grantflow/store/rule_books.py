"""Statements about the versions of rule books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.tables import RuleVersion


def add_version(session: Session, row: RuleVersion) -> None:
    """Insert a version; two at once for the same area are a Conflict."""
    session.add(row)
    session.flush()


def get_version(session: Session, version_id: UUID) -> RuleVersion:
    """A version. Raises NotFound."""
    found = session.get(RuleVersion, version_id)
    if found is None:
        raise NotFound("rules_admin.version_not_found")
    return found


def lock_version(session: Session, version_id: UUID) -> RuleVersion:
    """A version, locked until the transaction ends. Raises NotFound."""
    found = session.get(RuleVersion, version_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("rules_admin.version_not_found")
    return found


def in_force(session: Session, area: str, at: datetime | None = None) -> RuleVersion | None:
    """The version of an area released last (at the latest ``at``); None if there is none."""
    statement = (
        select(RuleVersion)
        .where(col(RuleVersion.area) == area, col(RuleVersion.state) == "released")
        .order_by(col(RuleVersion.released_at).desc(), col(RuleVersion.number).desc())
        .limit(1)
    )
    if at is not None:
        statement = statement.where(col(RuleVersion.released_at) <= at)
    return session.execute(statement).scalar_one_or_none()


def areas_in_force(session: Session) -> Sequence[RuleVersion]:
    """The version of every area that was released last, by area."""
    return (
        session.execute(
            select(RuleVersion)
            .ext(distinct_on(col(RuleVersion.area)))
            .where(col(RuleVersion.state) == "released")
            .order_by(
                col(RuleVersion.area),
                col(RuleVersion.released_at).desc(),
                col(RuleVersion.number).desc(),
            )
        )
        .scalars()
        .all()
    )


def list_versions(session: Session, area: str | None = None) -> Sequence[RuleVersion]:
    """The versions of an area (or of all), newest first, without discarded ones."""
    statement = (
        select(RuleVersion)
        .where(col(RuleVersion.state) != "discarded")
        .order_by(col(RuleVersion.area), col(RuleVersion.number).desc())
    )
    if area is not None:
        statement = statement.where(col(RuleVersion.area) == area)
    return session.execute(statement).scalars().all()


def last_number(session: Session, area: str) -> int:
    """The highest number of a version of an area, 0 if there is none."""
    highest = select(func.coalesce(func.max(col(RuleVersion.number)), 0))
    return session.execute(highest.where(col(RuleVersion.area) == area)).scalar_one()


def last_delivery(session: Session, area: str) -> RuleVersion | None:
    """The version of an area that was delivered last, whatever became of it."""
    return session.execute(
        select(RuleVersion)
        .where(col(RuleVersion.area) == area, col(RuleVersion.origin) == "delivered")
        .order_by(col(RuleVersion.number).desc())
        .limit(1)
    ).scalar_one_or_none()


def open_proposals(session: Session, area: str) -> Sequence[RuleVersion]:
    """Versions of an area that are being written or wait for release, newest first."""
    return (
        session.execute(
            select(RuleVersion)
            .where(col(RuleVersion.area) == area, col(RuleVersion.state).in_(("draft", "review")))
            .order_by(col(RuleVersion.number).desc())
        )
        .scalars()
        .all()
    )


def first_released(session: Session, area: str) -> RuleVersion | None:
    """The version of an area that was released before all others."""
    return session.execute(
        select(RuleVersion)
        .where(col(RuleVersion.area) == area, col(RuleVersion.state) == "released")
        .order_by(col(RuleVersion.released_at), col(RuleVersion.number))
        .limit(1)
    ).scalar_one_or_none()
