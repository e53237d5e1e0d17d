"""Statements about payments and decisions: what was granted, when it is final, what was paid."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.clock import BERLIN
from grantflow.store.tables import (
    AwardTerm,
    Deadline,
    Decision,
    Dispatch,
    Letter,
    Payment,
    PaymentFileEntry,
    PublicationRecord,
    Task,
)
from grantflow.store.tables.columns import OPEN

UNDER_WAY = ("approved", "ordered", "paid")
"""States of a payment that uses up the grant."""

RENUNCIATION = "unreceived"
"""Kind of the decision that the grantee renounces what was repaid without a ground."""
NOT_ORDERED = ("requested", "approved")
"""States of a payment that still waits for its order."""
STATEMENTS = ("statement_of_use", "interim_statement")


@dataclass(frozen=True)
class RemedyDates:
    """When the grant decision of a case becomes final: last day, safe day, or waived already."""

    last_day: date | None
    safe_from: date | None
    waived: bool


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


def most_granted(session: Session, case_id: UUID) -> Decimal:
    """The highest amount (euro) that was ever granted in a case, 0 before a decision."""
    decided = select(func.max(col(Decision.amount))).where(
        col(Decision.case_id) == case_id, col(Decision.kind) == "grant"
    )
    amended = select(func.max(col(AwardTerm.amount))).where(col(AwardTerm.case_id) == case_id)
    found = (session.execute(query).scalar_one() for query in (decided, amended))
    return max((one for one in found if one is not None), default=Decimal(0))


def renounced(session: Session, case_id: UUID) -> Decimal:
    """Euro the grantee has renounced of what was repaid without a ground."""
    statement = select(func.sum(col(Decision.amount))).where(
        col(Decision.case_id) == case_id, col(Decision.kind) == RENUNCIATION
    )
    return session.execute(statement).scalar_one() or Decimal(0)


def not_arrived(session: Session, case_id: UUID) -> Mapping[str, Decimal]:
    """Euro of the payments of a case that were withdrawn, and of those the bank returned."""
    found = {"withdrawn": Decimal(0), "returned": Decimal(0)}
    for payment in list_payments(session, case_id):
        if payment.state in found:
            found[payment.state] += payment.amount
    return found


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


def awaiting_money(session: Session, case_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the cases whose grant decision has left or in which money was asked for."""
    decided = select(col(Letter.case_id)).where(
        col(Letter.case_id).in_(case_ids),
        col(Letter.name) == "grant_decision",
        col(Letter.state) == "dispatched",
    )
    asked = select(col(Payment.case_id)).where(
        col(Payment.case_id).in_(case_ids), col(Payment.state).in_(NOT_ORDERED)
    )
    return frozenset(session.scalars(decided.union(asked)))


def committed(session: Session, case_id: UUID) -> Decimal:
    """Euro approved, ordered or paid so far in a case."""
    return committed_of_cases(session, [case_id])[case_id]


def committed_of_cases(session: Session, case_ids: Collection[UUID]) -> Mapping[UUID, Decimal]:
    """As ``committed``, for many cases in one statement."""
    statement = (
        select(col(Payment.case_id), func.sum(col(Payment.amount)))
        .where(col(Payment.case_id).in_(case_ids), col(Payment.state).in_(UNDER_WAY))
        .group_by(col(Payment.case_id))
    )
    sums = {row[0]: row[1] for row in session.execute(statement)}
    return {one: sums.get(one, Decimal(0)) for one in case_ids}


def paid_days(session: Session, case_id: UUID) -> tuple[date | None, date | None]:
    """The day before which no money of a case can have come back, and that of its last payment.

    That is the day of the first order, and the last day the treasury reported; None before.
    """
    ordered = session.execute(
        select(func.min(col(Payment.ordered_at))).where(
            col(Payment.case_id) == case_id, col(Payment.state) != "withdrawn"
        )
    ).scalar_one()
    reported = session.execute(
        select(func.max(col(PaymentFileEntry.outcome_on)))
        .join(Payment, col(Payment.id) == col(PaymentFileEntry.payment_id))
        .where(col(Payment.case_id) == case_id, col(PaymentFileEntry.outcome) == "paid")
    ).scalar_one()
    return ordered.astimezone(BERLIN).date() if ordered else None, reported


def remedy_of_grant(session: Session, case_id: UUID) -> RemedyDates | None:
    """The dates that follow from the newest dispatch of a grant decision, corrections apart."""
    newest = (
        select(
            col(Dispatch.remedy_end),
            col(Dispatch.safe_finality),
            col(Dispatch.waived_on),
            col(Dispatch.sent_at),
        )
        .join(Letter, col(Letter.id) == col(Dispatch.letter_id))
        .where(
            col(Dispatch.case_id) == case_id,
            col(Letter.name) == "grant_decision",
            col(Letter.relation) != "corrects",
            col(Dispatch.state) == "sent",
        )
        .order_by(col(Dispatch.sent_at).desc())
        .limit(1)
    )
    sent = session.execute(newest).one_or_none()
    if sent is None:
        return None
    period = session.execute(
        select(col(Deadline.due_on), col(Deadline.state))
        .where(
            col(Deadline.case_id) == case_id,
            col(Deadline.kind) == "remedy",
            col(Deadline.created_at) >= sent.sent_at,
        )
        .order_by(col(Deadline.created_at).desc())
        .limit(1)
    ).one_or_none()
    days = [d for d in (sent.remedy_end, period.due_on if period else None) if d is not None]
    waived = sent.waived_on is not None or (period is not None and period.state == "met")
    return RemedyDates(max(days, default=None), sent.safe_finality, waived)


def overdue_statement(session: Session, case_id: UUID, today: date) -> date | None:
    """The last day of the statement that is overdue longest, None when none is.

    A missed one counts until the grantee has done what its process asks of them.
    """
    still_asked = (
        select(col(Task.id))
        .where(
            col(Task.case_id) == case_id,
            col(Task.instance_id) == col(Deadline.instance_id),
            col(Task.status) == OPEN,
            col(Task.role) == "APPLICANT",
        )
        .exists()
    )
    return session.execute(
        select(func.min(col(Deadline.due_on))).where(
            col(Deadline.case_id) == case_id,
            col(Deadline.kind).in_(STATEMENTS),
            col(Deadline.due_on) < today,
            or_(
                col(Deadline.state) == "running",
                and_(col(Deadline.state) == "missed", still_asked),
            ),
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
