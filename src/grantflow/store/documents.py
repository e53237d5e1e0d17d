"""Statements about the files handed in with a case."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import TEXT, ColumnElement, cast, exists, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.tables import Document, FormData


def add_document(session: Session, row: Document) -> None:
    """Insert a document."""
    session.add(row)
    session.flush()


def get_document(session: Session, document_id: UUID) -> Document:
    """The document. Raises NotFound, also for a removed one."""
    found = session.get(Document, document_id)
    if found is None or found.removed_at is not None:
        raise NotFound("services.documents.not_found")
    return found


def _handed_in() -> ColumnElement[bool]:
    """Whether some revision of answers of the document's case names it."""
    named = cast(col(FormData.answers), TEXT).contains(cast(col(Document.id), TEXT))
    return exists().where(col(FormData.case_id) == col(Document.case_id), named)


def list_visible(session: Session, case_id: UUID, account_id: UUID | None) -> Sequence[Document]:
    """The documents of a case that were handed in with answers, and one's own; oldest first."""
    return (
        session.execute(
            select(Document)
            .where(
                col(Document.case_id) == case_id,
                col(Document.removed_at).is_(None),
                or_(_handed_in(), col(Document.by) == account_id),
            )
            .order_by(col(Document.at), col(Document.id))
        )
        .scalars()
        .all()
    )


def list_documents(session: Session, case_id: UUID) -> Sequence[Document]:
    """The documents of a case that were not removed, oldest first, handed in or not."""
    return (
        session.execute(
            select(Document)
            .where(col(Document.case_id) == case_id, col(Document.removed_at).is_(None))
            .order_by(col(Document.at), col(Document.id))
        )
        .scalars()
        .all()
    )


def is_named_in_answers(session: Session, case_id: UUID, document_id: UUID) -> bool:
    """Whether some revision of answers of the case names the document."""
    found = session.execute(
        select(col(FormData.id))
        .where(
            col(FormData.case_id) == case_id,
            cast(col(FormData.answers), TEXT).contains(str(document_id)),
        )
        .limit(1)
    )
    return found.one_or_none() is not None
