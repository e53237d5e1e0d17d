"""Statements about cases: the lock that comes first, reference numbers, lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.tables import (
    Authority,
    Call,
    Case,
    ConflictDeclaration,
    Organisation,
    ProgrammeRow,
    ReferenceNumber,
)

LockedCase = NewType("LockedCase", Case)
"""A case whose row this transaction has locked; only such a case can be changed."""

Reach = tuple[UUID, UUID | None]
"""An authority and one of its programmes, or (None) all of them."""


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed down to; ``reach`` None means no limit by programme."""

    reach: tuple[Reach, ...] | None = None
    organisations: frozenset[UUID] | None = None
    programme_id: UUID | None = None
    status: str = ""
    stage: str = ""
    text: str = ""
    excluded: UUID | None = None  # account whose declared conflicts hide a case


@dataclass(frozen=True)
class CaseLine:
    """One line of a list of cases."""

    case: Case
    organisation: str
    programme: dict[str, Any]


@dataclass(frozen=True)
class CaseParts:
    """A case with the rows everything about it needs."""

    case: Case
    organisation: Organisation
    authority: Authority
    programme: ProgrammeRow
    call: Call


def get_case(session: Session, case_id: UUID) -> Case:
    """The case. Raises NotFound."""
    found = session.get(Case, case_id)
    if found is None:
        raise NotFound("services.cases.not_found")
    return found


def lock_case(session: Session, case_id: UUID) -> LockedCase:
    """Lock the case row until the transaction ends, waiting for whoever holds it. NotFound."""
    found = session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("services.cases.not_found")
    return LockedCase(found)


def lock_case_if_free(session: Session, case_id: UUID) -> LockedCase | None:
    """Lock the case row, or give None at once when somebody else holds it."""
    found = session.get(
        Case, case_id, with_for_update={"skip_locked": True}, populate_existing=True
    )
    return None if found is None else LockedCase(found)


def add_case(session: Session, case: Case) -> LockedCase:
    """Insert a case; nobody else can see it yet, so it counts as locked."""
    session.add(case)
    session.flush()
    return LockedCase(case)


def next_reference(session: Session, authority_id: UUID, prefix: str) -> int:
    """The next number of an authority's series; the row lock keeps the series without gaps."""
    statement = (
        insert(ReferenceNumber)
        .values(authority_id=authority_id, prefix=prefix, last=1)
        .on_conflict_do_update(
            index_elements=["authority_id", "prefix"],
            set_={"last": col(ReferenceNumber.last) + 1},
        )
        .returning(col(ReferenceNumber.last))
    )
    return session.execute(statement).scalar_one()


def case_parts(session: Session, case_id: UUID) -> CaseParts:
    """The case with organisation, authority, programme and call in one statement. NotFound."""
    row = session.execute(
        select(Case, Organisation, Authority, ProgrammeRow, Call)
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .join(Authority, col(Authority.id) == col(Case.authority_id))
        .join(ProgrammeRow, col(ProgrammeRow.id) == col(Case.programme_id))
        .join(Call, col(Call.id) == col(Case.call_id))
        .where(col(Case.id) == case_id)
    ).one_or_none()
    if row is None:
        raise NotFound("services.cases.not_found")
    return CaseParts(*row)


def within(
    reach: Iterable[Reach], authority: Mapped[UUID], programme: Mapped[UUID]
) -> ColumnElement[bool]:
    """The condition that a row lies within somebody's reach."""
    whole = {a for a, p in reach if p is None}
    single = {(a, p) for a, p in reach if p is not None and a not in whole}
    parts: list[ColumnElement[bool]] = []
    if whole:
        parts.append(authority.in_(whole))
    for authority_id in {a for a, _ in single}:
        programmes = {p for a, p in single if a == authority_id}
        parts.append(and_(authority == authority_id, programme.in_(programmes)))
    return or_(*parts) if parts else ~true()


def like(text: str) -> str:
    """A search text as a pattern in which % and _ are themselves."""
    plain = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def matches(text: str) -> ColumnElement[bool]:
    """The condition that a case is meant by a search text."""
    pattern = like(text)
    return or_(
        col(Case.reference).ilike(pattern),
        col(Case.title).ilike(pattern),
        col(Organisation.name).ilike(pattern),
    )


def _conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.reach is not None:
        found.append(within(wanted.reach, col(Case.authority_id), col(Case.programme_id)))
    if wanted.organisations is not None:
        found.append(col(Case.organisation_id).in_(wanted.organisations))
    if wanted.programme_id:
        found.append(col(Case.programme_id) == wanted.programme_id)
    if wanted.status:
        found.append(col(Case.status) == wanted.status)
    if wanted.stage:
        found.append(col(Case.stage) == wanted.stage)
    if wanted.text.strip():
        found.append(matches(wanted.text))
    if wanted.excluded:
        found.append(not_excluded(wanted.excluded))
    return found


def not_excluded(account_id: UUID) -> ColumnElement[bool]:
    """The condition that an account declared no conflict of interest in the case."""
    return ~(
        select(col(ConflictDeclaration.case_id))
        .where(
            col(ConflictDeclaration.case_id) == col(Case.id),
            col(ConflictDeclaration.account_id) == account_id,
            col(ConflictDeclaration.conflict).is_(True),
        )
        .exists()
    )


def list_cases(
    session: Session,
    wanted: CaseFilter,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    offset: int = 0,
) -> Sequence[CaseLine]:
    """Newest first; ``after`` is the key of the last line seen, ``offset`` skips whole lines."""
    statement = (
        select(Case, col(Organisation.name), col(ProgrammeRow.title))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .join(ProgrammeRow, col(ProgrammeRow.id) == col(Case.programme_id))
        .where(*_conditions(wanted))
        .order_by(col(Case.opened_at).desc(), col(Case.id).desc())
        .limit(limit)
        .offset(offset)
    )
    if after is not None:
        opened, case_id = after
        statement = statement.where(
            or_(
                col(Case.opened_at) < opened,
                and_(col(Case.opened_at) == opened, col(Case.id) < case_id),
            )
        )
    return [CaseLine(*row) for row in session.execute(statement)]


def count_cases(session: Session, wanted: CaseFilter) -> int:
    """How many cases the filter lets through."""
    return session.execute(
        select(func.count())
        .select_from(Case)
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .where(*_conditions(wanted))
    ).scalar_one()
