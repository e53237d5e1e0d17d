"""What a grant amounts to, and by which plan, after it was amended or partly revoked."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, euro, maybe_json, new_id


class AwardTerm(SQLModel, table=True):
    """Amount, end of the funding period and plan from a moment on; the latest row counts.

    ``lines``: the amended financing plan, rows of label, amount and perhaps grant (euro as text);
    None as long as the awarded plan is the one that binds.
    """

    __tablename__ = "award_term"
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID | None = None
    amount: Decimal = euro()
    until: date
    lines: list[dict[str, Any]] | None = maybe_json()
    at: datetime = at()
