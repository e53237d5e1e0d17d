"""Decisions that a second person checks: the list, and one with its draft letter beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow import clock
from grantflow.services.policy import require_account, require_any
from grantflow.services.reach import sight
from grantflow.store import casefile as rows
from grantflow.store.tables import Task
from grantflow.web import pages, task_page
from grantflow.web.deps import CurrentDoor, Posted, StaffActor
from grantflow.web.overview import COUNTERSIGNERS, MOST
from grantflow.web.task_form import Button
from grantflow.web.task_page import Desk

router = APIRouter(prefix="/decisions")

DESK = Desk(
    "/decisions",
    "decide/task.html",
    Button("submit", "caseworker.task.complete"),
    "caseworker.tasks.done",
)


@dataclass(frozen=True)
class DecisionLine:
    """A decision that waits for the actor."""

    task: Task
    reference: str
    case_title: str
    organisation: str
    requested: Decimal | None
    prepared_by: str


@router.get("")
def list_decisions(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """What waits for a second person, without what the actor prepared."""
    require_any(actor, COUNTERSIGNERS)
    with door.reading(actor) as session:
        found = rows.to_countersign(session, require_account(actor), sight(actor).by_role, MOST)
        who = rows.preparers(session, [line.task for line in found])
        lines = [
            DecisionLine(
                line.task,
                line.reference,
                line.case_title,
                line.organisation,
                line.requested,
                who.get(line.task.id, ""),
            )
            for line in found
        ]
        return pages.render(request, "decide/list.html", lines=lines, now=clock.now())


@router.get("/{task_id}")
def show_decision(
    task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """One decision with the draft of its letter."""
    return task_page.show(request, actor, door, task_id, DESK)


@router.post("/{task_id}/declaration")
def declare(
    task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Say whether there is a conflict of interest."""
    return task_page.declare(request, actor, door, form, task_id, DESK)


@router.post("/{task_id}")
def submit(
    task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Decide."""
    return task_page.submit(request, actor, door, form, task_id, DESK)
