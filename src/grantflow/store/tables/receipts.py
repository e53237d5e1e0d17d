"""Receipts of statements of use with the findings on them, and the samples drawn for audits."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, text
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, euro, json, maybe_at, new_id


class Receipt(SQLModel, table=True):
    """One receipt of a statement; what was handed in once is replaced and never overwritten."""

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_receipt_statement", "case_id", "form", "item", "position"),
        Index("ix_receipt_same", "amount", "paid_on", postgresql_where=text("replaced_at is null")),
    )
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    form: str  # the form of the statement it belongs to
    item: str = ""  # and its item, e.g. the budget year
    position: int
    number: str = ""
    paid_on: date
    payee: str
    reason: str
    line: str = ""
    amount: Decimal = euro()
    created_at: datetime = at()
    created_by: UUID | None = Field(default=None, foreign_key="account.id")
    replaced_at: datetime | None = maybe_at()


class ReceiptFinding(SQLModel, table=True):
    """What an officer found about a receipt; a later finding replaces it."""

    __tablename__ = "receipt_finding"
    __table_args__ = (
        CheckConstraint("verdict in ('accepted','reduced','refused')", name="verdict"),
        CheckConstraint("accepted >= 0", name="accepted"),
        Index(
            "ux_finding_current",
            "receipt_id",
            unique=True,
            postgresql_where=text("replaced_at is null"),
        ),
    )
    id: UUID = new_id()
    receipt_id: UUID = Field(foreign_key="receipt.id")
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    verdict: str
    accepted: Decimal = euro()
    reason: str = ""
    by: UUID | None = Field(default=None, foreign_key="account.id")
    at: datetime = at()
    replaced_at: datetime | None = maybe_at()


class SampleDraw(SQLModel, table=True):
    """A sample drawn for in-depth audits; with its seed anybody can draw it again."""

    __tablename__ = "sample_draw"
    __table_args__ = (Index("ix_draw_call", "call_id", "year"),)
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID = Field(foreign_key="programme.id")
    call_id: UUID = Field(foreign_key="call.id")
    year: int
    seed: str
    share: Decimal = Field(sa_column=Column(Numeric(5, 4), nullable=False))
    at: datetime = at()
    by: UUID | None = Field(default=None, foreign_key="account.id")


class SampleItem(SQLModel, table=True):
    """A statement in the population of a draw: its risk points, their reasons, drawn or not."""

    __tablename__ = "sample_item"
    draw_id: UUID = Field(foreign_key="sample_draw.id", primary_key=True)
    case_id: UUID = Field(foreign_key="grant_case.id", primary_key=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    reference: str
    points: int
    always: bool = False
    reasons: list[Any] = json(list)
    rank: str  # what the lot gave: hexadecimal, the smallest are drawn
    drawn: bool = False
