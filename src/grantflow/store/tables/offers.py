"""What is offered: programmes, their versions, calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    LargeBinary,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, json, maybe_at, new_id


class ProgrammeRow(SQLModel, table=True):
    __tablename__ = "programme"
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id", index=True)
    key: str = Field(unique=True)
    title: dict[str, Any] = json()  # {"de": …, "en": …}


class ProgrammeVersion(SQLModel, table=True):
    """One version of a programme's package; frozen once published (digest)."""

    __tablename__ = "programme_version"
    __table_args__ = (
        UniqueConstraint("programme_id", "number"),
        CheckConstraint("state in ('draft','review','published','retired')", name="state"),
    )
    id: UUID = new_id()
    programme_id: UUID = Field(foreign_key="programme.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    number: int
    state: str = "draft"
    digest: str = ""
    package: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    revision: int = 1  # counts the saves of a draft, so that two editors notice each other
    note: str = ""
    created_at: datetime = at()
    created_by: UUID | None = Field(default=None, foreign_key="account.id")
    edited_by: UUID | None = Field(default=None, foreign_key="account.id")
    editors: list[str] = json(list)  # everybody who ever changed it; none of them may publish it
    submitted_by: UUID | None = Field(default=None, foreign_key="account.id")
    published_by: UUID | None = Field(default=None, foreign_key="account.id")
    published_at: datetime | None = maybe_at()


class Call(SQLModel, table=True):
    __tablename__ = "call"
    __table_args__ = (UniqueConstraint("programme_id", "key"),)
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID = Field(foreign_key="programme.id")
    programme_version_id: UUID = Field(foreign_key="programme_version.id")
    key: str
    title: dict[str, Any] = json()
    opens_at: datetime = at()
    closes_at: datetime | None = maybe_at()
