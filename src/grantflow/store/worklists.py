"""Statements about the lists of tasks people work from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.cases import Reach, matches, within
from grantflow.store.tables import (
    Account,
    Case,
    ConflictDeclaration,
    Organisation,
    ProgrammeRow,
    Task,
)
from grantflow.store.tables.columns import OPEN

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Sight:
    """Which open tasks somebody may see, and which of them count as theirs."""

    account_id: UUID | None
    by_role: Mapping[str, tuple[Reach, ...]]  # role -> where it is held
    everything: tuple[Reach, ...]  # where all tasks may be seen
    organisations: frozenset[UUID]  # whose applicant tasks may be seen


@dataclass(frozen=True)
class TaskFilter:
    """What a list of tasks is narrowed down to."""

    programme_id: UUID | None = None
    stage: str = ""
    text: str = ""
    overdue_at: datetime | None = None
    escalated: bool = False  # the head of unit was told


@dataclass(frozen=True)
class TaskLine:
    """One line of a task list."""

    task: Task
    reference: str
    case_title: str
    case_status: str
    stage: str
    organisation: str
    programme: dict[str, Any]
    assignee: str | None


@dataclass(frozen=True)
class TaskCounts:
    """How many open tasks there are in each scope, and how many are overdue."""

    mine: int
    roles: int
    all: int
    overdue: int


def _mine(sight: Sight) -> ColumnElement[bool]:
    if sight.account_id is None:
        return false()
    applicant = and_(
        col(Task.role) == "APPLICANT",
        col(Case.organisation_id).in_(sight.organisations),
        or_(col(Task.assignee_id).is_(None), col(Task.assignee_id) == sight.account_id),
    )
    own = col(Task.assignee_id) == sight.account_id
    return or_(own, applicant) if sight.organisations else own


def _by_role(sight: Sight) -> ColumnElement[bool]:
    free = or_(col(Task.assignee_id).is_(None), col(Task.assignee_id) == sight.account_id)
    parts = [
        and_(col(Task.role) == role, within(reach, col(Task.authority_id), col(Task.programme_id)))
        for role, reach in sight.by_role.items()
    ]
    return or_(_mine(sight), and_(free, or_(*parts)) if parts else false())


def _all(sight: Sight) -> ColumnElement[bool]:
    wide = within(sight.everything, col(Task.authority_id), col(Task.programme_id))
    return or_(_by_role(sight), wide)


_SCOPES = {"mine": _mine, "roles": _by_role, "all": _all}


def _wanted(statement: Select[*Columns], sight: Sight, wanted: TaskFilter) -> Select[*Columns]:
    """Open tasks under a filter; other tables are joined only where something asks for them."""
    text = wanted.text.strip()
    if text or wanted.stage or sight.organisations:
        statement = statement.join(Case, col(Case.id) == col(Task.case_id))
    if text:
        statement = statement.join(
            Organisation, col(Organisation.id) == col(Case.organisation_id)
        ).where(matches(text))
    if wanted.stage:
        statement = statement.where(col(Case.stage) == wanted.stage)
    if wanted.programme_id:
        statement = statement.where(col(Task.programme_id) == wanted.programme_id)
    if wanted.overdue_at:
        statement = statement.where(col(Task.due_at) < wanted.overdue_at)
    if wanted.escalated:
        statement = statement.where(col(Task.escalated_on).is_not(None))
    if sight.account_id:
        statement = statement.where(col(Task.case_id).not_in(_excluded_from(sight.account_id)))
    return statement.where(col(Task.status) == OPEN)


def _excluded_from(account_id: UUID) -> Select[UUID]:
    """Cases in which the account declared a conflict of interest."""
    return select(col(ConflictDeclaration.case_id)).where(
        col(ConflictDeclaration.account_id) == account_id,
        col(ConflictDeclaration.conflict).is_(True),
    )


_ORDER = (col(Task.due_at).nulls_last(), col(Task.created_at), col(Task.id))


def list_tasks(
    session: Session, sight: Sight, scope: str, wanted: TaskFilter, limit: int, offset: int
) -> Sequence[TaskLine]:
    """Open tasks of a scope (mine, roles, all): due first, then the oldest.

    The page is chosen by narrow rows first, so that only its own lines are joined with the rest.
    """
    chosen = (
        _wanted(select(col(Task.id)), sight, wanted)
        .where(_SCOPES[scope](sight))
        .order_by(*_ORDER)
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    columns: tuple[Any, ...] = (
        Task,
        col(Case.reference),
        col(Case.title),
        col(Case.status),
        col(Case.stage),
        col(Organisation.name),
        col(ProgrammeRow.title),
        col(Account.name),
    )
    lines = (
        select(*columns)
        .join(chosen, chosen.c.id == col(Task.id))
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .join(ProgrammeRow, col(ProgrammeRow.id) == col(Task.programme_id))
        .outerjoin(Account, col(Account.id) == col(Task.assignee_id))
        .order_by(*_ORDER)
    )
    return [TaskLine(*row) for row in session.execute(lines)]


def count_tasks(session: Session, sight: Sight, wanted: TaskFilter, now: datetime) -> TaskCounts:
    """The open tasks of every scope under the same filter, in one statement."""
    counts = select(
        func.count().filter(_mine(sight)),
        func.count().filter(_by_role(sight)),
        func.count(),
        func.count().filter(col(Task.due_at) < now),
    ).select_from(Task)
    statement = _wanted(counts, sight, wanted).where(_all(sight))
    return TaskCounts(*session.execute(statement).one())
