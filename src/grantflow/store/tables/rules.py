"""Rule books as versions: delivered with the software or proposed here, released by a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, json, maybe_at, new_id


class RuleVersion(SQLModel, table=True):
    """One version of a rule book; it belongs to no authority and is frozen once released."""

    __tablename__ = "rule_version"
    __table_args__ = (
        UniqueConstraint("area", "number"),
        CheckConstraint("state in ('draft','review','released','discarded')", name="state"),
        CheckConstraint("origin in ('delivered','proposed')", name="origin"),
    )
    id: UUID = new_id()
    area: str  # federal, berlin, hessen, base_rates
    number: int
    state: str = "draft"
    origin: str = "proposed"
    content: str = Field(sa_column=Column(Text, nullable=False))  # the book as JSON, in its order
    digest: str
    delivered_digest: str = ""  # of the delivered book behind it
    base_id: UUID | None = Field(default=None, foreign_key="rule_version.id")
    changes: list[Any] = json(list)  # what a proposal does to its base
    note: str = ""
    created_at: datetime = at()
    created_by: UUID | None = Field(default=None, foreign_key="account.id")
    editors: list[str] = json(list)  # none of them may release it
    submitted_by: UUID | None = Field(default=None, foreign_key="account.id")
    released_by: UUID | None = Field(default=None, foreign_key="account.id")
    released_at: datetime | None = maybe_at()
