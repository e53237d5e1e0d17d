"""Statements about the authority's own texts of letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.cases import Reach
from grantflow.store.tables import TextBlockRow


def add(session: Session, row: TextBlockRow) -> None:
    """Insert a text block."""
    session.add(row)
    session.flush()


def lock(session: Session, block_id: UUID) -> TextBlockRow:
    """One text block, locked. Raises NotFound."""
    found = session.get(TextBlockRow, block_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("text_blocks.not_found")
    return found


def get(session: Session, block_id: UUID) -> TextBlockRow:
    """One text block. Raises NotFound."""
    found = session.get(TextBlockRow, block_id)
    if found is None:
        raise NotFound("text_blocks.not_found")
    return found


def listed(session: Session, reach: Sequence[Reach]) -> Sequence[TextBlockRow]:
    """The text blocks of some authorities, by letter, newest first; without the withdrawn."""
    authorities = {authority for authority, _ in reach}
    return (
        session.execute(
            select(TextBlockRow)
            .where(
                col(TextBlockRow.authority_id).in_(authorities),
                col(TextBlockRow.state) != "withdrawn",
            )
            .order_by(
                col(TextBlockRow.letter),
                col(TextBlockRow.block),
                col(TextBlockRow.valid_from).desc(),
                col(TextBlockRow.created_at).desc(),
            )
        )
        .scalars()
        .all()
    )


def in_force(
    session: Session,
    authority_id: UUID,
    programme_id: UUID,
    profile: str,
    letter: str,
    on: date,
    known_at: datetime | None,
) -> Sequence[TextBlockRow]:
    """Released texts of a letter that hold on a day, the strongest of each block last.

    ``known_at`` leaves out what was released later. A programme's own text is stronger than that
    of its profile, a later beginning than an earlier one, a later release than an earlier one.
    """
    statement = select(TextBlockRow).where(
        col(TextBlockRow.authority_id) == authority_id,
        col(TextBlockRow.letter) == letter,
        col(TextBlockRow.state) == "released",
        col(TextBlockRow.valid_from) <= on,
        or_(col(TextBlockRow.valid_until).is_(None), col(TextBlockRow.valid_until) >= on),
        or_(
            col(TextBlockRow.programme_id) == programme_id,
            col(TextBlockRow.profile) == profile,
        ),
    )
    if known_at is not None:
        statement = statement.where(col(TextBlockRow.released_at) < known_at)
    ordered = statement.order_by(
        col(TextBlockRow.programme_id).is_not(None),
        col(TextBlockRow.valid_from),
        col(TextBlockRow.released_at),
    )
    return session.execute(ordered).scalars().all()
