"""Statements about payment files, what stands in them, and reports that were read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from grantflow.store.tables import (
    BankAccount,
    Case,
    CaseEvent,
    Organisation,
    Payment,
    PaymentFile,
    PaymentFileEntry,
    PaymentReturn,
)


@dataclass(frozen=True)
class Payable:
    """An ordered payment with the case and organisation it is for."""

    payment: Payment
    reference: str
    title: str
    organisation_id: UUID
    organisation: str


@dataclass(frozen=True)
class CameBack:
    """A payment that came back from the bank, its case, and what the case is granted (euro)."""

    payment: Payment
    entry: PaymentFileEntry
    reference: str
    title: str
    organisation: str
    granted: Decimal


@dataclass(frozen=True)
class Sent:
    """A payment that stands in a file, with both."""

    entry: PaymentFileEntry
    file: PaymentFile
    payment: Payment


def payable(
    session: Session, authority_id: UUID, ids: Collection[UUID] | None = None
) -> Sequence[Payable]:
    """Ordered payments of an authority (or some of them) that stand in no file, oldest first."""
    statement = (
        select(
            Payment,
            col(Case.reference),
            col(Case.title),
            col(Organisation.id),
            col(Organisation.name),
        )
        .join(Case, col(Case.id) == col(Payment.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .where(
            col(Payment.authority_id) == authority_id,
            col(Payment.state) == "ordered",
            ~select(col(PaymentFileEntry.payment_id))
            .where(col(PaymentFileEntry.payment_id) == col(Payment.id))
            .exists(),
        )
        .order_by(col(Payment.ordered_at), col(Payment.id))
    )
    if ids is not None:
        statement = statement.where(col(Payment.id).in_(ids))
    return [Payable(*row) for row in session.execute(statement)]


def came_back(session: Session, authority_id: UUID) -> Sequence[CameBack]:
    """Payments of running cases that came back, after which none was ordered; oldest first."""
    later = aliased(Payment)
    booked = (
        select(func.max(col(CaseEvent.at)))
        .where(
            col(CaseEvent.case_id) == col(Payment.case_id),
            col(CaseEvent.kind) == "payment.returned",
            col(CaseEvent.instance_id).is_not_distinct_from(col(Payment.instance_id)),
        )
        .scalar_subquery()
    )
    replaced = select(col(later.id)).where(
        col(later.case_id) == col(Payment.case_id),
        col(later.state).in_(("ordered", "paid")),
        col(later.ordered_at) >= booked,
    )
    statement = (
        select(
            Payment,
            PaymentFileEntry,
            col(Case.reference),
            col(Case.title),
            col(Organisation.name),
            func.coalesce(col(Case.approved), 0),
        )
        .join(PaymentFileEntry, col(PaymentFileEntry.payment_id) == col(Payment.id))
        .join(Case, col(Case.id) == col(Payment.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .where(
            col(Payment.authority_id) == authority_id,
            col(Payment.state) == "returned",
            col(Case.closed_at).is_(None),
            ~replaced.exists(),
        )
        .order_by(col(Payment.ordered_at), col(Payment.id))
    )
    return [CameBack(*row) for row in session.execute(statement)]


def lock_payments(session: Session, ids: Collection[UUID]) -> Sequence[Payment]:
    """Lock payments in one order for all, so that two files cannot take the same."""
    statement = (
        select(Payment)
        .where(col(Payment.id).in_(ids))
        .order_by(col(Payment.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.execute(statement).scalars().all()


def add_file(session: Session, file: PaymentFile, entries: Sequence[PaymentFileEntry]) -> None:
    """Insert a file and what stands in it."""
    session.add(file)
    session.flush()
    session.add_all(entries)
    session.flush()


def find_file(session: Session, file_id: UUID, *, lock: bool = False) -> PaymentFile | None:
    """A payment file, if wanted locked until the transaction ends."""
    if lock:
        return session.get(PaymentFile, file_id, with_for_update=True, populate_existing=True)
    return session.get(PaymentFile, file_id)


def list_files(session: Session, authorities: Collection[UUID]) -> Sequence[PaymentFile]:
    """The payment files of authorities, newest first."""
    wanted = select(PaymentFile).where(col(PaymentFile.authority_id).in_(authorities))
    ordered = wanted.order_by(col(PaymentFile.prepared_at).desc(), col(PaymentFile.number).desc())
    return session.execute(ordered).scalars().all()


def list_entries(session: Session, file_id: UUID) -> Sequence[PaymentFileEntry]:
    """What stands in a file, in its order."""
    wanted = select(PaymentFileEntry).where(col(PaymentFileEntry.file_id) == file_id)
    return session.execute(wanted.order_by(col(PaymentFileEntry.position))).scalars().all()


def payments_in(session: Session, file_id: UUID) -> Sequence[Payment]:
    """The payments that stand in a file."""
    wanted = (
        select(Payment)
        .join(PaymentFileEntry, col(PaymentFileEntry.payment_id) == col(Payment.id))
        .where(col(PaymentFileEntry.file_id) == file_id)
    )
    return session.execute(wanted).scalars().all()


def replaced_accounts(session: Session, file_id: UUID) -> Sequence[str]:
    """Organisations in a file whose confirmed account is no longer the one it names."""
    confirmed = (
        select(col(BankAccount.iban))
        .where(
            col(BankAccount.organisation_id) == col(Organisation.id),
            col(BankAccount.state) == "confirmed",
        )
        .scalar_subquery()
    )
    wanted = (
        select(col(Organisation.name))
        .join(Case, col(Case.organisation_id) == col(Organisation.id))
        .join(Payment, col(Payment.case_id) == col(Case.id))
        .join(PaymentFileEntry, col(PaymentFileEntry.payment_id) == col(Payment.id))
        .where(
            col(PaymentFileEntry.file_id) == file_id,
            col(PaymentFileEntry.iban).is_distinct_from(confirmed),
        )
        .distinct()
        .order_by(col(Organisation.name))
    )
    return session.execute(wanted).scalars().all()


def drop_entries(session: Session, file_id: UUID) -> None:
    """Take everything out of a file that is discarded."""
    session.execute(delete(PaymentFileEntry).where(col(PaymentFileEntry.file_id) == file_id))


def by_message(session: Session, authority_id: UUID, message_id: str) -> PaymentFile | None:
    """The file with this message id."""
    wanted = select(PaymentFile).where(
        col(PaymentFile.authority_id) == authority_id, col(PaymentFile.message_id) == message_id
    )
    return session.execute(wanted).scalar_one_or_none()


def sent(
    session: Session, authority_id: UUID, ids: Collection[str] | None, file_id: UUID | None = None
) -> Mapping[str, Sent]:
    """Payments of released files by their end-to-end id; ``file_id`` limits to one file."""
    statement = (
        select(PaymentFileEntry, PaymentFile, Payment)
        .join(PaymentFile, col(PaymentFile.id) == col(PaymentFileEntry.file_id))
        .join(Payment, col(Payment.id) == col(PaymentFileEntry.payment_id))
        .where(
            col(PaymentFileEntry.authority_id) == authority_id,
            col(PaymentFile.state) == "released",
        )
        .execution_options(populate_existing=True)
    )
    if ids is not None:
        statement = statement.where(col(PaymentFileEntry.end_to_end_id).in_(ids))
    if file_id is not None:
        statement = statement.where(col(PaymentFileEntry.file_id) == file_id)
    return {row[0].end_to_end_id: Sent(*row) for row in session.execute(statement)}


def read_before(session: Session, authority_id: UUID, sha256: str) -> datetime | None:
    """When a report with this content was read, None when it is new."""
    return session.execute(
        select(col(PaymentReturn.at)).where(
            col(PaymentReturn.authority_id) == authority_id, col(PaymentReturn.sha256) == sha256
        )
    ).scalar_one_or_none()


def add_return(session: Session, row: PaymentReturn) -> None:
    """Note a report that was read."""
    session.add(row)
    session.flush()


def list_returns(session: Session, authorities: Collection[UUID]) -> Sequence[PaymentReturn]:
    """Reports that were read, newest first."""
    wanted = select(PaymentReturn).where(col(PaymentReturn.authority_id).in_(authorities))
    return session.execute(wanted.order_by(col(PaymentReturn.at).desc())).scalars().all()
