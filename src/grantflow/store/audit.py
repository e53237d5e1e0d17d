"""The append-only history of a case: writing links of the hash chain, reading them back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import DateTime, LargeBinary, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col

from grantflow.errors import Conflict, NotFound
from grantflow.store.db import dumps
from grantflow.store.later import Write, later
from grantflow.store.tables import Case, CaseEvent


@dataclass(frozen=True)
class Author:
    """Who did it, by id and by the name they had then."""

    id: UUID | None
    name: str


@dataclass(frozen=True)
class Entry:
    """One thing that happened in a case; ``kind`` names a text ``events.<kind>``.

    ``author`` did it, where that is not who moved the case.
    """

    kind: str
    element_id: str = ""
    public: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    instance_id: UUID | None = None
    author: Author | None = None


# One statement however many entries. The end of the chain is moved only if it is where it was
# known to be: the caller holds the lock on the case row, so anything else is a bug and stops here.
_APPEND = Write(
    text("""
with moved as (
    update grant_case set last_event_hash = :last
    where id = :case_id and last_event_hash is not distinct from :first
    returning id
)
insert into case_event (case_id, authority_id, instance_id, at, actor_id, actor_name, kind,
                        element_id, public, data, hash)
select moved.id, :authority_id, instance_id, :at, e.actor_id, e.actor_name, kind,
       element_id, public, data, hash
from moved, jsonb_to_recordset(:entries) as e (
    instance_id uuid, actor_id uuid, actor_name text, kind text, element_id text, public boolean,
    data jsonb, hash bytea, n int
)
order by n
""").bindparams(
        bindparam("last", type_=LargeBinary()),
        bindparam("first", type_=LargeBinary()),
        bindparam("case_id", type_=Uuid()),
        bindparam("authority_id", type_=Uuid()),
        bindparam("at", type_=DateTime(timezone=True)),
        bindparam("entries", type_=JSONB()),
    )
)


def add_events(
    session: Session,
    case_id: UUID,
    authority_id: UUID,
    author: Author,
    at: datetime,
    entries: Sequence[Entry],
) -> None:
    """Append entries in order, in one statement; the caller holds the lock on the case.

    Raises NotFound if the case is not in scope, Conflict (when it is sent) if it was not locked and
    somebody else wrote meanwhile.
    """
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound()
    first = last = case.last_event_hash
    rows: list[dict[str, Any]] = []
    for entry in entries:
        data = orjson.loads(dumps(entry.data))
        by = entry.author or author
        covered = canonical(case_id, authority_id, by, at, entry, data)
        last = sha256((last or b"") + covered.encode()).digest()
        rows.append(
            {
                "n": len(rows),
                "instance_id": entry.instance_id,
                "actor_id": by.id,
                "actor_name": by.name,
                "kind": entry.kind,
                "element_id": entry.element_id,
                "public": entry.public,
                "data": data,
                "hash": f"\\x{last.hex()}",
            }
        )
    values = {
        "first": first,
        "last": last,
        "case_id": case_id,
        "authority_id": authority_id,
        "at": at,
        "entries": rows,
    }
    moved = Conflict("store.conflict.history")
    later(session, _APPEND, values, rows=len(rows), otherwise=moved)
    set_committed_value(case, "last_event_hash", last)


def canonical(
    case_id: UUID,
    authority_id: UUID,
    author: Author,
    at: datetime,
    entry: Entry,
    data: Mapping[str, Any],
) -> str:
    """The text of an event that its hash covers: sorted keys, UTC, numbers in one form."""
    return json.dumps(
        {
            "case_id": str(case_id),
            "authority_id": str(authority_id),
            "instance_id": str(entry.instance_id) if entry.instance_id else None,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor_id": str(author.id) if author.id else None,
            "actor_name": author.name,
            "kind": entry.kind,
            "element_id": entry.element_id,
            "public": entry.public,
            "data": _one_form(data),
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )


def _one_form(value: Any) -> Any:
    """PostgreSQL gives 1e2 back as 100, so whole numbers are whole whatever they were before."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _one_form(inner) for key, inner in value.items()}
    return [_one_form(inner) for inner in value] if isinstance(value, list) else value


def get_last_hash(session: Session, case_id: UUID) -> bytes | None:
    """The end of the case's chain, None before its first event. Raises NotFound."""
    row = session.execute(
        select(col(Case.last_event_hash)).where(col(Case.id) == case_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row[0]


def list_events(session: Session, case_id: UUID) -> Iterator[CaseEvent]:
    """All events of a case in the order in which they were written."""
    query = select(CaseEvent).where(col(CaseEvent.case_id) == case_id).order_by(col(CaseEvent.id))
    return iter(session.scalars(query.execution_options(yield_per=500)))
