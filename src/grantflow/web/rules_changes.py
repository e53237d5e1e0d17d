"""What rule managers send off: a new value, and a proposal on its way to release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from grantflow.clock import today
from grantflow.errors import Conflict, GrantFlowError, Invalid, NotAllowed, Problem
from grantflow.services import rule_changes
from grantflow.services.policy import Actor
from grantflow.services.rule_changes import NewValue
from grantflow.services.rule_values import read_day, read_value
from grantflow.store import rule_books as rows
from grantflow.store.tables import RuleVersion
from grantflow.web import pages
from grantflow.web.deps import CurrentDoor, Door, Posted, StaffActor
from grantflow.web.rules import area_page, version_page

router = APIRouter(prefix="/manage/rules")

FIELDS = ("name", "value", "since", "until", "source", "confidence", "note")
LONGEST = 2000


@router.post("/{area}/values")
def propose(
    area: str, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Put a value from a day on into the open proposal of a profile."""
    rule_changes.require_manager(actor)
    typed = {name: str(form.get(name, ""))[:LONGEST].strip() for name in FIELDS}
    try:
        with door.transaction(actor) as session:
            given = _new_value(session, area, typed)
            version = rule_changes.propose(session, actor, area, given)
    except (Invalid, Conflict) as error:
        with door.reading(actor) as session:
            return area_page(session, request, actor, area, today(), typed=typed, error=error)
    return pages.redirect(
        request, f"/manage/rules/versions/{version.id}", "rules_admin.proposal_added"
    )


def _new_value(session: Session, area: str, typed: dict[str, str]) -> NewValue:
    """The value as typed; every fault at once. Raises Invalid."""
    known = rule_changes.known_values(session, area)
    name = typed["name"]
    if name not in known:
        raise Invalid([Problem("rules_admin.name_unknown", {"name": name}, "name")])
    problems: list[Problem] = []
    value = _read(problems, lambda: read_value(name, typed["value"], known[name]))
    since = _read(problems, lambda: read_day(typed["since"], "since", required=True))
    until = _read(problems, lambda: read_day(typed["until"], "until", required=False))
    if problems or value is None or since is None:
        raise Invalid(problems)
    return NewValue(name, value, since, until, typed["source"], typed["confidence"], typed["note"])


def _read(problems: list[Problem], read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Invalid as error:
        problems += error.problems
        return None


Step = Callable[[Session, Actor, UUID, FormData], RuleVersion | None]


@router.post("/versions/{version_id}/submit")
def submit(
    version_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Hand a proposal over."""
    return _step(request, actor, door, form, version_id, _submit, "rules_admin.submitted")


def _submit(session: Session, actor: Actor, version_id: UUID, form: FormData) -> RuleVersion:
    return rule_changes.submit(session, actor, version_id, str(form.get("note", "")))


@router.post("/versions/{version_id}/release")
def release(
    version_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Put a colleague's proposal in force."""
    return _step(request, actor, door, form, version_id, _release, "rules_admin.released")


def _release(session: Session, actor: Actor, version_id: UUID, _form: FormData) -> RuleVersion:
    return rule_changes.release(session, actor, version_id)


@router.post("/versions/{version_id}/return")
def send_back(
    version_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Give a proposal back to its author."""
    return _step(request, actor, door, form, version_id, _send_back, "rules_admin.returned")


def _send_back(session: Session, actor: Actor, version_id: UUID, form: FormData) -> RuleVersion:
    return rule_changes.send_back(session, actor, version_id, str(form.get("note", "")))


@router.post("/versions/{version_id}/take-back")
def take_back(
    version_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Take one change out of a proposal."""
    return _step(request, actor, door, form, version_id, _take_back, "rules_admin.taken_back")


def _take_back(session: Session, actor: Actor, version_id: UUID, form: FormData) -> RuleVersion:
    raw = str(form.get("number", ""))
    number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 5 else -1
    return rule_changes.take_back(session, actor, version_id, number)


@router.post("/versions/{version_id}/discard")
def discard(version_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """Throw a proposal away."""
    with door.transaction(actor) as session:
        area = rows.get_version(session, version_id).area
        rule_changes.discard(session, actor, version_id)
    return pages.redirect(request, f"/manage/rules/{area}", "rules_admin.discarded")


def _step(
    request: Request,
    actor: Actor,
    door: Door,
    form: FormData,
    version_id: UUID,
    act: Step,
    done: str,
) -> Response:
    """Do a step of a proposal; what is refused is said on its page."""
    try:
        with door.transaction(actor) as session:
            version = act(session, actor, version_id, form)
    except (Invalid, Conflict) as error:
        return _refused(request, actor, door, version_id, error)
    except NotAllowed as error:
        if error.key != "rules_admin.four_eyes":
            raise
        return _refused(request, actor, door, version_id, error)
    number = version.number if version else 0
    return pages.redirect(request, f"/manage/rules/versions/{version_id}", done, number=number)


def _refused(
    request: Request, actor: Actor, door: Door, version_id: UUID, error: GrantFlowError
) -> Response:
    with door.reading(actor) as session:
        return version_page(session, request, actor, version_id, error=error)
