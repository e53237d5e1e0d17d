"""Statements about computations: added and read, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import Computation


def add_computation(session: Session, row: Computation) -> None:
    """Insert a computation."""
    session.add(row)
    session.flush()


def list_computations(session: Session, case_id: UUID) -> Sequence[Computation]:
    """Everything computed in a case, newest first."""
    query = select(Computation).where(col(Computation.case_id) == case_id)
    return session.execute(query.order_by(col(Computation.number).desc())).scalars().all()


def latest(session: Session, case_id: UUID, rules: Iterable[str]) -> dict[str, Computation]:
    """The newest computation of each of these rules, by rule; those not computed lack."""
    query = (
        select(Computation)
        .where(col(Computation.case_id) == case_id, col(Computation.rule).in_(list(rules)))
        .ext(distinct_on(col(Computation.rule)))
        .order_by(col(Computation.rule), col(Computation.number).desc())
    )
    return {row.rule: row for row in session.execute(query).scalars()}


def of_instances(
    session: Session, case_id: UUID, instances: Iterable[UUID]
) -> Sequence[Computation]:
    """The newest computation of each element of these processes, newest first."""
    query = (
        select(Computation)
        .where(
            col(Computation.case_id) == case_id, col(Computation.instance_id).in_(list(instances))
        )
        .ext(distinct_on(col(Computation.instance_id), col(Computation.element_id)))
        .order_by(
            col(Computation.instance_id),
            col(Computation.element_id),
            col(Computation.number).desc(),
        )
    )
    found = session.execute(query).scalars().all()
    return sorted(found, key=lambda row: row.number or 0, reverse=True)
