"""Statements about payments and decisions: what was granted and what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import Decision, Payment, PublicationRecord


def add_decision(session: Session, row: Decision) -> None:
    """Insert a decision."""
    session.add(row)
    session.flush()


def list_decisions(session: Session, case_id: UUID) -> Sequence[Decision]:
    """The decisions of a case, oldest first."""
    return (
        session.execute(
            select(Decision)
            .where(col(Decision.case_id) == case_id)
            .order_by(col(Decision.at), col(Decision.id))
        )
        .scalars()
        .all()
    )


def find_decision(session: Session, case_id: UUID) -> Decision | None:
    """The newest decision of a case, if there is one."""
    return session.execute(
        select(Decision)
        .where(col(Decision.case_id) == case_id)
        .order_by(col(Decision.at).desc(), col(Decision.id).desc())
        .limit(1)
    ).scalar_one_or_none()


def add_payment(session: Session, row: Payment) -> None:
    """Insert a payment."""
    session.add(row)
    session.flush()


def list_payments(session: Session, case_id: UUID) -> Sequence[Payment]:
    """The payments of a case, oldest first."""
    return (
        session.execute(
            select(Payment)
            .where(col(Payment.case_id) == case_id)
            .order_by(col(Payment.requested_at), col(Payment.id))
        )
        .scalars()
        .all()
    )


def payment_of(session: Session, instance_id: UUID) -> Payment | None:
    """The newest payment that a process instance asked for."""
    return session.execute(
        select(Payment)
        .where(col(Payment.instance_id) == instance_id)
        .order_by(col(Payment.requested_at).desc(), col(Payment.id).desc())
        .limit(1)
    ).scalar_one_or_none()


def committed(session: Session, case_id: UUID) -> Decimal:
    """Euro approved or ordered so far in a case."""
    return session.execute(
        select(func.coalesce(func.sum(col(Payment.amount)), Decimal(0))).where(
            col(Payment.case_id) == case_id, col(Payment.state).in_(("approved", "ordered"))
        )
    ).scalar_one()


def find_publication(session: Session, case_id: UUID) -> PublicationRecord | None:
    """The publication record of a grant, if it was published."""
    return session.get(PublicationRecord, case_id)


def list_publications(session: Session) -> Sequence[PublicationRecord]:
    """Every publication record, newest first."""
    return (
        session.execute(
            select(PublicationRecord).order_by(
                col(PublicationRecord.at).desc(), col(PublicationRecord.case_id)
            )
        )
        .scalars()
        .all()
    )


def add_publication(session: Session, row: PublicationRecord) -> None:
    """Insert a publication record."""
    session.add(row)
    session.flush()
