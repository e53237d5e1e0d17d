"""What happened in a case: the timeline, and each diagram with the present position and path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from grantflow.errors import NotFound
from grantflow.services import case_views
from grantflow.services.case_views import Position
from grantflow.store import casefile as rows
from grantflow.store.messages import list_events
from grantflow.store.tables import CaseEvent, ProcessInstance
from grantflow.texts import text
from grantflow.web import casefile
from grantflow.web.casefile import CaseFile
from grantflow.web.deps import CurrentDoor, StaffActor, visitor
from grantflow.web.diagram_words import worded
from grantflow.web.explain import shown

router = APIRouter(prefix="/cases")

_KINDS = {
    "tasks": ("task.", "conflict."),
    "letters": ("letter.", "dispatch."),
    "decisions": ("decision.", "grant."),
    "deadlines": ("deadline.",),
    "money": ("payment.",),
    "engine": ("step", "timer.", "rules.", "process.", "stage.", "message.received"),
}
_BOUNDARY = re.compile(r'<(?:\w+:)?boundaryEvent\b[^>]*?\bid="([^"]+)"')
_BACKGROUND = ("step", "rules.fired", "message.received")


@dataclass(frozen=True)
class EventLine:
    """An event in words."""

    at: datetime
    by: str
    public: bool
    text: str
    details: str


@dataclass(frozen=True)
class Choice:
    """An instance of a case that can be looked at."""

    row: ProcessInstance
    name: dict[str, str]
    indent: str


@router.get("/{case_id}/timeline")
def timeline(
    case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, kind: str = ""
) -> Response:
    """Everything that happened in the case, newest first."""
    language = visitor(request).language
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        events = list_events(session, case_id, public_only=False)
        wanted = [row for row in reversed(events) if _wanted(row, kind)]
        return casefile.show(
            request,
            file,
            "timeline",
            "case/timeline.html",
            events=[_event(row, file, language) for row in wanted],
            kinds=[(name, text(f"case.timeline.{name}", language)) for name in _KINDS],
            kind=kind if kind in _KINDS else "",
        )


def _wanted(event: CaseEvent, kind: str) -> bool:
    """Without a filter the steps of the machinery stay in the background."""
    if kind in _KINDS:
        return event.kind.startswith(_KINDS[kind])
    return event.kind not in _BACKGROUND


def _event(event: CaseEvent, file: CaseFile, language: str) -> EventLine:
    said = text(f"events.{event.kind}", language, **shown(event.data, language))
    details = ""
    if event.kind == "step":
        passed = event.data.get("passed", ())
        names = [file.element_name(element, language) for element in passed]
        details = " → ".join(name for name in names if name)
    elif event.kind == "rules.fired":
        details = ", ".join(str(rule) for rule in event.data.get("rules", ()))
    return EventLine(event.at, event.actor_name, event.public, said, details)


@router.get("/{case_id}/diagram")
def diagram(
    case_id: UUID,
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    instance: UUID | None = None,
) -> Response:
    """One process of the case: its drawing, and the same as lists."""
    language = visitor(request).language
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        positions = case_views.position(session, actor, case_id)
        chosen = _chosen(positions, instance)
        return casefile.show(
            request,
            file,
            "diagram",
            "case/diagram.html",
            chosen=chosen,
            instances=list(_choices(positions)),
            open=_names(file, chosen, _standing(chosen), language),
            passed=_names(file, chosen, chosen.passed if chosen else (), language),
        )


def _chosen(positions: Sequence[Position], wanted: UUID | None) -> Position | None:
    """The one asked for, else the newest that runs and waits for no other, else the newest."""
    if wanted is not None:
        return _find(positions, wanted)
    running = [one for one in positions if one.instance.status == "running"]
    callers = {one.instance.parent_id for one in running}
    innermost = [one for one in running if one.instance.id not in callers]
    return (innermost or [*positions] or [None])[-1]  # type: ignore[list-item]


def _find(positions: Sequence[Position], wanted: UUID) -> Position:
    for one in positions:
        if one.instance.id == wanted:
            return one
    raise NotFound("services.cases.instance_not_found")


def _choices(positions: Sequence[Position]) -> Iterator[Choice]:
    """Instances as a tree: children under the one that called them."""

    def below(parent: UUID | None, depth: int) -> Iterator[Choice]:
        for one in positions:
            if one.instance.parent_id == parent:
                yield Choice(one.instance, one.name, "\u2003" * depth)
                yield from below(one.instance.id, depth + 1)

    yield from below(None, 0)


def _standing(position: Position | None) -> list[str]:
    """The open elements without boundary events: those wait, but the case does not stand there."""
    if position is None:
        return []
    return sorted(position.open - set(_BOUNDARY.findall(position.xml)))


def _names(
    file: CaseFile, chosen: Position | None, elements: Iterable[str], language: str
) -> list[str]:
    """The names of elements; unnamed gateways and the like are left out."""
    if chosen is None:
        return []
    process_id = chosen.instance.process_id
    said = (
        casefile.name_of_element(file.programme, process_id, element, language)
        for element in elements
    )
    return [name for name in said if name]


@router.get("/{case_id}/diagram/{instance_id}.json")
def diagram_data(
    case_id: UUID, instance_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """The drawing of one process with the ids of what is open, passed and dropped."""
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        chosen = _find(case_views.position(session, actor, file.id), instance_id)
        dropped = rows.cancelled_elements(session, instance_id)
        return JSONResponse(
            {
                "xml": worded(chosen.xml, file.programme, visitor(request).language),
                "open": _standing(chosen),
                "passed": list(chosen.passed),
                "cancelled": [one for one in dropped if one not in chosen.open],
            }
        )
