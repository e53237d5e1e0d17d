"""What a handler works with, and what it is told about its job."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from grantflow.documents import Blobs, open_blobs
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store import db


@dataclass(frozen=True)
class Workplace:
    """The settings, the documents, and the doors to the database, all with the system's rights."""

    sessions: db.Sessions
    settings: Settings
    blobs: Blobs

    def transaction(self) -> AbstractContextManager[Session]:
        """A short transaction; nothing slow happens inside."""
        return db.transaction(self.sessions, SYSTEM.scope)

    def reading(self) -> AbstractContextManager[Session]:
        """A READ ONLY transaction."""
        return db.reading(self.sessions, SYSTEM.scope)


@dataclass(frozen=True)
class Job:
    """One attempt at a job; ``attempts`` counts the earlier ones."""

    id: int
    task: str
    attempts: int = 0
    lock: str | None = None
    args: dict[str, Any] = field(default_factory=dict)


def open_workplace(settings: Settings, sessions: db.Sessions) -> Workplace:
    """The workplace of this process."""
    return Workplace(sessions, settings, open_blobs(settings))
