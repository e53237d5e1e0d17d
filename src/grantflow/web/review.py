"""Reviews of panel members: what is open and given, declaration first, then the score form."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow import clock
from grantflow.services import reviews
from grantflow.services.policy import Role, require_any
from grantflow.web import pages, task_page
from grantflow.web.deps import CurrentDoor, Posted, StaffActor
from grantflow.web.task_form import Button
from grantflow.web.task_page import Desk

router = APIRouter(prefix="/reviews")

DESK = Desk("/reviews", "review/task.html", Button("submit", "review.submit"), "review.thanks")


@router.get("")
def list_reviews(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """My reviews, open ones first."""
    require_any(actor, {Role.PANEL_MEMBER})
    with door.reading(actor) as session:
        found = reviews.my_reviews(session, actor)
        return pages.render(
            request,
            "review/list.html",
            open=[line for line in found if line.task.status == "open"],
            done=[line for line in found if line.task.status == "done"],
            now=clock.now(),
        )


@router.get("/{task_id}")
def show_review(task_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """One review: its declaration, its form, or what was given."""
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
    """Give the review."""
    return task_page.submit(request, actor, door, form, task_id, DESK)
