"""Statements about authorities, programmes, their versions and calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import QueryableAttribute, Session, defer
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.cases import Reach, within
from grantflow.store.tables import Authority, Call, ProgrammeRow, ProgrammeVersion

_PACKAGE = cast("QueryableAttribute[bytes]", ProgrammeVersion.package)


@dataclass(frozen=True)
class OpenCall:
    """A call in which somebody may apply now."""

    call: Call
    programme: ProgrammeRow
    authority: str


@dataclass(frozen=True)
class ProgrammeLine:
    """A programme with its authority and its newest published version."""

    programme: ProgrammeRow
    authority: Authority
    published: int | None
    drafts: int


def find_authority(session: Session, key: str) -> Authority | None:
    """The authority of that key, if it is known."""
    return session.execute(select(Authority).where(col(Authority.key) == key)).scalar_one_or_none()


def get_authority(session: Session, authority_id: UUID) -> Authority:
    """The authority. Raises NotFound."""
    found = session.get(Authority, authority_id)
    if found is None:
        raise NotFound("services.catalogue.authority_not_found")
    return found


def find_programme(session: Session, key: str) -> ProgrammeRow | None:
    """The programme of that key, if it is known."""
    return session.execute(
        select(ProgrammeRow).where(col(ProgrammeRow.key) == key)
    ).scalar_one_or_none()


def get_programme(session: Session, programme_id: UUID) -> ProgrammeRow:
    """The programme. Raises NotFound."""
    found = session.get(ProgrammeRow, programme_id)
    if found is None:
        raise NotFound("services.catalogue.programme_not_found")
    return found


def lock_programme(session: Session, programme_id: UUID) -> ProgrammeRow:
    """Lock a programme, so that versions get their numbers one after the other. NotFound."""
    found = session.get(ProgrammeRow, programme_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("services.catalogue.programme_not_found")
    return found


def add_row(session: Session, row: Authority | ProgrammeRow | ProgrammeVersion | Call) -> None:
    """Insert a row of the catalogue."""
    session.add(row)
    session.flush()


def get_version(session: Session, version_id: UUID) -> ProgrammeVersion:
    """The version with its package. Raises NotFound."""
    found = session.get(ProgrammeVersion, version_id)
    if found is None:
        raise NotFound("services.catalogue.version_not_found")
    return found


def lock_version(session: Session, version_id: UUID) -> ProgrammeVersion:
    """Lock a version until the transaction ends. Raises NotFound."""
    found = session.get(ProgrammeVersion, version_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("services.catalogue.version_not_found")
    return found


def list_versions(session: Session, programme_id: UUID) -> Sequence[ProgrammeVersion]:
    """All versions of a programme, newest first, without their packages."""
    return (
        session.execute(
            select(ProgrammeVersion)
            .options(defer(_PACKAGE))
            .where(col(ProgrammeVersion.programme_id) == programme_id)
            .order_by(col(ProgrammeVersion.number).desc())
        )
        .scalars()
        .all()
    )


def newest_published(session: Session, programme_id: UUID) -> ProgrammeVersion | None:
    """The version that new cases are opened with."""
    return session.execute(
        select(ProgrammeVersion)
        .where(
            col(ProgrammeVersion.programme_id) == programme_id,
            col(ProgrammeVersion.state) == "published",
        )
        .order_by(col(ProgrammeVersion.number).desc())
        .limit(1)
    ).scalar_one_or_none()


def last_number(session: Session, programme_id: UUID) -> int:
    """The number of the newest version, 0 before the first."""
    return session.execute(
        select(func.coalesce(func.max(col(ProgrammeVersion.number)), 0)).where(
            col(ProgrammeVersion.programme_id) == programme_id
        )
    ).scalar_one()


def list_programmes(session: Session, reach: Sequence[Reach] | None) -> Sequence[ProgrammeLine]:
    """Programmes (within reach, or all of them) by authority and key."""
    numbers = (
        select(
            col(ProgrammeVersion.programme_id),
            func.max(col(ProgrammeVersion.number))
            .filter(col(ProgrammeVersion.state) == "published")
            .label("published"),
            func.count()
            .filter(col(ProgrammeVersion.state).in_(("draft", "review")))
            .label("drafts"),
        )
        .group_by(col(ProgrammeVersion.programme_id))
        .subquery()
    )
    statement = (
        select(ProgrammeRow, Authority, numbers.c.published, func.coalesce(numbers.c.drafts, 0))
        .join(Authority, col(Authority.id) == col(ProgrammeRow.authority_id))
        .outerjoin(numbers, numbers.c.programme_id == col(ProgrammeRow.id))
        .order_by(col(Authority.key), col(ProgrammeRow.key))
    )
    if reach is not None:
        statement = statement.where(
            within(reach, col(ProgrammeRow.authority_id), col(ProgrammeRow.id))
        )
    return [ProgrammeLine(*row) for row in session.execute(statement)]


def get_call(session: Session, call_id: UUID) -> Call:
    """The call. Raises NotFound."""
    found = session.get(Call, call_id)
    if found is None:
        raise NotFound("services.catalogue.call_not_found")
    return found


def list_calls(session: Session, programme_id: UUID) -> Sequence[Call]:
    """The calls of a programme, first opened first."""
    return (
        session.execute(
            select(Call)
            .where(col(Call.programme_id) == programme_id)
            .order_by(col(Call.opens_at), col(Call.key))
        )
        .scalars()
        .all()
    )


def open_calls(session: Session, now: datetime) -> Sequence[OpenCall]:
    """Calls that are open at a moment, first to close first."""
    rows = session.execute(
        select(Call, ProgrammeRow, col(Authority.name))
        .join(ProgrammeRow, col(ProgrammeRow.id) == col(Call.programme_id))
        .join(Authority, col(Authority.id) == col(Call.authority_id))
        .where(
            col(Call.opens_at) <= now,
            or_(col(Call.closes_at).is_(None), col(Call.closes_at) > now),
        )
        .order_by(col(Call.closes_at).nulls_last(), col(ProgrammeRow.key), col(Call.key))
    )
    return [OpenCall(*row) for row in rows]


def write_call(session: Session, programme_id: UUID, key: str, values: Mapping[str, Any]) -> None:
    """Change a call of a programme or add it; cases keep the version they began with."""
    changed = session.execute(
        update(Call)
        .where(col(Call.programme_id) == programme_id, col(Call.key) == key)
        .values(dict(values))
        .returning(col(Call.id))
        .execution_options(synchronize_session="fetch")
    ).one_or_none()
    if changed is None:
        add_row(session, Call(programme_id=programme_id, key=key, **values))
