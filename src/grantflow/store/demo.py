"""What the demo compares with its expectations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import (
    Call,
    Case,
    Dispatch,
    Letter,
    Payment,
    PaymentFileEntry,
    ProcessInstance,
    ProgrammeRow,
    Task,
    Timer,
)


@dataclass(frozen=True)
class SentLetter:
    """A letter that has left."""

    id: UUID
    name: str
    sha256: str | None


def case(session: Session, case_id: UUID) -> Case:
    """The case as it is now."""
    return session.scalars(select(Case).where(col(Case.id) == case_id)).one()


def find_case(session: Session, reference: str) -> UUID | None:
    """The case with this file reference."""
    return session.scalar(select(col(Case.id)).where(col(Case.reference) == reference))


def open_tasks(session: Session, case_id: UUID) -> Sequence[Task]:
    """Open tasks in the order they came."""
    wanted = select(Task).where(col(Task.case_id) == case_id, col(Task.status) == "open")
    return session.scalars(wanted.order_by(col(Task.created_at), col(Task.element_id))).all()


def sent_letters(session: Session, case_id: UUID) -> Sequence[SentLetter]:
    """Letters that have left, or wait in the print queue, in the order they were approved."""
    columns = select(col(Letter.id), col(Letter.name), col(Letter.pdf_sha256))
    joined = columns.join(Dispatch, col(Dispatch.letter_id) == col(Letter.id))
    ordered = joined.where(col(Letter.case_id) == case_id).order_by(
        col(Letter.approved_at), col(Letter.created_at)
    )
    return [SentLetter(*row) for row in session.execute(ordered)]


def next_timer(session: Session, case_id: UUID, until: datetime) -> datetime | None:
    """The moment of the next timer that is due until then."""
    wanted = select(func.min(Timer.due_at)).where(
        col(Timer.case_id) == case_id, col(Timer.due_at) <= until
    )
    return session.scalar(wanted)


def ordered_payments(session: Session, case_id: UUID) -> Sequence[Decimal]:
    """Amounts of ordered payments in euro, in the order they were asked for."""
    wanted = select(col(Payment.amount)).where(
        col(Payment.case_id) == case_id, col(Payment.state).in_(("ordered", "paid"))
    )
    return session.scalars(wanted.order_by(col(Payment.requested_at))).all()


def newest_order(session: Session, case_id: UUID) -> tuple[str, Decimal]:
    """How the payment that was ordered last is called in its file, and its amount (euro)."""
    statement = (
        select(col(PaymentFileEntry.end_to_end_id), col(Payment.amount))
        .join(Payment, col(Payment.id) == col(PaymentFileEntry.payment_id))
        .where(col(Payment.case_id) == case_id, col(Payment.state).in_(("ordered", "paid")))
        .order_by(col(Payment.requested_at).desc())
    )
    name, amount = session.execute(statement.limit(1)).one()
    return name, amount


def is_running(session: Session, case_id: UUID) -> bool:
    """Whether any process of the case still runs."""
    wanted = select(func.count()).where(
        col(ProcessInstance.case_id) == case_id, col(ProcessInstance.status) == "running"
    )
    return bool(session.scalar(wanted))


def call_of(session: Session, programme: str, key: str) -> Call:
    """A call by programme key and its own key."""
    joined = select(Call).join(ProgrammeRow, col(ProgrammeRow.id) == col(Call.programme_id))
    wanted = joined.where(col(ProgrammeRow.key) == programme, col(Call.key) == key)
    return session.scalars(wanted).one()


def has_cases(session: Session) -> bool:
    """Whether anything was ever applied for."""
    return session.scalar(select(col(Case.id)).limit(1)) is not None
