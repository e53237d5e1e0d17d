"""Statements about bank details and their history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import BankAccount, Case, Payment


def add_account(session: Session, row: BankAccount) -> None:
    """Insert bank details."""
    session.add(row)
    session.flush()


def lock_account(session: Session, account_id: UUID) -> BankAccount | None:
    """One row of bank details, locked until the transaction ends."""
    return session.get(BankAccount, account_id, with_for_update=True, populate_existing=True)


def history(
    session: Session, *, organisation_id: UUID | None = None, authority_id: UUID | None = None
) -> Sequence[BankAccount]:
    """All bank details an owner ever gave, newest first."""
    wanted = select(BankAccount).order_by(
        col(BankAccount.proposed_at).desc(), col(BankAccount.id).desc()
    )
    if organisation_id is not None:
        wanted = wanted.where(col(BankAccount.organisation_id) == organisation_id)
    else:
        wanted = wanted.where(col(BankAccount.authority_id) == authority_id)
    return session.execute(wanted).scalars().all()


def in_use(session: Session, organisations: Collection[UUID]) -> Mapping[UUID, BankAccount]:
    """The confirmed bank details of organisations, by organisation."""
    wanted = select(BankAccount).where(
        col(BankAccount.organisation_id).in_(organisations), col(BankAccount.state) == "confirmed"
    )
    rows = session.execute(wanted).scalars()
    return {row.organisation_id: row for row in rows if row.organisation_id is not None}


def at_order(session: Session, payments: Collection[UUID]) -> Mapping[UUID, BankAccount]:
    """The bank details that were in use when each payment was ordered, by payment."""
    wanted = (
        select(col(Payment.id), BankAccount)
        .join(Case, col(Case.id) == col(Payment.case_id))
        .join(BankAccount, col(BankAccount.organisation_id) == col(Case.organisation_id))
        .where(
            col(Payment.id).in_(payments),
            col(BankAccount.state).in_(("confirmed", "replaced")),
            col(BankAccount.decided_at) <= col(Payment.ordered_at),
        )
        .order_by(col(BankAccount.decided_at))  # of several the newest stays
    )
    return {row[0]: row[1] for row in session.execute(wanted)}


def states(session: Session, organisations: Collection[UUID]) -> Mapping[UUID, frozenset[str]]:
    """In which states bank details of organisations are, by organisation."""
    wanted = select(col(BankAccount.organisation_id), col(BankAccount.state)).where(
        col(BankAccount.organisation_id).in_(organisations)
    )
    rows = session.execute(wanted).all()
    return {one: frozenset(s for owner, s in rows if owner == one) for one in organisations}


def own(session: Session, authority_id: UUID) -> BankAccount | None:
    """The confirmed account of an authority, which payments leave from."""
    wanted = select(BankAccount).where(
        col(BankAccount.authority_id) == authority_id, col(BankAccount.state) == "confirmed"
    )
    return session.execute(wanted).scalar_one_or_none()
