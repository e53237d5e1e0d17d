"""What a grant amounts to after it was amended or partly revoked."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, euro, new_id


class AwardTerm(SQLModel, table=True):
    """The amount and the end of the funding period from a moment on; the latest row counts."""

    __tablename__ = "award_term"
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID | None = None
    amount: Decimal = euro()
    until: date
    at: datetime = at()
