"""Statements about answers to forms: revisions that are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Executable, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.store.later import Write, later
from grantflow.store.tables import Account, FormData, ProcessInstance, Task
from grantflow.store.tables.columns import table_of
from grantflow.store.tasks import earlier_turns


@dataclass(frozen=True)
class NewAnswers:
    """Answers somebody gave to a form of a case."""

    case_id: UUID
    authority_id: UUID
    form: str
    item: str
    answers: Mapping[str, Any]
    task_id: UUID | None
    at: datetime
    by: UUID | None


@dataclass(frozen=True)
class Revision:
    """One revision of a form: who gave it in which role, and the process it belongs to."""

    row: FormData
    by: str | None
    role: str | None
    instance_id: UUID | None = None
    process_id: str = ""


def _add_revision() -> Executable:
    table = table_of(FormData)
    last = select(func.coalesce(func.max(table.c.revision), 0) + 1).where(
        table.c.case_id == bindparam("case_id"),
        table.c.form == bindparam("form"),
        table.c.item == bindparam("item"),
    )
    given = ("id", "case_id", "authority_id", "form", "item", "answers", "task_id", "at", "by")
    values = {name: bindparam(name, type_=table.c[name].type) for name in given}
    return insert(table).values(**values, revision=last.scalar_subquery())


_ADD_REVISION = Write(_add_revision())
"""Built once: building it costs more than running it."""


def add_revision(session: Session, new: NewAnswers) -> None:
    """Store answers as the next revision (the case is locked)."""
    values = {
        "id": uuid4(),
        "case_id": new.case_id,
        "authority_id": new.authority_id,
        "form": new.form,
        "item": new.item,
        "answers": dict(new.answers),
        "task_id": new.task_id,
        "at": new.at,
        "by": new.by,
    }
    later(session, _ADD_REVISION, values)


def find_latest(session: Session, case_id: UUID, form: str, item: str = "") -> FormData | None:
    """The newest answers to a form, if anybody gave some."""
    return session.execute(
        select(FormData)
        .where(
            col(FormData.case_id) == case_id,
            col(FormData.form) == form,
            col(FormData.item) == item,
        )
        .order_by(col(FormData.revision).desc())
        .limit(1)
    ).scalar_one_or_none()


def find_earlier(session: Session, task: Task, item: str, lifecycle: str) -> FormData | None:
    """The newest answers to the form of a task that its own process has had before.

    They were given in an earlier turn of it, see ``earlier_turns``.
    """
    query = (
        select(FormData)
        .join(Task, col(Task.id) == col(FormData.task_id))
        .where(
            col(FormData.case_id) == task.case_id,
            col(FormData.form) == task.form,
            col(FormData.item) == item,
            earlier_turns(task, lifecycle),
        )
        .order_by(col(FormData.revision).desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def find_of_task(session: Session, task_id: UUID) -> FormData | None:
    """The answers given in one task, if it had a form."""
    return session.execute(
        select(FormData).where(col(FormData.task_id) == task_id).limit(1)
    ).scalar_one_or_none()


def latest_of_case(session: Session, case_id: UUID) -> Sequence[FormData]:
    """The newest answers to every form and item of a case, in the order of their giving."""
    newest = (
        select(FormData)
        .where(col(FormData.case_id) == case_id)
        .ext(distinct_on(col(FormData.form), col(FormData.item)))
        .order_by(col(FormData.form), col(FormData.item), col(FormData.revision).desc())
    )
    return sorted(session.execute(newest).scalars().all(), key=lambda row: row.at)


def revisions(session: Session, case_id: UUID) -> Sequence[Revision]:
    """Every revision of every form of a case, oldest first."""
    rows = session.execute(
        select(
            FormData,
            col(Account.name),
            col(Task.role),
            col(Task.instance_id),
            func.coalesce(col(Task.process_id), ""),
        )
        .outerjoin(Account, col(Account.id) == col(FormData.by))
        .outerjoin(Task, col(Task.id) == col(FormData.task_id))
        .where(col(FormData.case_id) == case_id)
        .order_by(col(FormData.at), col(FormData.revision))
    )
    return [Revision(*row) for row in rows]


def of_processes(session: Session, case_id: UUID, instance_id: UUID) -> Sequence[FormData]:
    """The answers given in a process and in those that started it, newest first."""
    up = (
        select(col(ProcessInstance.id), col(ProcessInstance.parent_id))
        .where(col(ProcessInstance.id) == instance_id)
        .cte("up", recursive=True)
    )
    up = up.union_all(
        select(col(ProcessInstance.id), col(ProcessInstance.parent_id)).where(
            col(ProcessInstance.id) == up.c.parent_id
        )
    )
    query = (
        select(FormData)
        .join(Task, col(Task.id) == col(FormData.task_id))
        .where(col(FormData.case_id) == case_id, col(Task.instance_id).in_(select(up.c.id)))
        .order_by(col(FormData.at).desc(), col(FormData.revision).desc())
    )
    return session.execute(query).scalars().all()
