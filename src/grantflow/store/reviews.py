"""Statements about reviews and declarations of interest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.tables import (
    Account,
    Case,
    ConflictDeclaration,
    FormData,
    Organisation,
    ProgrammeRow,
    Task,
)


@dataclass(frozen=True)
class ReviewLine:
    """A review somebody has to give or gave."""

    task: Task
    reference: str
    case_title: str
    organisation: str
    programme: dict[str, Any]
    declared: bool
    conflict: bool


@dataclass(frozen=True)
class GivenReview:
    """The answers of one reviewer."""

    reviewer: str
    task: Task
    answers: dict[str, Any] | None


@dataclass(frozen=True)
class Declared:
    """A declaration with the name of who made it."""

    declaration: ConflictDeclaration
    name: str


def my_reviews(session: Session, account_id: UUID) -> Sequence[ReviewLine]:
    """Tasks with a declaration of interest assigned to an account; open ones first."""
    rows = session.execute(
        select(
            Task,
            col(Case.reference),
            col(Case.title),
            col(Organisation.name),
            col(ProgrammeRow.title),
            col(ConflictDeclaration.conflict),
        )
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .join(ProgrammeRow, col(ProgrammeRow.id) == col(Task.programme_id))
        .outerjoin(
            ConflictDeclaration,
            (col(ConflictDeclaration.case_id) == col(Task.case_id))
            & (col(ConflictDeclaration.account_id) == account_id),
        )
        .where(
            col(Task.assignee_id) == account_id,
            col(Task.status) != "cancelled",
            col(Task.facts)["declaration"].as_string() == "conflict_of_interest",
        )
        .order_by(col(Task.status).desc(), col(Task.due_at).nulls_last(), col(Task.created_at))
    )
    return [
        ReviewLine(task, reference, title, organisation, programme, said is not None, bool(said))
        for task, reference, title, organisation, programme, said in rows
    ]


def given_reviews(session: Session, case_id: UUID) -> Sequence[GivenReview]:
    """The reviews of a case with the answers given in each, in order of assignment."""
    rows = session.execute(
        select(col(Account.name), Task, col(FormData.answers))
        .join(Account, col(Account.id) == col(Task.assignee_id))
        .outerjoin(FormData, col(FormData.task_id) == col(Task.id))
        .where(
            col(Task.case_id) == case_id,
            col(Task.status) != "cancelled",
            col(Task.facts)["declaration"].as_string() == "conflict_of_interest",
        )
        .order_by(col(Task.created_at), col(Account.name))
    )
    return [GivenReview(*row) for row in rows]


def has_clear_review(session: Session, case_id: UUID, account_id: UUID) -> bool:
    """Whether an account was asked to review a case and declared that nothing stands against it."""
    found = session.execute(
        select(col(Task.id))
        .join(
            ConflictDeclaration,
            (col(ConflictDeclaration.case_id) == col(Task.case_id))
            & (col(ConflictDeclaration.account_id) == col(Task.assignee_id)),
        )
        .where(
            col(Task.case_id) == case_id,
            col(Task.assignee_id) == account_id,
            col(Task.status) != "cancelled",
            col(Task.facts)["declaration"].as_string() == "conflict_of_interest",
            ~col(ConflictDeclaration.conflict),
        )
        .limit(1)
    )
    return found.one_or_none() is not None


def find_declaration(
    session: Session, case_id: UUID, account_id: UUID
) -> ConflictDeclaration | None:
    """What an account declared about a case, if anything."""
    return session.get(ConflictDeclaration, (case_id, account_id), populate_existing=True)


def write_declaration(session: Session, row: ConflictDeclaration) -> None:
    """Keep a declaration; a later one replaces it, but a conflict stays a conflict."""
    statement = insert(ConflictDeclaration).values(row.model_dump())
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["case_id", "account_id"],
            set_={
                "conflict": col(ConflictDeclaration.conflict) | statement.excluded.conflict,
                "reason": statement.excluded.reason,
                "at": statement.excluded.at,
            },
        )
    )


def list_declarations(session: Session, case_id: UUID) -> Sequence[Declared]:
    """The declarations of a case, in order."""
    rows = session.execute(
        select(ConflictDeclaration, col(Account.name))
        .join(Account, col(Account.id) == col(ConflictDeclaration.account_id))
        .where(col(ConflictDeclaration.case_id) == case_id)
        .order_by(col(ConflictDeclaration.at))
    )
    return [Declared(*row) for row in rows]
