"""Ranked lists: the calls, the list of one with its cut line, and the decision on it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow.errors import Conflict, Invalid
from grantflow.services import ranking
from grantflow.services.policy import Actor, Role
from grantflow.store import casefile as names
from grantflow.web import pages, refusals
from grantflow.web.deps import CurrentDoor, Door, Posted, StaffActor
from grantflow.web.refusals import Refusal

router = APIRouter(prefix="/rankings")


@router.get("")
def list_calls(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The calls with how many of their cases are undecided."""
    with door.reading(actor) as session:
        return pages.render(request, "money/rankings.html", calls=ranking.calls(session, actor))


@router.get("/{call_id}")
def show(call_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The list of a call as it would be decided now."""
    return _show(request, actor, door, call_id)


def _show(
    request: Request, actor: Actor, door: Door, call_id: UUID, refused: Refusal = refusals.NOTHING
) -> Response:
    with door.reading(actor) as session:
        found = ranking.ranked(session, actor, call_id)
        earlier = ranking.decided(session, actor, call_id)
        call = found.call
        decides = actor.has_role(Role.HEAD_OF_UNIT, call.authority_id, call.programme_id)
        return pages.render(
            request,
            "money/ranking.html",
            status=422 if refused else 200,
            ranked=found,
            earlier=earlier,
            decides=decides,
            names=names.names(session, [row.by for row in earlier]),
            refused=refused,
        )


@router.post("/{call_id}")
def decide(
    call_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Decide on the list as it was seen."""
    reasons, seen = str(form.get("reasons", "")), str(form.get("seen", ""))
    try:
        with door.transaction(actor) as session:
            ranking.decide(session, actor, call_id, reasons, seen)
    except (Invalid, Conflict) as error:
        refused = refusals.refusal(request, error, ("reasons",), {"reasons": reasons})
        return _show(request, actor, door, call_id, refused)
    return pages.redirect(request, f"/rankings/{call_id}", "money.ranking.decided")
