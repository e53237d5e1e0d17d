"""What happened in a case: the timeline, and each diagram with the present position and path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.errors import NotFound
from grantflow.store import casefile as rows
from grantflow.store import instances
from grantflow.store.messages import list_events, passed_elements
from grantflow.store.tables import CaseEvent, ProcessInstance
from grantflow.texts import text
from grantflow.web import casefile
from grantflow.web.casefile import CaseFile
from grantflow.web.deps import CurrentDoor, StaffActor, visitor
from grantflow.web.explain import shown

router = APIRouter(prefix="/cases")

_KINDS = {
    "tasks": ("task.", "conflict."),
    "letters": ("letter.", "dispatch."),
    "decisions": ("decision.", "grant."),
    "deadlines": ("deadline.",),
    "money": ("payment.",),
    "engine": ("step", "timer.", "rules.", "process.", "message."),
}
_BACKGROUND = ("step", "rules.fired")


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
    name: str
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
        all_rows = instances.list_instances(session, case_id)
        row = _chosen(all_rows, instance)
        position = _position(session, row) if row else None
        naming = _namer(file, row, language)
        return casefile.show(
            request,
            file,
            "diagram",
            "case/diagram.html",
            instance=row,
            name=_process_name(file, row.process_id, language) if row else "",
            instances=list(_choices(file, all_rows, language)),
            open=[naming(element) for element in position.open] if position else [],
            passed=list(_named(position.passed, naming)) if position else [],
        )


def _chosen(found: Sequence[ProcessInstance], wanted: UUID | None) -> ProcessInstance | None:
    """The one asked for, else the newest that runs, else the newest."""
    if wanted is not None:
        chosen = [row for row in found if row.id == wanted]
        if not chosen:
            raise NotFound("cases.instance_not_found")
        return chosen[0]
    running = [row for row in found if row.status == "running"]
    return (running or list(found) or [None])[-1]


def _choices(
    file: CaseFile, found: Sequence[ProcessInstance], language: str
) -> Iterator[Choice]:
    """Instances as a tree: children under the one that called them."""

    def below(parent: UUID | None, depth: int) -> Iterator[Choice]:
        for row in found:
            if row.parent_id == parent:
                name = _process_name(file, row.process_id, language)
                yield Choice(row, name, "\u2003" * depth)
                yield from below(row.id, depth + 1)

    yield from below(None, 0)


def _process_name(file: CaseFile, process_id: str, language: str) -> str:
    return casefile.stage_name(file.programme, process_id, language)


def _namer(file: CaseFile, row: ProcessInstance | None, language: str) -> Any:
    def name(element_id: str) -> str:
        assert row is not None
        said = casefile.name_of_element(file.programme, row.process_id, element_id, language)
        return said

    return name


def _named(elements: Sequence[str], naming: Any) -> Iterator[str]:
    """Names of the path; unnamed gateways and the like are left out."""
    for element in elements:
        said = naming(element)
        if said:
            yield said


@dataclass(frozen=True)
class Position:
    """Where an instance stands and how it came there, as element ids."""

    open: tuple[str, ...]
    passed: tuple[str, ...]
    cancelled: tuple[str, ...]


def _position(session: Session, row: ProcessInstance) -> Position:
    here = instances.projection(session, row.id)
    running = [
        child.parent_task_id for child in instances.children(session, row.id)
    ]
    found = [*(task.element_id for task in here.tasks.values())]
    return Position(tuple(dict.fromkeys(found)), tuple(passed_elements(session, row.id)), ())


@router.get("/{case_id}/diagram/{instance_id}.json")
def diagram_data(
    case_id: UUID, instance_id: UUID, actor: StaffActor, door: CurrentDoor
) -> Response:
    """The drawing of one process with the ids of what is open, passed and dropped."""
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        row = rows.get_instance_of(session, case_id, instance_id)
        position = _position(session, row)
        xml = file.programme.process(row.process_id).xml.decode("utf-8")
        body = {
            "xml": xml,
            "open": list(position.open),
            "passed": list(position.passed),
            "cancelled": list(position.cancelled),
        }
    return JSONResponse(body)
