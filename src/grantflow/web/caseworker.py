"""The work of staff: the overview after signing in and the lists of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow import clock
from grantflow.errors import Conflict, NotAllowed, NotFound
from grantflow.services import cases, catalogue, task_views, tasks
from grantflow.services.policy import WITH_FILES, Actor, require_any
from grantflow.services.reach import case_reach
from grantflow.store.tables import Task
from grantflow.store.worklists import TaskFilter, TaskLine
from grantflow.texts import text
from grantflow.web import overview, pages, security, stages, task_page
from grantflow.web.deps import CurrentDoor, Posted, StaffActor, visitor
from grantflow.web.paging import address, paging, require_known
from grantflow.web.task_form import Button
from grantflow.web.task_page import Desk

router = APIRouter()

MOST_AT_ONCE = 100
DESK = Desk(
    "/tasks",
    "caseworker/task.html",
    Button("submit", "caseworker.task.complete"),
    "caseworker.tasks.done",
)


class TaskQuery(BaseModel):
    """What the address of a task list asks for."""

    scope: str = "mine"
    text: str = Field("", max_length=200)
    programme: str = Field("", max_length=40)
    stage: str = Field("", max_length=100)
    overdue: bool = False
    escalated: bool = False
    page: int = Field(1, ge=1, le=100_000)

    @property
    def narrows(self) -> bool:
        """Whether anything but the scope was chosen."""
        ticked = self.overdue or self.escalated
        return bool(self.text or self.programme or self.stage or ticked)

    @property
    def filters(self) -> dict[str, str | int]:
        """The parts of the address without the page."""
        ticks = {"overdue", "escalated"}
        found = self.model_dump(exclude={"page", *ticks})
        return found | {name: 1 if getattr(self, name) else "" for name in sorted(ticks)}

    def wanted(self) -> TaskFilter:
        """The same for the service."""
        return TaskFilter(
            programme_id=UUID(self.programme) if self.programme else None,
            stage=self.stage,
            text=self.text,
            overdue_at=clock.now() if self.overdue else None,
            escalated=self.escalated,
        )


def as_id(value: str) -> UUID | None:
    """An id out of a form, None for nothing. Raises NotFound for anything else."""
    return required_id(value) if value else None


def required_id(value: str) -> UUID:
    """An id out of a form. Raises NotFound for anything else."""
    try:
        return UUID(value)
    except ValueError:
        raise NotFound from None


def show_dashboard(request: Request, actor: Actor, door: CurrentDoor) -> Response:
    """The own work at a glance; shown to staff at the start page."""
    with door.reading(actor) as session:
        work = task_views.list_tasks(session, actor, "roles", size=8)
        sees_cases = bool(case_reach(actor))
        return pages.render(
            request,
            "caseworker/dashboard.html",
            tiles=overview.tiles(session, actor),
            lines=work.lines,
            cases=cases.list_cases(session, actor, limit=6).lines if sees_cases else None,
            now=clock.now(),
        )


@router.get("/dashboard")
def dashboard(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The own work at a glance."""
    return show_dashboard(request, actor, door)


@router.get("/tasks")
def list_tasks(
    query: Annotated[TaskQuery, Query()], request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """Open tasks: mine, of my roles, all; due first."""
    require_any(actor, WITH_FILES)
    language = visitor(request).language
    with door.reading(actor) as session:
        programmes = programme_choices(session, language, actor)
        named = stages.names(session, actor, language)
        require_known(query.scope, task_views.SCOPES, "web.query.scope", empty=False)
        require_known(query.programme, (code for code, _ in programmes), "web.query.programme")
        require_known(query.stage, named, "web.query.stage")
        found = task_views.list_tasks(
            session, actor, query.scope, wanted=query.wanted(), page=query.page
        )
        pages_of = paging("/tasks", query.filters, found.page, found.pages)
        return pages.render(
            request,
            "caseworker/tasks.html",
            filter=query,
            lines=found.lines,
            total=found.total,
            scopes=_scopes(language, found, query.filters),
            programmes=programmes,
            stages=stages.choices(named),
            claimable=_claimable(actor, found.lines),
            releasable=_releasable(actor, found.lines),
            paging=pages_of,
            here=pages_of.here,
            now=clock.now(),
        )


def _scopes(
    language: str, found: task_views.TaskList, filters: Mapping[str, str | int]
) -> list[tuple[str, str, int | None, bool]]:
    """The tabs; each keeps the filters, because its count is under the same filters."""
    return [
        (
            address("/tasks", {**filters, "scope": name}),
            text(f"caseworker.tasks.{name}", language),
            int(getattr(found.counts, name)),
            name == found.scope,
        )
        for name in task_views.SCOPES
    ]


def programme_choices(session: Session, language: str, actor: Actor) -> list[tuple[str, str]]:
    """The programmes of the actor for a filter, by title."""
    rows = [line.programme for line in catalogue.list_programmes(session, actor)]
    found = [(str(row.id), pages.localised(row.title, language)) for row in rows]
    return sorted(found, key=lambda choice: choice[1].lower())


def _claimable(actor: Actor, lines: Sequence[TaskLine]) -> set[UUID]:
    """Free tasks of the actor's roles; four eyes are checked when the task is taken."""
    return {
        line.task.id
        for line in lines
        if line.task.assignee_id is None and has_role(actor, line.task)
    }


def has_role(actor: Actor, task: Task) -> bool:
    """Whether the actor has the role of a task."""
    return actor.has_role(task.role, task.authority_id, task.programme_id)


def _releasable(actor: Actor, lines: Sequence[TaskLine]) -> set[UUID]:
    """Own tasks that were taken and not assigned by the diagram."""
    return {
        line.task.id
        for line in lines
        if line.task.assignee_id == actor.account_id and not line.task.facts.get("declaration")
    }


@router.post("/tasks/claim")
def claim_many(request: Request, actor: StaffActor, door: CurrentDoor, form: Posted) -> Response:
    """Take several free tasks; what cannot be taken is said, the others are taken."""
    back = security.local_path(str(form.get("next", "/tasks")))
    chosen = [required_id(str(value)) for value in form.getlist("task")][:MOST_AT_ONCE]
    if not chosen:
        return pages.redirect(request, back, "caseworker.tasks.none_chosen", kind="warning")
    refusals = []
    for task_id in chosen:
        try:
            with door.transaction(actor) as session:
                tasks.claim(session, actor, task_id)
        except (NotAllowed, Conflict, NotFound) as error:
            refusals.append(error)
    if refusals:
        reason = text(refusals[0].key, visitor(request).language, **refusals[0].params)
        key = "caseworker.tasks.not_claimed"
        return pages.redirect(
            request, back, key, kind="warning", count=len(refusals), reason=reason
        )
    return pages.redirect(request, back, "caseworker.tasks.claimed_many", count=len(chosen))


@router.post("/tasks/{task_id}/claim")
def claim(
    task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Take a free task."""
    with door.transaction(actor) as session:
        tasks.claim(session, actor, task_id)
    return pages.redirect(request, _back(form, task_id), "caseworker.tasks.claimed")


@router.post("/tasks/{task_id}/release")
def release(
    task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Give a task back to everybody with its role."""
    with door.transaction(actor) as session:
        tasks.release(session, actor, task_id)
    return pages.redirect(request, _back(form, task_id), "caseworker.tasks.released")


@router.post("/tasks/{task_id}/hand-over")
def hand_over(
    task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Give a task to a colleague."""
    to = as_id(str(form.get("to", "")))
    if to is None:
        here = f"/tasks/{task_id}"
        return pages.redirect(request, here, "caseworker.tasks.choose_colleague", kind="warning")
    with door.transaction(actor) as session:
        tasks.hand_over(session, actor, task_id, to)
    return pages.redirect(request, "/tasks", "caseworker.tasks.handed_over")


def _back(form: Posted, task_id: UUID) -> str:
    """Where the button was: the list with its filters, else the task."""
    sent = str(form.get("next", ""))
    return security.local_path(sent) if sent else f"/tasks/{task_id}"


@router.get("/tasks/{task_id}")
def show_task(task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """One task: its form beside the facts of the case."""
    return task_page.show(request, actor, door, task_id, DESK)


@router.post("/tasks/{task_id}/declaration")
def declare(
    task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Say whether there is a conflict of interest."""
    return task_page.declare(request, actor, door, form, task_id, DESK)


@router.post("/tasks/{task_id}")
def submit(
    task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Complete the task."""
    return task_page.submit(request, actor, door, form, task_id, DESK)
