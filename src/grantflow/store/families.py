"""Which processes of a case belong together, ended ones included."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import ProcessInstance


def family(session: Session, row: ProcessInstance) -> frozenset[UUID]:
    """A process with all that called it and all that these have called."""
    query = select(col(ProcessInstance.id), col(ProcessInstance.parent_id)).where(
        col(ProcessInstance.case_id) == row.case_id
    )
    above = {found.id: found.parent_id for found in session.execute(query)}
    own = _root(above, row.id)
    return frozenset(one for one in above if _root(above, one) == own)


def _root(above: Mapping[UUID, UUID | None], one: UUID) -> UUID:
    while (parent := above.get(one)) is not None:
        one = parent
    return one
