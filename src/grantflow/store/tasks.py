"""Statements about tasks: the lists people work from, one task, its draft, who did what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    delete,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.cases import LockedCase
from grantflow.store.instances import Projection, projection_from, waiting_of
from grantflow.store.later import Write, later
from grantflow.store.tables import (
    Account,
    Case,
    ConflictDeclaration,
    ProcessInstance,
    Task,
    TaskDraft,
)
from grantflow.store.tables.columns import OPEN, table_of


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


@dataclass(frozen=True)
class StepForActor(TaskForActor):
    """A task to be completed, with the instance that it moves and what that waits for now."""

    instance: ProcessInstance
    waiting: Projection


# The statements of a completed task are built once: building them costs more than running them.
_LOCK_CASE = (
    select(Case)
    .where(
        col(Case.id)
        == select(col(Task.case_id)).where(col(Task.id) == bindparam("task")).scalar_subquery()
    )
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_case_of(session: Session, task_id: UUID) -> LockedCase:
    """Lock the case a task belongs to. Raises NotFound."""
    found = session.execute(_LOCK_CASE, {"task": task_id}).scalar_one_or_none()
    if found is None:
        raise NotFound("services.tasks.not_found")
    return LockedCase(found)


def _task_for() -> Select[Any]:
    account = bindparam("account", type_=Uuid())
    said = select(col(ConflictDeclaration.conflict)).where(
        col(ConflictDeclaration.case_id) == col(Task.case_id),
        col(ConflictDeclaration.account_id) == account,
    )
    done = aliased(Task)
    # Where nobody is barred, the tasks of the case are not even looked at.
    did = select(col(done.id)).where(
        col(Task.not_by) != literal_column("'[]'::jsonb"),
        col(done.case_id) == col(Task.case_id),
        col(done.status) == "done",
        col(done.done_by) == account,
        col(Task.not_by).op("?")(col(done.element_id)),
    )
    draft = select(col(TaskDraft.task_id)).where(col(TaskDraft.task_id) == col(Task.id))
    return (
        select(Task, said.scalar_subquery(), did.exists(), draft.exists())
        .where(col(Task.id) == bindparam("task"))
        .execution_options(populate_existing=True)
    )


_TASK_FOR = _task_for()
_STEP_FOR = (
    _task_for()
    .join(ProcessInstance, col(ProcessInstance.id) == col(Task.instance_id))
    .add_columns(ProcessInstance, waiting_of(table_of(ProcessInstance).c.id))
)


def task_for(session: Session, task_id: UUID, account_id: UUID | None) -> TaskForActor:
    """The task as it is now, with what concerns this person, in one statement. NotFound."""
    row = session.execute(_TASK_FOR, {"task": task_id, "account": account_id}).one_or_none()
    if row is None:
        raise NotFound("services.tasks.not_found")
    task, conflict, barred, has_draft = row
    return TaskForActor(task, bool(conflict), conflict is not None, barred, has_draft)


def step_for(session: Session, task_id: UUID, account_id: UUID | None) -> StepForActor:
    """As ``task_for``, with all that completing the task will need; still one statement."""
    row = session.execute(_STEP_FOR, {"task": task_id, "account": account_id}).one_or_none()
    if row is None:
        raise NotFound("services.tasks.not_found")
    task, conflict, barred, has_draft, instance, waiting = row
    known = projection_from(waiting)
    return StepForActor(
        task, bool(conflict), conflict is not None, barred, has_draft, instance, known
    )


def open_tasks(session: Session, case_id: UUID) -> Sequence[Task]:
    """The open tasks of a case, oldest first."""
    return (
        session.execute(
            select(Task)
            .where(col(Task.case_id) == case_id, col(Task.status) == OPEN)
            .order_by(col(Task.created_at), col(Task.id))
        )
        .scalars()
        .all()
    )


_TASKS = table_of(Task)
_MARK_DONE = Write(
    update(_TASKS)
    .where(_TASKS.c.id == bindparam("task"))
    .values({name: bindparam(name) for name in ("status", "done_at", "done_by")})
)


def mark_done(session: Session, task: Task, account_id: UUID | None, now: datetime) -> None:
    """A task was done by somebody; the row in memory learns it too."""
    values = {"status": "done", "done_at": now, "done_by": account_id}
    later(session, _MARK_DONE, {"task": task.id, **values})
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


def last_done_by_staff(
    session: Session, case_id: UUID, *roles: str, first_in: UUID | None = None
) -> Task | None:
    """The newest done task of a case that was not the applicant's, or one of certain roles.

    Tasks of the instance ``first_in`` come before all others.
    """
    of_role = col(Task.role).in_(roles) if roles else col(Task.role) != "APPLICANT"
    elsewhere = col(Task.instance_id).is_distinct_from(first_in)
    return session.execute(
        select(Task)
        .where(
            col(Task.case_id) == case_id,
            col(Task.status) == "done",
            of_role,
            col(Task.done_by).is_not(None),
        )
        .order_by(elsewhere, col(Task.done_at).desc())
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


def earlier_turns(task: Task, lifecycle: str) -> ColumnElement[bool]:
    """The condition that a task is of the same turns of a process as this one.

    It is of the same instance, or, where that is a stage (the lifecycle has called it), of any
    instance of this stage.
    """
    caller = aliased(ProcessInstance)
    is_stage = (
        select(col(ProcessInstance.id))
        .join(caller, col(caller.id) == col(ProcessInstance.parent_id))
        .where(col(ProcessInstance.id) == task.instance_id, col(caller.process_id) == lifecycle)
        .exists()
    )
    return or_(
        col(Task.instance_id) == task.instance_id,
        and_(col(Task.process_id) == task.process_id, is_stage),
    )


def last_doer(session: Session, task: Task, lifecycle: str) -> UUID | None:
    """Who did the same step last in an earlier turn of its process, if anybody did."""
    return session.execute(
        select(col(Task.done_by))
        .where(
            col(Task.case_id) == task.case_id,
            col(Task.element_id) == task.element_id,
            col(Task.status) == "done",
            col(Task.done_by).is_not(None),
            col(Task.facts)["item"].astext.is_not_distinct_from(task.facts.get("item")),
            earlier_turns(task, lifecycle),
        )
        .order_by(col(Task.done_at).desc())
        .limit(1)
    ).scalar_one_or_none()


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
