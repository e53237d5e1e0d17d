"""Samples for in-depth audits: draw one, see who is in it and why, draw it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow import clock
from grantflow.errors import Conflict, Invalid, Problem
from grantflow.services import sampling
from grantflow.services.policy import Actor
from grantflow.web import pages
from grantflow.web.caseworker import as_id
from grantflow.web.deps import CurrentDoor, Door, Posted, StaffActor

router = APIRouter(prefix="/audits")


@router.get("")
def list_draws(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """Draws so far, and the form for a new one."""
    return _page(request, actor, door)


def _page(
    request: Request,
    actor: Actor,
    door: Door,
    values: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
) -> Response:
    with door.reading(actor) as session:
        return pages.render(
            request,
            "receipts/draws.html",
            status=422 if problems else 200,
            calls=sampling.calls(session, actor),
            draws=sampling.draws(session, actor),
            values=values or {"call": "", "year": str(clock.today().year), "seed": ""},
            problems=problems,
            by_place={problem.place: problem for problem in problems},
        )


@router.get("/{draw_id}")
def show_draw(draw_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The population of a draw with points, reasons and ranks, and the seed."""
    with door.reading(actor) as session:
        found = sampling.show(session, actor, draw_id)
        return pages.render(request, "receipts/draw.html", found=found, draw=found.draw)


@router.post("")
def draw(request: Request, actor: StaffActor, door: CurrentDoor, data: Posted) -> Response:
    """Draw a sample and begin the audits."""
    values = {name: str(data.get(name, "")).strip() for name in ("call", "year", "seed")}
    call_id = as_id(values["call"])
    year = int(values["year"]) if values["year"].isdecimal() and len(values["year"]) == 4 else 0
    if call_id is None:
        problem = Problem("sampling.choose_call", place="call")
        return _page(request, actor, door, values, [problem])
    try:
        with door.transaction(actor) as session:
            found = sampling.draw(session, actor, call_id, year, values["seed"])
            draw_id = found.id
    except Invalid as error:
        return _page(request, actor, door, values, error.problems)
    except Conflict as error:
        return _page(request, actor, door, values, [Problem(error.key, error.params, "call")])
    return pages.redirect(request, f"/audits/{draw_id}", "sampling.page.drawn")
