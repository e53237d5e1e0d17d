"""Contested decisions: while a remedy is pending, their execution is mostly suspended."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, maybe_at, new_id


class Suspension(SQLModel, table=True):
    """One remedy against one decision of a case, from its receipt to its outcome."""

    __tablename__ = "suspension"
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID | None = None
    subject: str  # name of the letter that is contested
    letter_id: UUID | None = Field(default=None, foreign_key="letter.id")
    remedy: str  # objection, court_action
    suspends: bool = True  # False: immediate execution (§ 80 Abs. 2 VwGO)
    blocks_payments: bool = False
    since: datetime = at()
    ended_at: datetime | None = maybe_at()
    outcome: str = ""  # empty while it is pending
    remaining: Decimal | None = None  # euro of the decision that stay after an outcome in part
