"""What was computed in a case: inputs, version of the rules, steps and values; append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Identity, Index
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, json, new_id


def _in_order() -> Any:
    """Plain JSON keeps the order in which a rule tells its values; people read them in it."""
    return Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Computation(SQLModel, table=True):
    """One computed result; a later computation of the same rule stands beside it.

    In ``inputs`` and ``values`` euro and rates are decimal texts, days ISO texts. ``number`` tells
    apart what was computed in the same moment.
    """

    __tablename__ = "computation"
    __table_args__ = (Index("ix_computation_case", "case_id", "rule", "number"),)
    id: UUID = new_id()
    number: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(), nullable=False)
    )
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID
    element_id: str
    rule: str
    version: str
    inputs: dict[str, Any] = _in_order()
    values: dict[str, Any] = _in_order()
    steps: list[Any] = json(list)
    at: datetime = at()
