"""The case file for staff: list of cases, overview, deadlines, payments, messages and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.errors import Invalid, Problem
from grantflow.programmes.vocabulary import STATUSES
from grantflow.services import cases, messages
from grantflow.services.notification import HELD
from grantflow.services.policy import WITH_FILES, Actor, require_any
from grantflow.services.side_processes import startable
from grantflow.services.task_views import open_tasks
from grantflow.store import casefile as rows
from grantflow.store import deadlines as deadline_rows
from grantflow.store import instances, payments, reviews
from grantflow.store.cases import CaseFilter
from grantflow.store.tables import Deadline, Decision, Timer
from grantflow.texts import text
from grantflow.web import casefile, pages, stages
from grantflow.web.caseworker import programme_choices
from grantflow.web.deps import CurrentDoor, Posted, StaffActor, visitor
from grantflow.web.explain import Explained, explained
from grantflow.web.paging import paging, require_known
from grantflow.web.rules import area_title

router = APIRouter(prefix="/cases")


class CaseQuery(BaseModel):
    """What the address of the list of cases asks for."""

    text: str = Field("", max_length=200)
    programme: str = Field("", max_length=40)
    status: str = Field("", max_length=40)
    stage: str = Field("", max_length=100)
    page: int = Field(1, ge=1, le=100_000)

    @property
    def narrows(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.text or self.programme or self.status or self.stage)

    def wanted(self) -> CaseFilter:
        """The same for the service."""
        return CaseFilter(
            programme_id=UUID(self.programme) if self.programme else None,
            status=self.status,
            stage=self.stage,
            text=self.text,
        )


@router.get("")
def list_cases(
    query: Annotated[CaseQuery, Query()], request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """Cases of the actor's programmes, newest first."""
    require_any(actor, WITH_FILES)
    language = visitor(request).language
    with door.reading(actor) as session:
        programmes = programme_choices(session, language, actor)
        named = stages.names(session, actor, language)
        require_known(query.programme, (code for code, _ in programmes), "web.query.programme")
        require_known(query.status, STATUSES, "web.query.status")
        require_known(query.stage, named, "web.query.stage")
        offset = (query.page - 1) * cases.PAGE
        found = cases.list_cases(session, actor, query.wanted(), offset=offset)
        count = max(1, -(-found.total // cases.PAGE))
        if query.page > count:
            raise Invalid([Problem("web.query.page")])
        return pages.render(
            request,
            "case/list.html",
            filter=query,
            lines=found.lines,
            total=found.total,
            programmes=programmes,
            statuses=[(code, text(f"status.{code}", language)) for code in STATUSES],
            stages=stages.choices(named),
            stage_names=named,
            paging=paging("/cases", query.model_dump(exclude={"page"}), query.page, count),
        )


@dataclass(frozen=True)
class DecisionLine:
    """A decision with its outcome in words."""

    row: Decision
    outcome_text: str


@router.get("/{case_id}")
def overview(case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """What is open in the case, what was decided, and its key facts."""
    language = visitor(request).language
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        decisions = payments.list_decisions(session, case_id)
        waiting = open_tasks(session, actor, case_id)
        people = [task.assignee_id for task in waiting]
        people += [who for row in decisions for who in (row.prepared_by, row.countersigned_by)]
        return casefile.show(
            request,
            file,
            "overview",
            "case/overview.html",
            tasks=waiting,
            timers=_timers(session, case_id),
            deadlines=_running(deadline_rows.list_deadlines(session, case_id)),
            decisions=[DecisionLine(row, _outcome(row, language)) for row in decisions],
            declarations=reviews.list_declarations(session, case_id),
            names=rows.names(session, people),
            version=rows.version_number(session, file.parts.case.programme_version_id),
            rules_area=lambda area: area_title(area, language),
            side_processes=startable(session, actor, file.parts.case, file.programme),
        )


def _running(deadlines: Sequence[Deadline]) -> list[Deadline]:
    return [row for row in deadlines if row.state == "running"]


def _outcome(row: Decision, language: str) -> str:
    """A programme may have outcomes of its own; those show their code."""
    key = f"case.outcome.{row.outcome.lower()}"
    said = text(key, language)
    return row.outcome if said == key else said


@router.post("/{case_id}/processes")
def start_process(
    case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Start a side process of the case."""
    with door.transaction(actor) as session:
        cases.start_side_process(session, actor, case_id, str(form.get("process", "")))
    return pages.redirect(request, f"/cases/{case_id}", "case.overview.side_started")


@dataclass(frozen=True)
class DeadlineLine:
    """A deadline with the steps of its calculation in words."""

    row: Deadline
    steps: tuple[Explained, ...]


def _timers(session: Session, case_id: UUID) -> list[Timer]:
    """What the diagrams wait for; not what rests until a letter has been notified again."""
    return [one for one in instances.list_timers(session, case_id) if one.due_at < HELD]


@router.get("/{case_id}/deadlines")
def deadlines(case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The deadlines of the case, each with its calculation and the paragraphs it rests on."""
    language = visitor(request).language
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        found = deadline_rows.list_deadlines(session, case_id)
        lines = [DeadlineLine(row, explained(row.explanation, language)) for row in found]
        timers = _timers(session, case_id)
        return casefile.show(
            request, file, "deadlines", "case/deadlines.html", deadlines=lines, timers=timers
        )


@router.get("/{case_id}/messages")
def show_messages(
    case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """What was written with the applicant, and notes of the authority."""
    return _messages(request, actor, door, case_id)


def _messages(
    request: Request, actor: Actor, door: CurrentDoor, case_id: UUID, **more: Any
) -> Response:
    context: dict[str, Any] = {"missing": "", **more}
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        context["may_write"] = messages.may_write(actor, file.parts.case)
        found = messages.list_messages(session, actor, case_id)
        status = 422 if context["missing"] else 200
        return casefile.show(
            request,
            file,
            "messages",
            "case/messages.html",
            status=status,
            messages=found,
            **context,
        )


@router.post("/{case_id}/messages")
def write_message(
    case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Write to the applicant, or keep a note."""
    internal = form.get("internal") == "1"
    body = str(form.get("body", ""))
    try:
        with door.transaction(actor) as session:
            messages.write(session, actor, case_id, body, internal=internal)
    except Invalid:
        missing = "internal" if internal else "with_applicant"
        return _messages(request, actor, door, case_id, missing=missing)
    key = "case.messages.kept" if internal else "case.messages.sent"
    return pages.redirect(request, f"/cases/{case_id}/messages", key)
