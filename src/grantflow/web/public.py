"""Pages for everybody: what is offered now, one call, legal texts, the choice of language."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow import clock
from grantflow.forms import Field
from grantflow.programmes.load import Programme
from grantflow.services import catalogue, people
from grantflow.services.policy import Actor, Role
from grantflow.texts import LANGUAGES, text
from grantflow.web import pages, security
from grantflow.web.deps import (
    CurrentDoor,
    CurrentVisitor,
    OptionalActor,
    Posted,
    settings_of,
    visitor,
)
from grantflow.web.stepper import planned

router = APIRouter()

ANYBODY = Actor(None, "", "", "de", "nobody")
YEAR = 365 * 24 * 3600


@router.get("/")
def start(request: Request, actor: OptionalActor, door: CurrentDoor) -> Response:
    """Open calls; staff go on to their own work."""
    if actor is not None and actor.is_staff:
        return pages.redirect(request, "/dashboard")
    with door.reading(actor or ANYBODY) as session:
        calls = catalogue.open_calls(session)
        summaries = {
            line.call.id: catalogue.programme_of(
                session, line.call.programme_version_id
            ).file.summary
            for line in calls
        }
        return pages.render(
            request, "pages/start.html", calls=calls, summaries=summaries, now=clock.now()
        )


@router.get("/calls/{call_id}")
def call(call_id: UUID, request: Request, actor: OptionalActor, door: CurrentDoor) -> Response:
    """What a call is about, what is needed, and until when one may apply."""
    with door.reading(actor or ANYBODY) as session:
        found = catalogue.get_call(session, call_id)
        programme = catalogue.programme_of(session, found.programme_version_id)
        now = clock.now()
        ended = found.closes_at is not None and found.closes_at <= now
        return pages.render(
            request,
            "pages/call.html",
            call=found,
            programme=programme,
            file=programme.file,
            stages=planned(programme, visitor(request).language),
            needed=_needed(programme, visitor(request).language),
            is_open=found.opens_at <= now and not ended,
            ended=ended,
        )


def _needed(programme: Programme, language: str) -> list[tuple[str, list[str]]]:
    """The files that applicants hand in, by the stage that asks for them."""
    found = []
    for step in planned(programme, language):
        labels = list(dict.fromkeys(_files(programme, step.process_id, language)))
        if labels:
            found.append((step.name, labels))
    return found


def _files(programme: Programme, process_id: str, language: str) -> Iterator[str]:
    for element in programme.process(process_id).elements.values():
        role = element.properties.get("role") or programme.file.lanes.get(element.lane)
        form = programme.forms.get(element.properties.get("form", element.id))
        if element.kind == "user" and role == Role.APPLICANT and form is not None:
            yield from (_said(field, language) for field in form.file_fields())


def _said(field: Field, language: str) -> str:
    """A file by its label, and whether it has to be there."""
    label = field.label(language)
    if not field.limits.required:
        return text("applicant.call.voluntary", language, label=label)
    return text("applicant.call.depending", language, label=label) if field.hide else label


@router.post("/language")
def choose_language(
    request: Request, who: CurrentVisitor, door: CurrentDoor, data: Posted
) -> Response:
    """Show everything in this language from now on; kept in the account or in a cookie."""
    wanted = str(data.get("language", ""))
    target = security.local_path(str(data.get("next", "/")))
    response = pages.redirect(request, target)
    if wanted in LANGUAGES:
        if who.actor is not None:
            with door.transaction(who.actor) as session:
                people.change_language(session, who.actor, wanted)
        secure = settings_of(request).cookie_secure
        security.set_cookie(response, security.LANGUAGE_COOKIE, wanted, secure=secure, max_age=YEAR)
    return response


def _legal(request: Request, name: str) -> Response:
    language = visitor(request).language
    return pages.render(
        request,
        "pages/legal.html",
        heading=text(f"web.legal.{name}_title", language),
        body=text(f"web.legal.{name}", language),
    )


@router.get("/imprint")
def imprint(request: Request) -> Response:
    """Who runs this."""
    return _legal(request, "imprint")


@router.get("/privacy")
def privacy(request: Request) -> Response:
    """What is stored and why."""
    return _legal(request, "privacy")


@router.get("/accessibility")
def accessibility(request: Request) -> Response:
    """How accessible this is and whom to tell about barriers."""
    return _legal(request, "accessibility")
