"""Text blocks that a programme or a profile puts into letters, and letters approved together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, json, maybe_at, new_id


class TextBlockRow(SQLModel, table=True):
    """The authority's own text of one block of a letter, from a day, released by a second person.

    It holds for one programme, or for every programme of the authority with the rule profile
    ``profile``. What is released never changes; a later one takes its place from its first day.
    """

    __tablename__ = "text_block"
    __table_args__ = (
        CheckConstraint("state in ('draft','released','withdrawn')", name="state"),
        CheckConstraint("(programme_id is null) <> (profile = '')", name="scope"),
        CheckConstraint("valid_until is null or valid_until >= valid_from", name="validity"),
        CheckConstraint("released_by is null or released_by <> created_by", name="four_eyes"),
        Index("ix_text_block_letter", "authority_id", "letter", "block"),
    )
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID | None = Field(default=None, foreign_key="programme.id")
    profile: str = ""
    letter: str
    block: str
    text: str
    reason: str = ""
    valid_from: date
    valid_until: date | None = None
    state: str = "draft"
    created_at: datetime = at()
    created_by: UUID = Field(foreign_key="account.id")
    released_at: datetime | None = maybe_at()
    released_by: UUID | None = Field(default=None, foreign_key="account.id")


class LetterBatch(SQLModel, table=True):
    """Drafts of one letter in the cases of a call that one person approves together."""

    __tablename__ = "letter_batch"
    __table_args__ = (Index("ix_letter_batch_call", "call_id"),)
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID = Field(foreign_key="programme.id")
    call_id: UUID = Field(foreign_key="call.id")
    letter: str
    title: dict[str, Any] = json()
    answers: dict[str, Any] = json()  # what the approver answers to the form of each task
    created_at: datetime = at()
    created_by: UUID = Field(foreign_key="account.id")
    print_sha256: str | None = None
    print_problem: str = ""


class LetterBatchItem(SQLModel, table=True):
    """One letter of a batch: waits, was approved, or was left out with the reason."""

    __tablename__ = "letter_batch_item"
    __table_args__ = (
        CheckConstraint("state in ('waiting','approved','failed')", name="state"),
        UniqueConstraint("batch_id", "letter_id"),
    )
    id: UUID = new_id()
    batch_id: UUID = Field(foreign_key="letter_batch.id")
    letter_id: UUID = Field(foreign_key="letter.id", index=True)
    case_id: UUID = Field(foreign_key="grant_case.id")
    task_id: UUID = Field(foreign_key="task.id")
    revision: str  # what the letter said when it was chosen
    state: str = "waiting"
    problem: dict[str, Any] = json()  # language -> why it was left out
    done_at: datetime | None = maybe_at()
