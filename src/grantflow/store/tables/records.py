"""What a case keeps: history, answers, documents, letters."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, json, maybe_at, new_id


class CaseEvent(SQLModel, table=True):
    """Append-only history of a case; each row's hash covers the row before it."""

    __tablename__ = "case_event"
    __table_args__ = (Index("ix_event_case", "case_id", "id"),)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID | None = None
    at: datetime = at()
    actor_id: UUID | None = None
    actor_name: str = ""
    kind: str  # e.g. task.completed; texts key events.<kind>
    element_id: str = ""
    public: bool = False  # shown to the applicant
    data: dict[str, Any] = json()
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class FormData(SQLModel, table=True):
    """Answers to a form of a case; a change is a new revision."""

    __tablename__ = "form_data"
    __table_args__ = (UniqueConstraint("case_id", "form", "item", "revision"),)
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    form: str
    item: str = ""  # distinguishes e.g. reviewers of the same form
    revision: int
    answers: dict[str, Any] = json()
    task_id: UUID | None = None
    at: datetime = at()
    by: UUID | None = Field(default=None, foreign_key="account.id")


class Document(SQLModel, table=True):
    __tablename__ = "document"
    __table_args__ = (Index("ix_document_case", "case_id"),)
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    form: str
    field: str
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime = at()
    by: UUID = Field(foreign_key="account.id")
    removed_at: datetime | None = maybe_at()


class Letter(SQLModel, table=True):
    """A letter of a case: draft (editable), approved (frozen), rendered (PDF), dispatched."""

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint(
            "state in ('draft','approved','rendered','dispatched','discarded')", name="state"
        ),
        CheckConstraint(
            "relation in ('', 'amends', 'corrects', 'revokes', 'answers', 'follows')",
            name="relation",
        ),
        Index("ix_letter_case", "case_id"),
    )
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID = Field(foreign_key="process_instance.id")
    name: str  # grant_decision, …
    title: dict[str, Any] = json()
    state: str = "draft"
    channel: str = "portal"  # portal | post
    model: dict[str, Any] = json()  # frozen facts the template sees
    texts: dict[str, Any] = json()  # released text blocks of its day: block -> text, id, until
    edits: dict[str, Any] = json()  # text blocks changed by hand
    edit_reason: str = ""  # why they were changed
    relation: str = ""  # to the earlier letter: amends, corrects, revokes, answers, follows
    refers_to: UUID | None = Field(default=None, foreign_key="letter.id")
    prepared_by: UUID | None = Field(default=None, foreign_key="account.id")
    approved_by: UUID | None = Field(default=None, foreign_key="account.id")
    created_at: datetime = at()
    approved_at: datetime | None = maybe_at()
    rendered_at: datetime | None = maybe_at()
    pdf_sha256: str | None = None
    pages: int | None = None
    content_hash: str | None = None  # of template, model and edits at approval
