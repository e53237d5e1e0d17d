"""Who did what when: every change of a case leaves a link in the case's hash chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.services.policy import SYSTEM, Actor
from grantflow.store import audit
from grantflow.store.audit import Author, Entry
from grantflow.store.tables import CaseEvent

__all__ = ["PROCESS", "Chain", "Entry", "record", "record_all", "verify_chain"]

PROCESS = Author(SYSTEM.account_id, SYSTEM.name)
"""The author of what a diagram does by itself, whoever moved the case."""


@dataclass(frozen=True)
class Chain:
    """What checking a history found: how many events were read, and the first that is wrong.

    ``broken_at`` is the number of the event, 0 when the end of the history is missing.
    """

    count: int
    broken_at: int | None = None

    @property
    def intact(self) -> bool:
        return self.broken_at is None


def record(  # noqa: PLR0913 - the columns of an event
    session: Session,
    case_id: UUID,
    authority_id: UUID,
    actor: Actor,
    kind: str,
    *,
    element_id: str = "",
    public: bool = False,
    data: Mapping[str, Any] | None = None,
    instance_id: UUID | None = None,
) -> None:
    """Write one event (text ``events.<kind>``); ``public`` ones are shown to the applicant.

    The caller holds the lock on the case row. One statement. Raises NotFound.
    """
    entry = Entry(kind, element_id, public, data or {}, instance_id)
    record_all(session, case_id, authority_id, actor, (entry,))


def record_all(
    session: Session, case_id: UUID, authority_id: UUID, actor: Actor, entries: Sequence[Entry]
) -> None:
    """Write several events in order, in one statement. Raises NotFound."""
    if entries:
        author = Author(actor.account_id, actor.name)
        audit.add_events(session, case_id, authority_id, author, clock.now(), entries)


def verify_chain(session: Session, case_id: UUID) -> Chain:
    """Recompute every hash of a case's history and compare it with what is stored.

    Notices a changed, added, removed or reordered event. Raises NotFound.
    """
    last = audit.get_last_hash(session, case_id)
    previous, count = b"", 0
    for event in audit.list_events(session, case_id):
        previous, count = _hash(previous, event), count + 1
        if event.hash != previous:
            return Chain(count, broken_at=event.id)
    intact = previous == (last or b"")
    return Chain(count) if intact else Chain(count, broken_at=0)


def _hash(previous: bytes, row: CaseEvent) -> bytes:
    entry = Entry(row.kind, row.element_id, row.public, row.data, row.instance_id)
    author = Author(row.actor_id, row.actor_name)
    covered = audit.canonical(row.case_id, row.authority_id, author, row.at, entry, row.data)
    return sha256(previous + covered.encode()).digest()
