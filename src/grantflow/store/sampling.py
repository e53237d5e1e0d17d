"""Statements about samples for in-depth audits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.tables import (
    Account,
    Call,
    Case,
    Deadline,
    FormData,
    ProgrammeRow,
    SampleDraw,
    SampleItem,
)


@dataclass(frozen=True)
class HandedIn:
    """A case whose statement of use has arrived, and when for the first time (UTC)."""

    case: Case
    at: datetime


@dataclass(frozen=True)
class DrawLine:
    """A draw with the names of its call and of who drew, and how many were in and drawn."""

    draw: SampleDraw
    call: Call
    programme: ProgrammeRow
    by: str | None
    population: int
    drawn: int


def handed_in(
    session: Session, call_id: UUID, form: str, since: datetime, until: datetime
) -> Sequence[HandedIn]:
    """Cases of a call whose first statement came in this time and that no draw has held yet."""
    first = (
        select(col(FormData.case_id), func.min(col(FormData.at)).label("at"))
        .where(col(FormData.form) == form)
        .group_by(col(FormData.case_id))
        .subquery()
    )
    drawn_before = select(col(SampleItem.case_id))
    rows = session.execute(
        select(Case, first.c.at)
        .join(first, first.c.case_id == col(Case.id))
        .where(
            col(Case.call_id) == call_id,
            first.c.at >= since,
            first.c.at < until,
            col(Case.id).not_in(drawn_before),
        )
        .order_by(col(Case.reference))
    )
    return [HandedIn(*row) for row in rows]


def statement_due(session: Session, case_id: UUID) -> date | None:
    """The last day for the statement of use of a case, if a deadline was ever set."""
    return session.scalar(
        select(func.min(col(Deadline.due_on))).where(
            col(Deadline.case_id) == case_id, col(Deadline.kind) == "statement_of_use"
        )
    )


def earlier_grants(session: Session, case: Case) -> int:
    """How many older cases of the organisation were granted something."""
    return int(
        session.scalar(
            select(func.count()).where(
                col(Case.organisation_id) == case.organisation_id,
                col(Case.id) != case.id,
                col(Case.opened_at) < case.opened_at,
                col(Case.approved).is_not(None),
            )
        )
        or 0
    )


def add_draw(session: Session, draw: SampleDraw, items: Sequence[SampleItem]) -> None:
    """Insert a draw with its whole population."""
    session.add(draw)
    session.flush()
    session.add_all(items)
    session.flush()


def get_draw(session: Session, draw_id: UUID) -> SampleDraw:
    """A draw. Raises NotFound."""
    found = session.get(SampleDraw, draw_id)
    if found is None:
        raise NotFound("sampling.not_found")
    return found


def list_draws(session: Session) -> Sequence[DrawLine]:
    """Every draw row-level security shows, newest first."""
    counts = (
        select(
            col(SampleItem.draw_id),
            func.count().label("population"),
            func.count().filter(col(SampleItem.drawn)).label("drawn"),
        )
        .group_by(col(SampleItem.draw_id))
        .subquery()
    )
    rows = session.execute(
        select(
            SampleDraw, Call, ProgrammeRow, col(Account.name), counts.c.population, counts.c.drawn
        )
        .join(Call, col(Call.id) == col(SampleDraw.call_id))
        .join(ProgrammeRow, col(ProgrammeRow.id) == col(SampleDraw.programme_id))
        .join(counts, counts.c.draw_id == col(SampleDraw.id))
        .outerjoin(Account, col(Account.id) == col(SampleDraw.by))
        .order_by(col(SampleDraw.at).desc())
    )
    return [DrawLine(*row) for row in rows]


def items_of(session: Session, draw_id: UUID) -> Sequence[SampleItem]:
    """The population of a draw, smallest rank first."""
    return session.scalars(
        select(SampleItem)
        .where(col(SampleItem.draw_id) == draw_id)
        .order_by(col(SampleItem.rank), col(SampleItem.reference))
    ).all()


def calls_of(
    session: Session, programme_ids: Sequence[UUID]
) -> Sequence[tuple[Call, ProgrammeRow]]:
    """The calls of some programmes with them, newest first."""
    rows = session.execute(
        select(Call, ProgrammeRow)
        .join(ProgrammeRow, col(ProgrammeRow.id) == col(Call.programme_id))
        .where(col(ProgrammeRow.id).in_(programme_ids))
        .order_by(col(Call.opens_at).desc(), col(Call.key))
    )
    return [(call, programme) for call, programme in rows]


def auditable_programmes(session: Session, authority_ids: Sequence[UUID]) -> Sequence[ProgrammeRow]:
    """The programmes of some authorities."""
    return session.scalars(
        select(ProgrammeRow).where(col(ProgrammeRow.authority_id).in_(authority_ids))
    ).all()
