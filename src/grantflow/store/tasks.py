"""Statements about tasks: the lists people work from, one task, its draft, who did what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.cases import LockedCase, Reach, matches, within
from grantflow.store.tables import (
    Account,
    Case,
    ConflictDeclaration,
    Organisation,
    ProgrammeRow,
    Task,
    TaskDraft,
)

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


def get_task(session: Session, task_id: UUID) -> Task:
    """The task. Raises NotFound."""
    found = session.get(Task, task_id)
    if found is None:
        raise NotFound("services.tasks.not_found")
    return found


@dataclass(frozen=True)
class TaskForActor:
    """A task and what stands between it and one person."""

    task: Task
    excluded: bool  # declared a conflict of interest in the case
    declared: bool  # declared anything at all about it
    barred: bool  # did something in the case that four eyes keep apart from this task
    has_draft: bool


def lock_case_of(session: Session, task_id: UUID) -> LockedCase:
    """Lock the case a task belongs to. Raises NotFound."""
    case_id = select(col(Task.case_id)).where(col(Task.id) == task_id).scalar_subquery()
    found = session.execute(
        select(Case)
        .where(col(Case.id) == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("services.tasks.not_found")
    return LockedCase(found)


def task_for(session: Session, task_id: UUID, account_id: UUID | None) -> TaskForActor:
    """The task as it is now, with what concerns this person, in one statement. NotFound."""
    said = select(col(ConflictDeclaration.conflict)).where(
        col(ConflictDeclaration.case_id) == col(Task.case_id),
        col(ConflictDeclaration.account_id) == account_id,
    )
    done = aliased(Task)
    did = select(col(done.id)).where(
        col(done.case_id) == col(Task.case_id),
        col(done.status) == "done",
        col(done.done_by) == account_id,
        col(Task.not_by).op("?")(col(done.element_id)),
    )
    draft = select(col(TaskDraft.task_id)).where(col(TaskDraft.task_id) == col(Task.id))
    row = session.execute(
        select(Task, said.scalar_subquery(), did.exists(), draft.exists())
        .where(col(Task.id) == task_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("services.tasks.not_found")
    task, conflict, barred, has_draft = row
    return TaskForActor(task, bool(conflict), conflict is not None, barred, has_draft)


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
    if sight.account_id:
        statement = statement.where(col(Task.case_id).not_in(_excluded_from(sight.account_id)))
    return statement.where(col(Task.status) == "open")


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


def open_tasks(session: Session, case_id: UUID) -> Sequence[Task]:
    """The open tasks of a case, oldest first."""
    return (
        session.execute(
            select(Task)
            .where(col(Task.case_id) == case_id, col(Task.status) == "open")
            .order_by(col(Task.created_at), col(Task.id))
        )
        .scalars()
        .all()
    )


def mark_done(session: Session, task: Task, account_id: UUID | None, now: datetime) -> None:
    """A task was done by somebody; the row in memory learns it too."""
    values = {"status": "done", "done_at": now, "done_by": account_id}
    session.execute(
        update(Task)
        .where(col(Task.id) == task.id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    for name, value in values.items():
        set_committed_value(task, name, value)


def mark_cancelled(session: Session, ids: Collection[UUID], now: datetime) -> None:
    """Tasks that nobody can do any more."""
    session.execute(
        update(Task)
        .where(col(Task.id).in_(ids))
        .values(status="cancelled", done_at=now)
        .execution_options(synchronize_session="fetch")
    )


def last_done_by_staff(session: Session, case_id: UUID) -> Task | None:
    """The newest done task of a case that was not the applicant's."""
    return session.execute(
        select(Task)
        .where(
            col(Task.case_id) == case_id,
            col(Task.status) == "done",
            col(Task.role) != "APPLICANT",
            col(Task.done_by).is_not(None),
        )
        .order_by(col(Task.done_at).desc())
        .limit(1)
    ).scalar_one_or_none()


def doers(session: Session, case_id: UUID, elements: Collection[str]) -> Sequence[UUID]:
    """Accounts that did a task of one of these elements in the case, latest first."""
    found = session.execute(
        select(col(Task.done_by))
        .where(
            col(Task.case_id) == case_id,
            col(Task.status) == "done",
            col(Task.element_id).in_(elements),
        )
        .order_by(col(Task.done_at).desc())
    )
    return [account for account in found.scalars() if account is not None]


def done_by_anyone(session: Session, case_id: UUID) -> Sequence[Task]:
    """Tasks of a case that somebody completed, latest first."""
    return (
        session.execute(
            select(Task)
            .where(col(Task.case_id) == case_id, col(Task.status) == "done")
            .order_by(col(Task.done_at).desc())
        )
        .scalars()
        .all()
    )


def find_draft(session: Session, task_id: UUID) -> TaskDraft | None:
    """What somebody typed so far into a task, if anything."""
    return session.get(TaskDraft, task_id, populate_existing=True)


def save_draft(
    session: Session, task_id: UUID, answers: Mapping[str, Any], account_id: UUID, now: datetime
) -> None:
    """Keep what was typed; the last one to type wins."""
    values = {"answers": dict(answers), "updated_at": now, "updated_by": account_id}
    session.execute(
        insert(TaskDraft)
        .values(task_id=task_id, **values)
        .on_conflict_do_update(index_elements=["task_id"], set_=values)
    )


def drop_drafts(session: Session, task_ids: Collection[UUID]) -> None:
    """Forget drafts of tasks that are over."""
    session.execute(delete(TaskDraft).where(col(TaskDraft.task_id).in_(task_ids)))


def account_name(session: Session, account_id: UUID) -> str:
    """The name of an account. Raises NotFound."""
    found = session.get(Account, account_id)
    if found is None:
        raise NotFound("people.account_not_found")
    return found.name
