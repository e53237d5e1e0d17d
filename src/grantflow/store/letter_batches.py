"""Statements about letters that are approved together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.cases import Reach, within
from grantflow.store.tables import (
    Call,
    Case,
    Dispatch,
    Letter,
    LetterBatch,
    LetterBatchItem,
    Organisation,
    Task,
)
from grantflow.store.tables.columns import OPEN


@dataclass(frozen=True)
class Waiting:
    """A draft that an open task would release, with its case."""

    letter: Letter
    task: Task
    case: Case
    organisation: str


@dataclass(frozen=True)
class Group:
    """How many drafts of one letter wait in the cases of a call."""

    call_id: UUID
    call_title: Mapping[str, Any]
    programme_id: UUID
    letter: str
    title: Mapping[str, Any]
    count: int


@dataclass(frozen=True)
class Line:
    """One letter of a batch with what became of it."""

    item: LetterBatchItem
    letter: Letter
    dispatch: Dispatch | None
    reference: str
    organisation: str


_HELD = (
    col(Letter.state) == "draft",
    col(Letter.relation) != "corrects",
    col(Task.case_id) == col(Letter.case_id),
    col(Task.status) == OPEN,
    col(Task.facts)["letter"].as_string() == col(Letter.name),
)


def groups(session: Session, reach: Sequence[Reach]) -> Sequence[Group]:
    """The kinds of drafts that wait for approval, by call, most first."""
    rows = session.execute(
        select(
            col(Call.id),
            col(Call.title),
            col(Call.programme_id),
            col(Letter.name),
            # The title is the same for all letters of a name.
            cast(func.min(cast(col(Letter.title), String)), JSONB),
            func.count(func.distinct(col(Letter.id))),
        )
        .select_from(Letter)
        .join(Case, col(Case.id) == col(Letter.case_id))
        .join(Call, col(Call.id) == col(Case.call_id))
        .join(Task, col(Task.case_id) == col(Letter.case_id))
        .where(*_HELD, within(reach, col(Case.authority_id), col(Case.programme_id)))
        .group_by(col(Call.id), col(Letter.name))
        .order_by(func.count(func.distinct(col(Letter.id))).desc(), col(Letter.name))
    )
    return [Group(*row) for row in rows]


def waiting(
    session: Session, reach: Sequence[Reach], call_id: UUID, letter: str
) -> Sequence[Waiting]:
    """The drafts of one letter in the cases of a call, by file number."""
    rows = session.execute(
        select(Letter, Task, Case, col(Organisation.name))
        .join(Case, col(Case.id) == col(Letter.case_id))
        .join(Task, col(Task.case_id) == col(Letter.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .where(
            *_HELD,
            within(reach, col(Case.authority_id), col(Case.programme_id)),
            col(Case.call_id) == call_id,
            col(Letter.name) == letter,
        )
        .order_by(col(Case.reference), col(Letter.created_at))
    )
    return [Waiting(*row) for row in rows]


def add(session: Session, batch: LetterBatch, items: Sequence[LetterBatchItem]) -> None:
    """Insert a batch with its letters."""
    session.add(batch)
    session.flush()
    session.add_all(items)
    session.flush()


def get(session: Session, batch_id: UUID) -> LetterBatch:
    """One batch. Raises NotFound."""
    found = session.get(LetterBatch, batch_id, populate_existing=True)
    if found is None:
        raise NotFound("letters_batch.not_found")
    return found


def listed(session: Session, reach: Sequence[Reach], limit: int = 50) -> Sequence[LetterBatch]:
    """The batches of some programmes, latest first."""
    return (
        session.execute(
            select(LetterBatch)
            .where(within(reach, col(LetterBatch.authority_id), col(LetterBatch.programme_id)))
            .order_by(col(LetterBatch.created_at).desc())
            .limit(limit)
        )
        .scalars()
        .all()
    )


def lock_item(session: Session, item_id: UUID) -> LetterBatchItem:
    """One letter of a batch, locked. Raises NotFound."""
    found = session.get(LetterBatchItem, item_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("letters_batch.not_found")
    return found


def lines(session: Session, batch_id: UUID) -> Sequence[Line]:
    """The letters of a batch by file number."""
    rows = session.execute(
        select(LetterBatchItem, Letter, Dispatch, col(Case.reference), col(Organisation.name))
        .join(Letter, col(Letter.id) == col(LetterBatchItem.letter_id))
        .join(Case, col(Case.id) == col(LetterBatchItem.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .outerjoin(
            Dispatch,
            (col(Dispatch.letter_id) == col(Letter.id)) & (col(Dispatch.attempt) == 1),
        )
        .where(col(LetterBatchItem.batch_id) == batch_id)
        .order_by(col(Case.reference), col(LetterBatchItem.id))
    )
    return [Line(*row) for row in rows]


_RENDER_FAILED = text("""
select job.id, job.args->>'letter_id' as letter_id, coalesce(note.error, '') as error
from procrastinate_jobs job left join job_note note on note.job_id = job.id
where job.status = 'failed' and job.task_name = :task
  and job.args->>'letter_id' = any (cast(:letters as text[]))
""")


def failed_jobs(
    session: Session, task: str, letters: Sequence[UUID]
) -> Mapping[UUID, tuple[int, str]]:
    """Letters whose job of this kind failed: its id and the last error."""
    values = {"task": task, "letters": [str(one) for one in letters]}
    rows = session.execute(_RENDER_FAILED, values)
    return {UUID(row.letter_id): (int(row.id), str(row.error)) for row in rows}
