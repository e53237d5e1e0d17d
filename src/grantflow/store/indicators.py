"""Statements about the success of grants: what was promised, reported and reviewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.cases import Reach, not_excluded, within
from grantflow.store.tables import Account, Case, FormData, Organisation


@dataclass(frozen=True)
class Answered:
    """The newest answers to one form of a case that was granted, with their author's language."""

    case_id: UUID
    reference: str
    title: str
    organisation: str
    form: str
    answers: Mapping[str, Any]
    language: str = "de"


@dataclass(frozen=True)
class Scope:
    """Which cases are meant: of a programme, of one of its calls or all, within a reach."""

    programme_id: UUID
    call_id: UUID | None
    reach: tuple[Reach, ...]
    account_id: UUID


def answers_of(session: Session, scope: Scope, forms: Sequence[str]) -> Sequence[Answered]:
    """The newest answers to these forms in granted cases, by reference; one statement.

    Cases in which the person declared a conflict of interest are left out.
    """
    statement = (
        select(
            col(Case.id),
            col(Case.reference),
            col(Case.title),
            col(Organisation.name),
            col(FormData.form),
            col(FormData.answers),
            func.coalesce(col(Account.language), "de"),
        )
        .join(Case, col(Case.id) == col(FormData.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .outerjoin(Account, col(Account.id) == col(FormData.by))
        .where(
            col(Case.programme_id) == scope.programme_id,
            col(Case.approved) > 0,
            col(FormData.form).in_(forms),
            within(scope.reach, col(Case.authority_id), col(Case.programme_id)),
            not_excluded(scope.account_id),
        )
        .ext(distinct_on(col(Case.reference), col(FormData.form)))
        .order_by(col(Case.reference), col(FormData.form), col(FormData.revision).desc())
    )
    if scope.call_id is not None:
        statement = statement.where(col(Case.call_id) == scope.call_id)
    return [Answered(*row) for row in session.execute(statement)]
