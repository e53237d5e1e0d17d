"""Statements for the studio: how many cases a version has, and the names of its authors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import Account, Case


def cases_per_version(session: Session, programme_id: UUID) -> Mapping[UUID, int]:
    """How many cases are pinned to each version of a programme."""
    version = col(Case.programme_version_id)
    counted = select(version, func.count()).where(col(Case.programme_id) == programme_id)
    return {row[0]: row[1] for row in session.execute(counted.group_by(version))}


def names_of(session: Session, accounts: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of accounts by id."""
    wanted = select(col(Account.id), col(Account.name)).where(col(Account.id).in_(accounts))
    return {row[0]: row[1] for row in session.execute(wanted)}
