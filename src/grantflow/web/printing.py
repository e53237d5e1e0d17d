"""Outgoing post: the print queue as one PDF, what was posted, and the register of dispatches."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from grantflow.clock import today
from grantflow.errors import Conflict, Invalid, Problem
from grantflow.services import dispatches
from grantflow.services.policy import Actor
from grantflow.texts import text
from grantflow.web import explain, pages
from grantflow.web.caseworker import as_id
from grantflow.web.deps import CurrentDoor, Posted, StaffActor, blobs_of, visitor
from grantflow.web.downloads import pdf_response
from grantflow.web.paging import paging

router = APIRouter()


@router.get("/printing")
def show_queue(
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """What waits to be printed, and what left."""
    return _show(request, actor, door, page)


def _show(
    request: Request,
    actor: Actor,
    door: CurrentDoor,
    page: int = 1,
    *,
    posted_on: str = "",
    error: Problem | None = None,
    chosen: Collection[str] = (),
) -> Response:
    with door.reading(actor) as session:
        left = dispatches.register(session, actor, page=page)
        more = page + 1 if len(left) == dispatches.PAGE else page
        return pages.render(
            request,
            "caseworker/printing.html",
            status=422 if error else 200,
            queue=dispatches.print_queue(session, actor),
            register=left,
            paging=paging("/printing", {}, page, more),
            posted_on=posted_on or today().isoformat(),
            error=_said(error, visitor(request).language) if error else "",
            chosen=chosen,
        )


def _said(problem: Problem, language: str) -> str:
    return text(problem.key, language, **explain.shown(problem.params, language))


@router.get("/printing.pdf")
def download(
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    letter: Annotated[list[UUID] | None, Query()] = None,
) -> Response:
    """All queued letters, or those chosen, as one file to print."""
    try:
        with door.reading(actor) as session:
            content = dispatches.printable(session, actor, blobs_of(request), letter or None)
    except Conflict as error:  # nothing waits; the page says so
        return pages.redirect(request, "/printing", error.key, kind="info")
    return pdf_response(content, f"{today().isoformat()}")


@router.post("/printing")
def mark_posted(request: Request, actor: StaffActor, door: CurrentDoor, form: Posted) -> Response:
    """The chosen letters were handed to the post."""
    chosen = [str(value) for value in form.getlist("letter")]
    ids = [letter_id for value in chosen if (letter_id := as_id(value)) is not None]
    day, error, count = str(form.get("posted_on", "")), None, 0
    if not ids:
        error = Problem("caseworker.printing.none_chosen")
    else:
        try:
            posted_on = date.fromisoformat(day)
            with door.transaction(actor) as session:
                count = dispatches.mark_printed(session, actor, ids, posted_on=posted_on)
        except ValueError:
            error = Problem("caseworker.printing.date_wrong")
        except Invalid as refused:
            error = refused.problems[0]
        else:
            error = None if count else Problem("caseworker.printing.none_waiting")
    if error is not None:
        return _show(request, actor, door, posted_on=day, error=error, chosen=chosen)
    return pages.redirect(request, "/printing", "caseworker.printing.marked", count=count)
