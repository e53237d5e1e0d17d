"""What follows for a case: dispatch, deadlines, decisions, payments, messages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, euro, json, maybe_at, new_id


class Dispatch(SQLModel, table=True):
    """Proof that a letter left: when, how, by whom, and what follows in law.

    A letter that came back or never arrived is notified again by a further row.
    """

    __tablename__ = "dispatch"
    __table_args__ = (
        UniqueConstraint("letter_id", "attempt", name="dispatch_letter_id_key"),
        CheckConstraint("state in ('queued','sent','returned')", name="state"),
    )
    id: UUID = new_id()
    letter_id: UUID = Field(foreign_key="letter.id")
    attempt: int = 1
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    channel: str
    state: str = "sent"  # queued (print) | sent | returned (or never arrived)
    sent_at: datetime | None = maybe_at()
    by: UUID | None = Field(default=None, foreign_key="account.id")
    proof: dict[str, Any] = json()
    notified_on: date | None = None
    remedy_end: date | None = None
    safe_finality: date | None = None
    received_on: date | None = None  # receipt, retrieval or acknowledgement, as the channel has it
    returned_on: date | None = None
    return_reason: str = ""
    waived_on: date | None = None


class Deadline(SQLModel, table=True):
    __tablename__ = "deadline"
    __table_args__ = (Index("ix_deadline_due", "due_on"), Index("ix_deadline_case", "case_id"))
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID | None = None
    kind: str
    title: dict[str, Any] = json()
    starts_on: date
    due_on: date
    element_id: str = ""  # what the diagram asked for: a later date is counted in the same way
    dispatch_id: UUID | None = Field(default=None, foreign_key="dispatch.id", index=True)
    params: dict[str, Any] = json()
    explanation: list[Any] = json(list)
    state: str = "running"  # running | met | missed | void
    created_at: datetime = at()


class Decision(SQLModel, table=True):
    __tablename__ = "decision"
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    kind: str  # eoi, grant, …
    outcome: str
    amount: Decimal | None = euro(nullable=True)
    reasons: str = ""
    facts: dict[str, Any] = json()
    prepared_by: UUID | None = Field(default=None, foreign_key="account.id")
    countersigned_by: UUID | None = Field(default=None, foreign_key="account.id")
    at: datetime = at()


class Payment(SQLModel, table=True):
    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint(
            "state in ('requested','approved','ordered','refused','paid','returned','withdrawn')",
            name="state",
        ),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("ordered_by is null or ordered_by <> certified_by", name="four_eyes"),
    )
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID | None = None
    amount: Decimal = euro()
    state: str
    requested_at: datetime = at()
    approved_by: UUID | None = Field(default=None, foreign_key="account.id")
    certified_by: UUID | None = Field(default=None, foreign_key="account.id")
    ordered_by: UUID | None = Field(default=None, foreign_key="account.id")
    ordered_at: datetime | None = maybe_at()


class ConflictDeclaration(SQLModel, table=True):
    """What somebody said about their own interests in a case; a conflict excludes from the case."""

    __tablename__ = "conflict_declaration"
    case_id: UUID = Field(foreign_key="grant_case.id", primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", primary_key=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    conflict: bool
    reason: str = ""
    at: datetime = at()


class CaseMessage(SQLModel, table=True):
    __tablename__ = "case_message"
    __table_args__ = (Index("ix_message_case", "case_id", "at"),)
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    author_id: UUID | None = Field(default=None, foreign_key="account.id")
    author_name: str
    internal: bool = False
    body: str
    at: datetime = at()


class PublicationRecord(SQLModel, table=True):
    __tablename__ = "publication_record"
    case_id: UUID = Field(foreign_key="grant_case.id", primary_key=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    facts: dict[str, Any] = json()
    at: datetime = at()


class JobNote(SQLModel, table=True):
    """Why a failed job was given up, or what its last error said."""

    __tablename__ = "job_note"
    job_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    case_id: UUID | None = None
    error: str = ""
    at: datetime = at()
    given_up_by: UUID | None = Field(default=None, foreign_key="account.id")
    reason: str = ""
