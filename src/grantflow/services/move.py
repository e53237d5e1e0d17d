"""One move of a case while it happens: who moves it, on what it runs, what must be written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.programmes.load import Programme
from grantflow.services import audit
from grantflow.services.policy import Actor
from grantflow.store import tasks as task_rows
from grantflow.store.cases import LockedCase
from grantflow.store.instances import Projection
from grantflow.store.tables import Task


@dataclass(frozen=True)
class Complete:
    """A human task was done; its routing values go on."""

    task: Task
    data: Mapping[str, Any]
    waiting: Projection | None = None  # what the instance waits for, where it was read already


@dataclass(frozen=True)
class Message:
    """Something happened that instances may wait for (``kind`` message or signal)."""

    name: str
    payload: Mapping[str, Any]
    kind: str = "message"


@dataclass(frozen=True)
class FireDue:
    """Time has passed."""


Action = Complete | Message | FireDue


@dataclass
class Move:
    """A step of a case within one transaction; effects get it as their context."""

    session: Session
    actor: Actor
    case: LockedCase
    programme: Programme
    now: datetime
    task: Task | None = None  # the task whose completion moves the case
    entries: list[audit.Entry] = field(default_factory=list)
    waiting: dict[UUID, Projection] = field(default_factory=dict)  # read before, until written
    running: set[UUID] = field(default_factory=set)  # instances that are being run right now
    starts: list[str] = field(default_factory=list)  # side processes to begin afterwards
    messages: list[Message] = field(default_factory=list)

    def note(
        self,
        kind: str,
        *,
        instance_id: UUID | None = None,
        element_id: str = "",
        public: bool = False,
        by_process: bool = False,
        **data: Any,
    ) -> None:
        """Remember an event; it is written at the end of the move.

        It is the actor's, unless the diagram did it by itself (``by_process``).
        """
        author = audit.PROCESS if by_process else None
        self.entries.append(audit.Entry(kind, element_id, public, data, instance_id, author))

    def last_task(self) -> Task | None:
        """The task of the authority that was done last: the present one, or one in the past."""
        if self.task is not None and self.task.role != "APPLICANT":
            return self.task
        return task_rows.last_done_by_staff(self.session, self.case.id)

    def last_doer(self) -> UUID | None:
        """Who did that task; answers for what the case does next."""
        if self.actor.is_staff:
            return self.actor.account_id
        last = self.last_task()
        return last.done_by if last else None
