"""Statements for ranked lists: the cases of a call with what their processes know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.cases import Reach, within
from grantflow.store.tables import (
    Call,
    Case,
    LedgerEntry,
    Organisation,
    ProcessInstance,
    ProgrammeRow,
    Ranking,
)


@dataclass(frozen=True)
class Competitor:
    """An undecided case of a call with its routing values."""

    case: Case
    organisation: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class CallLine:
    """A call with its programme and how many of its cases are undecided."""

    call: Call
    programme: ProgrammeRow
    undecided: int


def competitors(session: Session, call_id: UUID) -> list[Competitor]:
    """Running cases of a call that ask for money and are not decided, by reference."""
    statement = (
        select(Case, col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .where(
            col(Case.call_id) == call_id,
            col(Case.closed_at).is_(None),
            col(Case.requested).is_not(None),
            col(Case.approved).is_(None),
        )
        .order_by(col(Case.reference))
    )
    found = session.execute(statement).all()
    facts = _facts(session, [row[0].id for row in found])
    return [Competitor(case, name, facts.get(case.id, {})) for case, name in found]


def _facts(session: Session, cases: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    statement = (
        select(col(ProcessInstance.case_id), col(ProcessInstance.facts))
        .where(col(ProcessInstance.case_id).in_(cases), col(ProcessInstance.status) == "running")
        .order_by(col(ProcessInstance.started_at), col(ProcessInstance.id))
    )
    found: dict[UUID, dict[str, Any]] = {}
    for case_id, facts in session.execute(statement):
        found.setdefault(case_id, {}).update(facts)
    return found


def reserved(session: Session, cases: Sequence[UUID]) -> list[tuple[UUID, int, int, Decimal]]:
    """Case, budget year, due year and euro of the reservations of some cases."""
    key = (col(LedgerEntry.case_id), col(LedgerEntry.budget_year), col(LedgerEntry.due_year))
    total = func.sum(col(LedgerEntry.amount))
    statement = (
        select(*key, total)
        .where(col(LedgerEntry.case_id).in_(cases), col(LedgerEntry.bucket) == "reserved")
        .group_by(*key)
        .having(total != 0)
    )
    return [
        (case_id, budget_year, due_year, amount)
        for case_id, budget_year, due_year, amount in session.execute(statement)
        if case_id is not None
    ]


def add_ranking(session: Session, row: Ranking) -> None:
    """Insert a decided ranking."""
    session.add(row)
    session.flush()


def list_rankings(session: Session, call_id: UUID) -> Sequence[Ranking]:
    """The decided rankings of a call, newest first."""
    wanted = select(Ranking).where(col(Ranking.call_id) == call_id)
    return session.execute(wanted.order_by(col(Ranking.at).desc())).scalars().all()


def list_calls(session: Session, reach: Sequence[Reach]) -> list[CallLine]:
    """The calls within reach, the latest first, with the number of undecided cases."""
    waiting = (
        select(func.count())
        .select_from(Case)
        .where(
            col(Case.call_id) == col(Call.id),
            col(Case.closed_at).is_(None),
            col(Case.requested).is_not(None),
            col(Case.approved).is_(None),
        )
        .scalar_subquery()
    )
    statement = (
        select(Call, ProgrammeRow, waiting)
        .join(ProgrammeRow, col(ProgrammeRow.id) == col(Call.programme_id))
        .where(within(reach, col(Call.authority_id), col(Call.programme_id)))
        .order_by(col(Call.opens_at).desc(), col(Call.key))
    )
    return [CallLine(*row) for row in session.execute(statement)]
