"""Statements about the terms of grants after amendments."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import AwardTerm


def add(session: Session, row: AwardTerm) -> None:
    """Insert the terms that count from now on."""
    session.add(row)
    session.flush()


def latest(session: Session, case_id: UUID) -> AwardTerm | None:
    """The terms that count now; None where the grant was never amended."""
    return (
        session.execute(
            select(AwardTerm)
            .where(col(AwardTerm.case_id) == case_id)
            .order_by(col(AwardTerm.at).desc(), col(AwardTerm.id).desc())
            .limit(1)
        )
        .scalars()
        .first()
    )
