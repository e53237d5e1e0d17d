"""The few kinds of columns that all tables are made of."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Numeric,
    Table,
    inspect,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

# Written out and not bound: a generic plan uses the indexes of open tasks only if it sees the word.
OPEN: ColumnElement[str] = literal_column("'open'")


def at(**kwargs: Any) -> Any:
    nullable = kwargs.pop("nullable", False)
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable, **kwargs))


def maybe_at() -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))


def json(default: Any = dict) -> Any:
    return Field(default_factory=default, sa_column=Column(JSONB, nullable=False))


def maybe_json() -> Any:
    """JSON that may be missing; None is kept as NULL, not as the word of JSON."""
    return Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))


def euro(*, nullable: bool = False) -> Any:
    column: Any = Column(Numeric(14, 2), nullable=nullable)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def new_id() -> Any:
    return Field(default_factory=uuid4, primary_key=True)


def table_of(model: type[SQLModel]) -> Table:
    """The plain table behind a model, for statements that need no objects."""
    found = inspect(model).local_table
    assert isinstance(found, Table)
    return found
