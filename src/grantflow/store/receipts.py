"""Statements about receipts and the findings on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.tables import Case, Receipt, ReceiptFinding


@dataclass(frozen=True)
class Statement:
    """The statement receipts belong to: a case's form and item (e.g. the budget year)."""

    case_id: UUID
    form: str
    item: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """A receipt of the same organisation in another statement or another case."""

    receipt: Receipt
    reference: str


@dataclass(frozen=True)
class Sums:
    """How many receipts a statement has, what they add up to and what of it is accepted (euro)."""

    count: int
    total: Decimal
    accepted: Decimal
    found: int  # how many have a finding


def _of(statement: Statement) -> tuple[object, ...]:
    return (statement.case_id, statement.form, statement.item)


def list_receipts(session: Session, statement: Statement) -> Sequence[Receipt]:
    """The receipts of a statement in the order of the list."""
    return session.scalars(
        select(Receipt)
        .where(
            tuple_(col(Receipt.case_id), col(Receipt.form), col(Receipt.item)) == _of(statement),
            col(Receipt.replaced_at).is_(None),
        )
        .order_by(col(Receipt.position), col(Receipt.id))
    ).all()


def get_receipt(session: Session, receipt_id: UUID) -> Receipt:
    """A receipt that still counts. Raises NotFound."""
    found = session.get(Receipt, receipt_id)
    if found is None or found.replaced_at is not None:
        raise NotFound("receipts.not_found")
    return found


def last_position(session: Session, statement: Statement) -> int:
    """The position of the last receipt of the list, 0 while it is empty."""
    found = session.scalar(
        select(func.max(col(Receipt.position))).where(
            tuple_(col(Receipt.case_id), col(Receipt.form), col(Receipt.item)) == _of(statement)
        )
    )
    return int(found or 0)


def add_receipts(session: Session, rows: Sequence[Receipt]) -> None:
    """Insert receipts."""
    session.add_all(rows)
    session.flush()


def drop_receipts(
    session: Session, rows: Collection[Receipt], handed_in: datetime | None, now: datetime
) -> None:
    """Take receipts off the list; what was handed in before stays in the file as replaced."""
    kept = [row.id for row in rows if handed_in is not None and row.created_at <= handed_in]
    gone = [row.id for row in rows if row.id not in set(kept)]
    if kept:
        session.execute(update(Receipt).where(col(Receipt.id).in_(kept)).values(replaced_at=now))
    if gone:
        session.execute(delete(Receipt).where(col(Receipt.id).in_(gone)))
    session.expire_all()


def findings(session: Session, receipt_ids: Collection[UUID]) -> Mapping[UUID, ReceiptFinding]:
    """The present finding on each of these receipts that has one."""
    rows = session.scalars(
        select(ReceiptFinding).where(
            col(ReceiptFinding.receipt_id).in_(receipt_ids),
            col(ReceiptFinding.replaced_at).is_(None),
        )
    )
    return {row.receipt_id: row for row in rows}


def add_findings(session: Session, rows: Sequence[ReceiptFinding], now: datetime) -> None:
    """Write findings; earlier ones on the same receipts stay in the file as replaced."""
    session.execute(
        update(ReceiptFinding)
        .where(
            col(ReceiptFinding.receipt_id).in_([row.receipt_id for row in rows]),
            col(ReceiptFinding.replaced_at).is_(None),
        )
        .values(replaced_at=now)
    )
    session.add_all(rows)
    session.flush()


def elsewhere(
    session: Session,
    statement: Statement,
    organisation_id: UUID,
    pairs: Collection[tuple[Decimal, date]],
) -> Sequence[Elsewhere]:
    """Receipts of the organisation with the same amount and day outside this statement.

    Row-level security limits staff to the cases of their own authorities.
    """
    if not pairs:
        return []
    rows = session.execute(
        select(Receipt, col(Case.reference))
        .join(Case, col(Case.id) == col(Receipt.case_id))
        .where(
            col(Case.organisation_id) == organisation_id,
            tuple_(col(Receipt.amount), col(Receipt.paid_on)).in_(list(pairs)),
            tuple_(col(Receipt.case_id), col(Receipt.form), col(Receipt.item)) != _of(statement),
            col(Receipt.replaced_at).is_(None),
        )
        .order_by(col(Case.reference), col(Receipt.position))
    )
    return [Elsewhere(*row) for row in rows]


def references_of(session: Session, organisation_id: UUID, without: UUID) -> Sequence[str]:
    """The reference numbers of an organisation's other cases."""
    return session.scalars(
        select(col(Case.reference)).where(
            col(Case.organisation_id) == organisation_id, col(Case.id) != without
        )
    ).all()
