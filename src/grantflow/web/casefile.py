"""What every page of one case shows: head, tabs, and the names programmes give to things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow import clock
from grantflow.programmes.load import Programme
from grantflow.services import cases
from grantflow.services.catalogue import programme_of
from grantflow.services.insight import require_file
from grantflow.services.policy import Actor
from grantflow.store.cases import CaseParts, case_parts
from grantflow.store.tables import Organisation
from grantflow.texts import text
from grantflow.web import pages
from grantflow.web.deps import visitor

TABS = (
    ("overview", ""),
    ("timeline", "/timeline"),
    ("forms", "/forms"),
    ("documents", "/documents"),
    ("letters", "/letters"),
    ("deadlines", "/deadlines"),
    ("payments", "/payments"),
    ("computations", "/computations"),
    ("messages", "/messages"),
    ("diagram", "/diagram"),
)


@dataclass(frozen=True)
class CaseFile:
    """A case with its surroundings and its programme, for one reader."""

    parts: CaseParts
    programme: Programme

    @property
    def id(self) -> UUID:
        """The id of the case."""
        return self.parts.case.id

    def stage_name(self, language: str) -> str:
        """The name of the stage the case is in."""
        return stage_name(self.programme, self.parts.case.stage, language)

    def element_name(self, element_id: str, language: str) -> str:
        """The name of a diagram element, wherever in the programme it is drawn."""
        for process_id in self.programme.processes:
            if element_id in self.programme.process(process_id).elements:
                return name_of_element(self.programme, process_id, element_id, language)
        return element_id


def open_file(session: Session, actor: Actor, case_id: UUID) -> CaseFile:
    """The case file, if the actor may see it. Raises NotFound, NotAllowed."""
    case = cases.get_case(session, actor, case_id)
    require_file(actor, case)
    return CaseFile(case_parts(session, case_id), programme_of(session, case.programme_version_id))


def stage_name(programme: Programme, stage: str, language: str) -> str:
    """The name of a stage, which is the name of its process; else its code."""
    known = programme.processes.get(stage)
    if known is None:
        return stage
    return (known.name_en if language == "en" else "") or known.name or stage


def name_of_element(programme: Programme, process_id: str, element_id: str, language: str) -> str:
    """The name of an element of a process; empty for an unnamed gateway or the like."""
    element = programme.process(process_id).elements.get(element_id)
    if element is None:
        return element_id
    return (element.name_en if language == "en" else "") or element.name


def address(organisation: Organisation) -> str:
    """Street and town on one line."""
    town = f"{organisation.postcode} {organisation.town}".strip()
    return ", ".join(part for part in (organisation.street, town) if part)


def head(request: Request, file: CaseFile, current: str) -> dict[str, Any]:
    """What ``case/file.html`` needs."""
    language = visitor(request).language
    base = f"/cases/{file.id}"
    return {
        "case": file.parts.case,
        "organisation": file.parts.organisation,
        "programme": file.parts.programme,
        "call": file.parts.call,
        "address": address(file.parts.organisation),
        "stage": file.stage_name(language),
        "now": clock.now(),
        "element_name": lambda element_id: file.element_name(element_id, language),
        "tabs": [
            (base + path, text(f"case.tabs.{name}", language), None, name == current)
            for name, path in TABS
        ],
    }


def show(
    request: Request, file: CaseFile, tab: str, template: str, /, *, status: int = 200, **more: Any
) -> Response:
    """One section of the case file."""
    context: Mapping[str, Any] = {**head(request, file, tab), **more}
    return pages.render(request, template, status=status, **context)
