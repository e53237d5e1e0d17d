"""Statements that only the pages of a case file and the overview of staff need."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, false, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.cases import Reach, not_excluded, within
from grantflow.store.tables import (
    Account,
    Case,
    FormData,
    Organisation,
    ProcessInstance,
    ProgrammeVersion,
    Task,
    Timer,
)
from grantflow.store.tables.columns import OPEN


@dataclass(frozen=True)
class CountersignLine:
    """A task that waits for a second person."""

    task: Task
    reference: str
    case_title: str
    organisation: str
    requested: Decimal | None


@dataclass(frozen=True)
class TimerLine:
    """A running timer with the reference of its case, and where it is drawn."""

    case_id: UUID
    reference: str
    version_id: UUID
    process_id: str
    element_id: str
    due_at: datetime


def names(session: Session, ids: Collection[UUID | None]) -> Mapping[UUID | None, str]:
    """The names of accounts, one statement; unknown ones are left out."""
    wanted = {account_id for account_id in ids if account_id is not None}
    if not wanted:
        return {}
    rows = session.execute(
        select(col(Account.id), col(Account.name)).where(col(Account.id).in_(wanted))
    )
    return {row[0]: row[1] for row in rows}


def version_number(session: Session, version_id: UUID) -> int:
    """The number of a version, without reading its package. Raises NotFound."""
    found = session.execute(
        select(col(ProgrammeVersion.number)).where(col(ProgrammeVersion.id) == version_id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("services.catalogue.version_not_found")
    return found


def cancelled_elements(session: Session, instance_id: UUID) -> Sequence[str]:
    """Elements of an instance whose task was dropped because the case went another way."""
    return (
        session.execute(
            select(col(Task.element_id))
            .where(col(Task.instance_id) == instance_id, col(Task.status) == "cancelled")
            .group_by(col(Task.element_id))
            .order_by(func.min(col(Task.created_at)))
        )
        .scalars()
        .all()
    )


def revision_of(session: Session, case_id: UUID, form: str, item: str, number: int) -> FormData:
    """One revision of the answers to a form. Raises NotFound."""
    found = session.execute(
        select(FormData).where(
            col(FormData.case_id) == case_id,
            col(FormData.form) == form,
            col(FormData.item) == item,
            col(FormData.revision) == number,
        )
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("case.forms.no_revision")
    return found


def published_versions(session: Session, reach: Sequence[Reach] | None) -> Sequence[UUID]:
    """The version in force of every programme within reach, without reading packages."""
    newer = aliased(ProgrammeVersion)
    newest = (
        select(func.max(col(newer.number)))
        .where(
            col(newer.programme_id) == col(ProgrammeVersion.programme_id),
            col(newer.state) == "published",
        )
        .scalar_subquery()
    )
    statement = (
        select(col(ProgrammeVersion.id))
        .where(col(ProgrammeVersion.state) == "published", col(ProgrammeVersion.number) == newest)
        .order_by(col(ProgrammeVersion.programme_id))
    )
    if reach is not None:
        authority, programme = (
            col(ProgrammeVersion.authority_id),
            col(ProgrammeVersion.programme_id),
        )
        statement = statement.where(within(reach, authority, programme))
    return session.execute(statement).scalars().all()


def to_countersign(
    session: Session, account_id: UUID, by_role: Mapping[str, Sequence[Reach]], limit: int
) -> Sequence[CountersignLine]:
    """Open four-eyes tasks somebody may do, due first.

    Left out: tasks held by others, cases whose earlier step they did, cases they are excluded from.
    """
    parts = [
        and_(col(Task.role) == role, within(reach, col(Task.authority_id), col(Task.programme_id)))
        for role, reach in by_role.items()
    ]
    earlier = aliased(Task)
    own = (
        select(col(earlier.id))
        .where(
            col(earlier.case_id) == col(Task.case_id),
            col(earlier.done_by) == account_id,
            func.jsonb_exists(col(Task.not_by), col(earlier.element_id)),
        )
        .exists()
    )
    statement = (
        select(
            Task,
            col(Case.reference),
            col(Case.title),
            col(Organisation.name),
            col(Case.requested),
        )
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .where(
            col(Task.status) == OPEN,
            col(Task.role) != "APPLICANT",
            func.jsonb_array_length(col(Task.not_by)) > 0,
            or_(col(Task.assignee_id).is_(None), col(Task.assignee_id) == account_id),
            or_(*parts) if parts else false(),
            ~own,
            not_excluded(account_id),
        )
        .order_by(col(Task.due_at).nulls_last(), col(Task.created_at), col(Task.id))
        .limit(limit)
    )
    return [CountersignLine(*row) for row in session.execute(statement)]


def preparers(session: Session, tasks: Sequence[Task]) -> Mapping[UUID, str]:
    """Task id -> names of those who did the steps that four eyes keep apart from it."""
    wanted = {(task.case_id, element) for task in tasks for element in task.not_by}
    if not wanted:
        return {}
    rows = session.execute(
        select(col(Task.case_id), col(Task.element_id), col(Account.name))
        .join(Account, col(Account.id) == col(Task.done_by))
        .where(
            tuple_(col(Task.case_id), col(Task.element_id)).in_(wanted),
            col(Task.status) == "done",
        )
        .order_by(col(Task.done_at))
    )
    done: dict[tuple[UUID, str], list[str]] = {}
    for case_id, element, name in rows:
        done.setdefault((case_id, element), []).append(name)
    found = {}
    for task in tasks:
        people = [name for e in task.not_by for name in done.get((task.case_id, e), ())]
        found[task.id] = ", ".join(dict.fromkeys(people))
    return found


def case_id_of(session: Session, reference: str) -> UUID | None:
    """The case with this reference number, if there is exactly one."""
    found = (
        session.execute(
            select(col(Case.id)).where(col(Case.reference) == reference.strip()).limit(2)
        )
        .scalars()
        .all()
    )
    return found[0] if len(found) == 1 else None


def next_timers(session: Session, before: datetime, limit: int) -> Sequence[TimerLine]:
    """The running timers that are due next, those due before a moment only."""
    rows: Any = session.execute(
        select(
            col(Timer.case_id),
            col(Case.reference),
            col(Case.programme_version_id),
            col(ProcessInstance.process_id),
            col(Timer.element_id),
            col(Timer.due_at),
        )
        .join(Case, col(Case.id) == col(Timer.case_id))
        .join(ProcessInstance, col(ProcessInstance.id) == col(Timer.instance_id))
        .where(col(Timer.due_at) < before)
        .order_by(col(Timer.due_at))
        .limit(limit)
    )
    return [TimerLine(*row) for row in rows]
