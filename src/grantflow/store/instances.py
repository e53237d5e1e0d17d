"""Statements about process instances and the projections of what they wait for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    TEXT,
    ColumnElement,
    ScalarSelect,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col

from grantflow.errors import Conflict, NotFound
from grantflow.store.later import Write, later
from grantflow.store.tables import ProcessInstance, Task, Timer, Wait
from grantflow.store.tables.columns import OPEN, table_of


def add_instance(session: Session, row: ProcessInstance) -> None:
    """Insert an instance; its children and letters refer to it."""
    session.add(row)
    session.flush()


def get_instance(session: Session, instance_id: UUID) -> ProcessInstance:
    """The instance as it is now. Raises NotFound."""
    found = session.get(ProcessInstance, instance_id, populate_existing=True)
    if found is None:
        raise NotFound("services.cases.instance_not_found")
    return found


def list_instances(session: Session, case_id: UUID) -> Sequence[ProcessInstance]:
    """All instances of a case, oldest first."""
    return (
        session.execute(
            select(ProcessInstance)
            .where(col(ProcessInstance.case_id) == case_id)
            .order_by(col(ProcessInstance.started_at), col(ProcessInstance.id))
        )
        .scalars()
        .all()
    )


def list_running(session: Session, case_ids: Collection[UUID]) -> Sequence[ProcessInstance]:
    """The running instances of cases, oldest first."""
    wanted = select(ProcessInstance).where(
        col(ProcessInstance.case_id).in_(case_ids), col(ProcessInstance.status) == "running"
    )
    ordered = wanted.order_by(col(ProcessInstance.started_at), col(ProcessInstance.id))
    return session.execute(ordered).scalars().all()


def children(
    session: Session, parent_id: UUID, parent_task_ids: Collection[UUID] | None = None
) -> Sequence[ProcessInstance]:
    """Running child instances of an instance, or only those of some of its call activities."""
    statement = select(ProcessInstance).where(
        col(ProcessInstance.parent_id) == parent_id, col(ProcessInstance.status) == "running"
    )
    if parent_task_ids is not None:
        statement = statement.where(col(ProcessInstance.parent_task_id).in_(parent_task_ids))
    return session.execute(statement).scalars().all()


_INSTANCES = table_of(ProcessInstance)
_SAVE_STATE = (
    update(_INSTANCES)
    .where(_INSTANCES.c.id == bindparam("row"), _INSTANCES.c.version == bindparam("known"))
    .values({n: bindparam(n) for n in ("state", "version", "facts", "status", "ended_at")})
)
_SAVE = Write(_SAVE_STATE)
"""Built once, as the others of a completed task: building costs more than running."""


def save_state(
    session: Session,
    row: ProcessInstance,
    state: bytes,
    *,
    facts: Mapping[str, Any],
    ended_at: datetime | None,
) -> None:
    """Write the new state of an instance. Conflict, when it is sent, if somebody moved it."""
    values: dict[str, Any] = {
        "state": state,
        "version": row.version + 1,
        "facts": dict(facts),
        "status": "ended" if ended_at else "running",
        "ended_at": ended_at,
    }
    moved = Conflict("services.cases.moved_meanwhile")
    later(session, _SAVE, {"row": row.id, "known": row.version, **values}, rows=1, otherwise=moved)
    for name, value in values.items():
        set_committed_value(row, name, value)


def cancel_instances(session: Session, ids: Collection[UUID], now: datetime) -> None:
    """Mark instances as cancelled with their open tasks, timers and waits."""
    session.execute(
        update(ProcessInstance)
        .where(col(ProcessInstance.id).in_(ids))
        .values(status="cancelled", ended_at=now, version=ProcessInstance.version + 1)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(Task)
        .where(col(Task.instance_id).in_(ids), col(Task.status) == OPEN)
        .values(status="cancelled", done_at=now)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(delete(Timer).where(col(Timer.instance_id).in_(ids)))
    session.execute(delete(Wait).where(col(Wait.instance_id).in_(ids)))


def anything_done(session: Session, ids: Collection[UUID]) -> bool:
    """Whether somebody has done a task of these instances."""
    wanted = select(col(Task.id)).where(col(Task.instance_id).in_(ids), col(Task.status) == "done")
    return bool(session.execute(select(wanted.exists())).scalar_one())


@dataclass(frozen=True)
class Projection:
    """What is written so far about what an instance waits for."""

    tasks: frozenset[UUID]
    timers: Mapping[UUID, datetime]
    waits: Mapping[tuple[UUID, str, str], UUID]  # (task, kind, name) -> id of the row


NOTHING = Projection(frozenset(), {}, {})


def waiting_of(instance: ColumnElement[UUID]) -> ScalarSelect[Any]:
    """What an instance waits for, as one JSON value for ``projection_from``."""
    tasks, timers, waits = table_of(Task).alias(), table_of(Timer), table_of(Wait)
    row = func.jsonb_build_array
    none = literal(None, TEXT)
    everything = union_all(
        select(row("task", tasks.c.id, none, none, tasks.c.id).label("row"))
        .where(tasks.c.instance_id == instance, tasks.c.status == OPEN)
        .correlate(instance.table),
        select(row("timer", timers.c.task_id, none, timers.c.due_at, timers.c.task_id))
        .where(timers.c.instance_id == instance)
        .correlate(instance.table),
        select(row(waits.c.kind, waits.c.task_id, waits.c.name, none, waits.c.id))
        .where(waits.c.instance_id == instance)
        .correlate(instance.table),
    ).subquery()
    return select(func.jsonb_agg(everything.c.row)).scalar_subquery()


def projection_from(rows: Sequence[Sequence[Any]] | None) -> Projection:
    """The projection that ``waiting_of`` has read."""
    found = [(kind, UUID(task), name, due, UUID(row)) for kind, task, name, due, row in rows or ()]
    return Projection(
        frozenset(task for kind, task, *_ in found if kind == "task"),
        {task: datetime.fromisoformat(due) for kind, task, _, due, _ in found if kind == "timer"},
        {
            (task, kind, name): row
            for kind, task, name, _, row in found
            if kind not in ("task", "timer")
        },
    )


_PROJECTION = select(waiting_of(_INSTANCES.c.id)).where(_INSTANCES.c.id == bindparam("instance"))


def projection(session: Session, instance_id: UUID) -> Projection:
    """Open tasks, timers and waits of an instance in one statement."""
    return projection_from(session.execute(_PROJECTION, {"instance": instance_id}).scalar_one())


_ADD = {table: Write(insert(table_of(table))) for table in (Task, Timer, Wait)}


def _columns(row: Task | Timer | Wait) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).model_fields}


def add_rows(session: Session, rows: Sequence[Task] | Sequence[Timer] | Sequence[Wait]) -> None:
    """Insert rows of one projection."""
    for row in rows:
        later(session, _ADD[type(row)], _columns(row))


def drop_timers(session: Session, ids: Collection[UUID]) -> None:
    """Delete timers that no longer run."""
    session.execute(delete(Timer).where(col(Timer.task_id).in_(ids)))


def drop_waits(session: Session, ids: Collection[UUID]) -> None:
    """Delete waits (by the id of their row) that are over."""
    session.execute(delete(Wait).where(col(Wait.id).in_(ids)))


def waiting_for(session: Session, case_id: UUID, kind: str, name: str) -> Sequence[UUID]:
    """Ids of the instances of a case that wait for a message or signal."""
    return (
        session.execute(
            select(col(Wait.instance_id))
            .where(col(Wait.case_id) == case_id, col(Wait.kind) == kind, col(Wait.name) == name)
            .group_by(col(Wait.instance_id))
            .order_by(func.min(col(Wait.element_id)))
        )
        .scalars()
        .all()
    )


def list_waits(session: Session, case_id: UUID) -> Sequence[Wait]:
    """Everything the instances of a case wait for."""
    return session.execute(select(Wait).where(col(Wait.case_id) == case_id)).scalars().all()


def list_timers(session: Session, case_id: UUID) -> Sequence[Timer]:
    """The running timers of a case, next first."""
    return (
        session.execute(
            select(Timer).where(col(Timer.case_id) == case_id).order_by(col(Timer.due_at))
        )
        .scalars()
        .all()
    )


def open_elements(session: Session, case_id: UUID) -> Mapping[UUID, frozenset[str]]:
    """Instance -> diagram elements that wait: tasks, timers, messages."""
    parts = union_all(
        select(col(Task.instance_id), col(Task.element_id)).where(
            col(Task.case_id) == case_id, col(Task.status) == OPEN
        ),
        select(col(Timer.instance_id), col(Timer.element_id)).where(col(Timer.case_id) == case_id),
        select(col(Wait.instance_id), col(Wait.element_id)).where(col(Wait.case_id) == case_id),
    )
    found: dict[UUID, set[str]] = {}
    for instance_id, element_id in session.execute(parts):
        found.setdefault(instance_id, set()).add(element_id)
    return {instance_id: frozenset(elements) for instance_id, elements in found.items()}


def due_cases(
    session: Session, now: datetime, limit: int, without: Collection[UUID] = ()
) -> Sequence[UUID]:
    """Cases with a timer that is due, the longest overdue first; ``without`` are left out."""
    return (
        session.execute(
            select(col(Timer.case_id))
            .where(col(Timer.due_at) <= now, col(Timer.case_id).not_in(without))
            .group_by(col(Timer.case_id))
            .order_by(func.min(col(Timer.due_at)))
            .limit(limit)
        )
        .scalars()
        .all()
    )


def due_instances(session: Session, case_id: UUID, now: datetime) -> Sequence[UUID]:
    """The instances of a case that have a timer that is due, first due first."""
    return (
        session.execute(
            select(col(Timer.instance_id))
            .where(col(Timer.case_id) == case_id, col(Timer.due_at) <= now)
            .group_by(col(Timer.instance_id))
            .order_by(func.min(col(Timer.due_at)))
        )
        .scalars()
        .all()
    )
