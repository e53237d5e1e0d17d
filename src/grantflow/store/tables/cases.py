"""Cases and how they move: instances, tasks, timers, waits."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, euro, json, maybe_at, new_id


class Case(SQLModel, table=True):
    """One grant from first idea to evaluation."""

    __tablename__ = "grant_case"
    __table_args__ = (
        UniqueConstraint("authority_id", "reference"),
        Index("ix_case_list", "authority_id", "programme_id", "status", "opened_at"),
        Index("ix_case_organisation", "organisation_id", "opened_at"),
    )
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID = Field(foreign_key="programme.id")
    programme_version_id: UUID = Field(foreign_key="programme_version.id")
    call_id: UUID = Field(foreign_key="call.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    reference: str
    title: str = ""
    status: str = "DRAFT"
    stage: str = ""
    requested: Decimal | None = euro(nullable=True)
    approved: Decimal | None = euro(nullable=True)
    opened_at: datetime = at()
    opened_by: UUID = Field(foreign_key="account.id")
    closed_at: datetime | None = maybe_at()
    last_event_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class ReferenceNumber(SQLModel, table=True):
    __tablename__ = "reference_number"
    authority_id: UUID = Field(foreign_key="authority.id", primary_key=True)
    prefix: str = Field(primary_key=True)
    last: int


class ProcessInstance(SQLModel, table=True):
    """A stage or side process that runs (or ran) in a case; ``state`` belongs to the engine."""

    __tablename__ = "process_instance"
    __table_args__ = (
        CheckConstraint("status in ('running','ended','cancelled')", name="status"),
        Index("ix_instance_case", "case_id"),
        Index("ix_instance_parent", "parent_id"),
    )
    id: UUID = new_id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    parent_id: UUID | None = Field(default=None, foreign_key="process_instance.id")
    parent_task_id: UUID | None = None
    process_id: str
    status: str = "running"
    version: int = 1
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    facts: dict[str, Any] = json()  # routing values, for display
    started_at: datetime = at()
    ended_at: datetime | None = maybe_at()


class Task(SQLModel, table=True):
    """Projection of one human task; open ones are what people see in their lists."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("status in ('open','done','cancelled')", name="status"),
        Index(
            "ix_task_list", "authority_id", "role", "due_at", postgresql_where=text("status='open'")
        ),
        Index("ix_task_mine", "assignee_id", postgresql_where=text("status='open'")),
        Index("ix_task_case", "case_id"),
        Index("ix_task_instance", "instance_id", postgresql_where=text("status='open'")),
        Index(
            "ix_task_overdue",
            "due_at",
            postgresql_where=text("status = 'open' and role <> 'APPLICANT'"),
        ),
    )
    id: UUID = Field(primary_key=True)
    instance_id: UUID = Field(foreign_key="process_instance.id")
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID = Field(foreign_key="programme.id")
    element_id: str
    process_id: str
    name: dict[str, Any] = json()  # {"de": …, "en": …}
    role: str
    form: str
    not_by: list[str] = json(list)  # elements whose doers may not do this task (four eyes)
    assignee_id: UUID | None = Field(default=None, foreign_key="account.id")
    facts: dict[str, Any] = json()  # what the engine says of this one task (item, letter, …)
    status: str = "open"
    created_at: datetime = at()
    due_at: datetime | None = maybe_at()
    next_reminder_on: date | None = None  # once a reminder that it is overdue has left
    escalated_on: date | None = None  # the head of unit was told last
    done_at: datetime | None = maybe_at()
    done_by: UUID | None = Field(default=None, foreign_key="account.id")


class TaskDraft(SQLModel, table=True):
    """What somebody typed so far; kept until the task is done."""

    __tablename__ = "task_draft"
    task_id: UUID = Field(foreign_key="task.id", primary_key=True)
    answers: dict[str, Any] = json()
    updated_at: datetime = at()
    updated_by: UUID = Field(foreign_key="account.id")


class Timer(SQLModel, table=True):
    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due", "due_at"), Index("ix_timer_instance", "instance_id"))
    task_id: UUID = Field(primary_key=True)
    instance_id: UUID = Field(foreign_key="process_instance.id")
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    element_id: str
    due_at: datetime = at()


class Wait(SQLModel, table=True):
    """A message or signal that an instance waits for."""

    __tablename__ = "wait"
    __table_args__ = (Index("ix_wait_case", "case_id", "kind", "name"),)
    id: UUID = new_id()
    task_id: UUID
    instance_id: UUID = Field(foreign_key="process_instance.id", index=True)
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    element_id: str
    kind: str  # message | signal
    name: str
