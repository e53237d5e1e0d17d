"""What is noted about a dispatch: return, receipt, second notification, waiver of remedies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from grantflow.errors import Conflict, Invalid, Problem
from grantflow.services import dispatch_register, renotification
from grantflow.services.policy import Actor
from grantflow.store.tables import Dispatch
from grantflow.web import pages
from grantflow.web.deps import CurrentDoor, Door, Posted, StaffActor
from grantflow.web.dispatch_register import entry_page

router = APIRouter(prefix="/dispatches")

FIELDS = ("on", "reason", "note", "channel", "sent_on", "why")
LONGEST = 1000
Act = Callable[[Session, Actor, UUID, dict[str, str]], Dispatch]


@router.post("/{dispatch_id}/return")
def record_return(
    dispatch_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """The letter came back."""
    return _note(request, actor, door, form, dispatch_id, "return", _return)


def _return(session: Session, actor: Actor, dispatch_id: UUID, typed: dict[str, str]) -> Dispatch:
    on = _day(typed, "on")
    reason, note = typed["reason"], typed["note"]
    return renotification.record_return(session, actor, dispatch_id, on, reason, note)


@router.post("/{dispatch_id}/receipt")
def record_receipt(
    dispatch_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """The letter arrived, was retrieved or acknowledged on a day."""
    return _note(request, actor, door, form, dispatch_id, "receipt", _receipt)


def _receipt(session: Session, actor: Actor, dispatch_id: UUID, typed: dict[str, str]) -> Dispatch:
    on = _day(typed, "on")
    return renotification.record_receipt(session, actor, dispatch_id, on, typed["note"])


@router.post("/{dispatch_id}/again")
def notify_again(
    dispatch_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """The letter is notified once more."""
    return _note(request, actor, door, form, dispatch_id, "again", _again)


def _again(session: Session, actor: Actor, dispatch_id: UUID, typed: dict[str, str]) -> Dispatch:
    sent_on = _day(typed, "sent_on") if typed["sent_on"] else None
    channel, why = typed["channel"], typed["why"]
    return renotification.notify_again(session, actor, dispatch_id, channel, why, sent_on)


@router.post("/{dispatch_id}/waiver")
def record_waiver(
    dispatch_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Remedies were waived."""
    return _note(request, actor, door, form, dispatch_id, "waiver", _waiver)


def _waiver(session: Session, actor: Actor, dispatch_id: UUID, typed: dict[str, str]) -> Dispatch:
    on = _day(typed, "on")
    return renotification.record_waiver(session, actor, dispatch_id, on, typed["note"])


def _day(typed: dict[str, str], place: str) -> date:
    if not typed[place]:
        raise Invalid([Problem("dispatches.day_missing", place=place)])
    try:
        return date.fromisoformat(typed[place])
    except ValueError:
        raise Invalid([Problem("dispatches.date_wrong", place=place)]) from None


def _note(
    request: Request,
    actor: Actor,
    door: Door,
    form: FormData,
    dispatch_id: UUID,
    step: str,
    act: Act,
) -> Response:
    """Do a step and show the entry that counts then; what is refused is said on the page."""
    typed = {name: str(form.get(name, ""))[:LONGEST].strip() for name in FIELDS}
    with door.reading(actor) as session:
        dispatch_register.require_recorder(session, actor, dispatch_id)
    try:
        with door.transaction(actor) as session:
            shown = act(session, actor, dispatch_id, typed).id
    except (Invalid, Conflict) as error:
        with door.reading(actor) as session:
            return entry_page(
                session, request, actor, dispatch_id, typed=typed, step=step, error=error
            )
    return pages.redirect(request, f"/dispatches/{shown}", f"dispatches.done.{step}")
