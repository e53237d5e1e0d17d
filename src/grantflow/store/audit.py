"""The append-only history of a case: writing links of the hash chain, reading them back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.db import dumps
from grantflow.store.tables import Case, CaseEvent


@dataclass(frozen=True)
class Entry:
    """One thing that happened in a case; ``kind`` names a text ``events.<kind>``."""

    kind: str
    element_id: str = ""
    public: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    instance_id: UUID | None = None


@dataclass(frozen=True)
class Author:
    """Who did it, by id and by the name they had then."""

    id: UUID | None
    name: str


# One statement however many entries: the chain is linked inside PostgreSQL, so that the last hash
# need not be fetched first. The caller holds the lock on the case row.
_APPEND = text("""
with recursive entry as (
    select * from unnest(
        cast(:canonical as text[]), cast(:kinds as text[]), cast(:elements as text[]),
        cast(:publics as boolean[]), cast(:data as text[]), cast(:instances as uuid[])
    ) with ordinality as e (canonical, kind, element_id, public, data, instance_id, n)
), chain as (
    select cast(0 as bigint) as n, coalesce(last_event_hash, cast('' as bytea)) as hash
    from grant_case where id = :case_id
    union all
    select entry.n, sha256(chain.hash || convert_to(entry.canonical, 'UTF8'))
    from chain join entry on entry.n = chain.n + 1
), added as (
    insert into case_event (case_id, authority_id, instance_id, at, actor_id, actor_name, kind,
                            element_id, public, data, hash)
    select :case_id, :authority_id, instance_id, :at, :actor_id, :actor_name, kind,
           element_id, public, cast(data as jsonb), hash
    from chain join entry using (n) order by n
)
update grant_case set last_event_hash = (select hash from chain order by n desc limit 1)
where id = :case_id
""")


def add_events(
    session: Session,
    case_id: UUID,
    authority_id: UUID,
    author: Author,
    at: datetime,
    entries: Sequence[Entry],
) -> None:
    """Append entries in order, in one statement. Raises NotFound if the case is not in scope."""
    plain = [orjson.loads(dumps(entry.data)) for entry in entries]
    rows = list(zip(entries, plain, strict=True))
    parameters = {
        "case_id": case_id,
        "authority_id": authority_id,
        "at": at,
        "actor_id": author.id,
        "actor_name": author.name,
        "canonical": [canonical(case_id, authority_id, author, at, e, d) for e, d in rows],
        "kinds": [entry.kind for entry in entries],
        "elements": [entry.element_id for entry in entries],
        "publics": [entry.public for entry in entries],
        "data": [dumps(data) for data in plain],
        "instances": [entry.instance_id for entry in entries],
    }
    if session.execute(_APPEND, parameters).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound()


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
