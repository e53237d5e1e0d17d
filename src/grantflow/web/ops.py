"""Operations: health, failed jobs, timers, and the check of a case's history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow import clock
from grantflow.errors import BadProgramme, Invalid, NotFound
from grantflow.services import audit, operations
from grantflow.services.catalogue import programme_of
from grantflow.services.notification import HELD
from grantflow.services.operations import FailedJob, Health
from grantflow.services.policy import Actor, require_any
from grantflow.store import casefile as rows
from grantflow.texts import text
from grantflow.web import formats, pages
from grantflow.web.casefile import name_of_element, stage_name
from grantflow.web.deps import CurrentDoor, Posted, StaffActor, visitor

router = APIRouter(prefix="/ops")

TIMERS = 15


@dataclass(frozen=True)
class Check:
    """One part of the installation and whether it is well."""

    name: str
    good: bool
    detail: str = ""


@dataclass(frozen=True)
class JobLine:
    """A failed job as the page shows it."""

    id: int
    title: str
    reference: str
    attempts: int
    error: str
    at: datetime | None
    reason: str = ""
    by: str = ""


@dataclass(frozen=True)
class ChainResult:
    """What checking the history of a case found, as an alert."""

    kind: str
    key: str
    params: dict[str, Any] = field(default_factory=dict)


@router.get("")
def show(
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    reference: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """How the installation is and what needs a hand."""
    return _page(request, actor, door, reference=reference)


def _page(
    request: Request, actor: Actor, door: CurrentDoor, *, reference: str = "", missing: int = 0
) -> Response:
    require_any(actor, operations.OPERATORS)
    language = visitor(request).language
    with door.reading(actor) as session:
        state = operations.health(session)
        failed = operations.failed_jobs(session, actor, given_up=True)
        return pages.render(
            request,
            "ops/index.html",
            status=422 if missing else 200,
            health=_checks(state, language),
            waiting=state.jobs_waiting,
            oldest=state.oldest_job_at,
            failed=[_line(job, {}, language) for job in failed if job.given_up_by is None],
            given_up=_given_up(session, failed, language),
            timers=_timers(session, language),
            reference=reference,
            chain=_check_chain(session, reference) if reference else None,
            missing=missing,
            now=clock.now(),
        )


def _checks(state: Health, language: str) -> list[Check]:
    seen = text("ops.worker_never", language)
    if state.worker_seen_at is not None:
        at = formats.moment(state.worker_seen_at, language)
        seen = text("ops.worker_seen", language, at=at)
    late = formats.moment(state.next_timer_at, language) if state.timers_late else ""
    return [
        Check("database", good=True),
        Check("worker", state.worker_alive, seen),
        Check("timers_in_time", not state.timers_late, late),
        Check("no_failures", state.jobs_failed == 0),
    ]


def _line(job: FailedJob, names: Any, language: str) -> JobLine:
    key = f"jobs.task.{job.task}"
    title = text(key, language)
    return JobLine(
        job.id,
        job.task if title == key else title,
        job.reference or "",
        job.attempts,
        job.error,
        job.failed_at,
        job.reason,
        names.get(job.given_up_by, ""),
    )


def _given_up(session: Session, failed: Sequence[FailedJob], language: str) -> list[JobLine]:
    found = [job for job in failed if job.given_up_by is not None]
    names = rows.names(session, [job.given_up_by for job in found])
    return [_line(job, names, language) for job in found]


def _timers(session: Session, language: str) -> list[tuple[rows.TimerLine, str]]:
    """The next timers with their names; not what rests until a letter has been notified."""
    found = rows.next_timers(session, HELD, TIMERS)
    return [(line, _timer_name(session, line, language)) for line in found]


def _timer_name(session: Session, line: rows.TimerLine, language: str) -> str:
    """What the diagram calls it; its id where it has no name or cannot be read any more."""
    try:
        programme = programme_of(session, line.version_id)
        named = name_of_element(programme, line.process_id, line.element_id, language)
    except (BadProgramme, NotFound):
        return line.element_id
    stage = stage_name(programme, line.process_id, language)
    return f"{stage}: {named}" if named else stage


def _check_chain(session: Session, reference: str) -> ChainResult:
    case_id: UUID | None = rows.case_id_of(session, reference)
    if case_id is None:
        return ChainResult("warning", "ops.not_found")
    chain = audit.verify_chain(session, case_id)
    if chain.intact:
        found = {"reference": reference, "count": chain.count}
        return ChainResult("success", "ops.chain_good", found)
    found = {"reference": reference, "event": chain.broken_at}
    return ChainResult("danger", "ops.chain_bad", found)


@router.post("/jobs/{job_id}/retry")
def retry(job_id: int, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """Have a failed job done again."""
    with door.transaction(actor) as session:
        operations.retry(session, actor, job_id)
    return pages.redirect(request, "/ops", "ops.retried")


@router.post("/jobs/{job_id}/give-up")
def give_up(
    job_id: int, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Note that nobody shall do a failed job, and why."""
    try:
        with door.transaction(actor) as session:
            operations.give_up(session, actor, job_id, str(form.get("reason", "")))
    except Invalid:
        return _page(request, actor, door, missing=job_id)
    return pages.redirect(request, "/ops", "ops.given_up")
