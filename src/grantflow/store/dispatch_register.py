"""Statements about the register of dispatches: lines under filters, and one entry with its case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from grantflow.clock import BERLIN
from grantflow.errors import NotFound
from grantflow.store.cases import Reach, like, within
from grantflow.store.letters import DispatchLine
from grantflow.store.tables import Case, CaseEvent, Dispatch, Letter, Organisation


@dataclass(frozen=True)
class RegisterFilter:
    """What the register is narrowed down to; days are days in Germany, both included."""

    since: date
    until: date
    channel: str = ""
    state: str = ""  # sent, returned, todo (returned and not notified again), final
    letter: str = ""
    text: str = ""
    today: date = date.max


def _lines(reach: Sequence[Reach]) -> Select[Dispatch, Letter, str, str]:
    return (
        select(Dispatch, Letter, col(Case.reference), col(Organisation.name))
        .join(Letter, col(Letter.id) == col(Dispatch.letter_id))
        .join(Case, col(Case.id) == col(Dispatch.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .where(within(reach, col(Case.authority_id), col(Case.programme_id)))
    )


def _conditions(wanted: RegisterFilter) -> list[ColumnElement[bool]]:
    after = datetime.combine(wanted.until + timedelta(days=1), time(), BERLIN)
    found = [
        col(Dispatch.state) != "queued",
        col(Dispatch.sent_at) >= datetime.combine(wanted.since, time(), BERLIN),
        col(Dispatch.sent_at) < after,
    ]
    if wanted.channel:
        found.append(col(Dispatch.channel) == wanted.channel)
    if wanted.letter:
        found.append(col(Letter.name) == wanted.letter)
    if wanted.text.strip():
        pattern = like(wanted.text)
        found.append(or_(col(Case.reference).ilike(pattern), col(Organisation.name).ilike(pattern)))
    return [*found, *_state(wanted)]


def _state(wanted: RegisterFilter) -> list[ColumnElement[bool]]:
    if wanted.state == "todo":
        later = aliased(Dispatch)
        again = select(col(later.id)).where(
            col(later.letter_id) == col(Dispatch.letter_id),
            col(later.attempt) > col(Dispatch.attempt),
        )
        return [col(Dispatch.state) == "returned", ~again.exists()]
    if wanted.state == "final":
        return [col(Dispatch.safe_finality) <= wanted.today]
    return [col(Dispatch.state) == wanted.state] if wanted.state else []


def register(
    session: Session, reach: Sequence[Reach], wanted: RegisterFilter, limit: int, offset: int = 0
) -> Sequence[DispatchLine]:
    """Letters that left, latest first."""
    statement = (
        _lines(reach)
        .where(*_conditions(wanted))
        .order_by(col(Dispatch.sent_at).desc(), col(Dispatch.id))
        .limit(limit)
        .offset(offset)
    )
    return [DispatchLine(*row) for row in session.execute(statement)]


def count(session: Session, reach: Sequence[Reach], wanted: RegisterFilter) -> int:
    """How many letters the filter lets through."""
    ids = _lines(reach).where(*_conditions(wanted)).with_only_columns(col(Dispatch.id)).subquery()
    return session.execute(select(func.count()).select_from(ids)).scalar_one()


def letter_names(session: Session, reach: Sequence[Reach]) -> Sequence[tuple[str, dict[str, str]]]:
    """The kinds of letters that ever left, with a title each."""
    rows = session.execute(
        _lines(reach)
        .where(col(Dispatch.state) != "queued")
        .with_only_columns(col(Letter.name), col(Letter.title))
        .ext(distinct_on(col(Letter.name)))
        .order_by(col(Letter.name))
    )
    return [(name, title) for name, title in rows]


def line(session: Session, reach: Sequence[Reach], dispatch_id: UUID) -> DispatchLine:
    """One entry within somebody's reach. Raises NotFound."""
    row = session.execute(_lines(reach).where(col(Dispatch.id) == dispatch_id)).one_or_none()
    if row is None:
        raise NotFound("dispatches.not_found")
    return DispatchLine(*row)


def history(session: Session, case_id: UUID, letter_id: UUID) -> Sequence[CaseEvent]:
    """What happened to a letter since it was approved, from the history of its case."""
    return (
        session.execute(
            select(CaseEvent)
            .where(
                col(CaseEvent.case_id) == case_id,
                or_(
                    col(CaseEvent.kind).like("dispatch.%"),
                    col(CaseEvent.kind).in_(("letter.queued", "letter.dispatched")),
                ),
                col(CaseEvent.data)["letter"].as_string() == str(letter_id),
            )
            .order_by(col(CaseEvent.id))
        )
        .scalars()
        .all()
    )
