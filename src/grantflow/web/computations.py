"""Computations for readers: result, steps with paragraphs, inputs, in words and figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.services import computation_views
from grantflow.services.policy import Actor
from grantflow.store.tables import Computation, Task
from grantflow.texts import catalogue, text
from grantflow.web import casefile, formats
from grantflow.web.deps import CurrentDoor, StaffActor, visitor
from grantflow.web.explain import Explained, explained

router = APIRouter(prefix="/cases")

# Numbers that are neither euro nor codes: shares, percentages, counts.
_PLAIN = frozenset({
    "above_share", "base_rate", "bound_months", "budget_year", "days", "decision_year", "margin",
    "minimum_own_share", "minimum_size", "months", "overdue_statements", "parts", "public_share",
    "quantity", "rate", "share", "size", "tolerance", "used_months", "weeks", "year",
})  # fmt: skip
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_RULES = re.compile(r"(\w+) (\d{4}-\d{2}-\d{2}) ([0-9a-f]{8,})")  # area, day, digest
_LATEST = 6


@dataclass(frozen=True)
class Cell:
    """A value in words; ``figure`` is set flush right."""

    text: str
    figure: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of one result, e.g. the segments of interest."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Shown:
    """One computation as the page shows it."""

    row: Computation
    title: str
    step: str
    values: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    steps: tuple[Explained, ...]
    inputs: tuple[tuple[str, str], ...]
    input_tables: tuple[Table, ...]
    version: str  # of the rules, in words
    earlier: bool  # a newer one of the same rule and step stands above


def shown(
    found: Sequence[Computation], element_name: Callable[[str], str], language: str
) -> list[Shown]:
    """Computations, newest first, as they are shown; ``element_name`` names a diagram element."""
    seen: set[tuple[str, str]] = set()
    listed = []
    for row in found:
        key = (row.rule, row.element_id)
        listed.append(_shown(row, element_name(row.element_id), language, key in seen))
        seen.add(key)
    return listed


def _shown(row: Computation, step: str, language: str, earlier: bool) -> Shown:
    values, tables = _parts(row.values, language)
    inputs, input_tables = _parts(row.inputs, language)
    return Shown(
        row=row,
        title=_named("rule", row.rule, language),
        step=step,
        values=values,
        tables=tables,
        steps=explained(row.steps, language),
        inputs=inputs,
        input_tables=input_tables,
        version=_version(row.version, language),
        earlier=earlier,
    )


def _version(stored: str, language: str) -> str:
    """``area day digest``, once or more, as people read it; anything else as it stands."""
    return _RULES.sub(lambda found: _rules(found[1], found[2], found[3], language), stored)


def _rules(area: str, day: str, digest: str, language: str) -> str:
    title = catalogue(language).get(f"rules_admin.area.{area}", area)
    written = formats.short_day(day, language)
    return text("computations.rules_of", language, area=title, day=written, digest=digest)


def _parts(
    values: Mapping[str, Any], language: str
) -> tuple[tuple[tuple[str, str], ...], tuple[Table, ...]]:
    """Single values with their labels, and lists of rows as tables."""
    pairs, tables = [], []
    for name, value in values.items():
        label = _named("name", name, language)
        rows = _rows(value)
        if rows:
            tables.append(_table(label, rows, language))
        else:
            pairs.append((label, _cell(name, value, language).text))
    return tuple(pairs), tuple(tables)


def _rows(value: Any) -> list[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        return [{"name": name, "amount": one} for name, one in value.items()]
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        return value
    return []


def _table(title: str, rows: Sequence[Mapping[str, Any]], language: str) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Table(
        title,
        tuple(_named("name", name, language) for name in names),
        tuple(tuple(_cell(name, row.get(name), language) for name in names) for row in rows),
    )


def _cell(name: str, value: Any, language: str) -> Cell:
    if value is None or value == "":
        return Cell("–")
    if isinstance(value, bool):
        return Cell(text("computations.yes" if value else "computations.no", language))
    if isinstance(value, list):
        return Cell(", ".join(_cell(name, one, language).text for one in value) or "–")
    written = str(value)
    if _DAY.fullmatch(written):
        return Cell(formats.short_day(written, language), figure=True)
    if _NUMBER.fullmatch(written):
        return Cell(_figure(name, written, language), figure=True)
    return Cell(_named("code", written, language))


def _figure(name: str, written: str, language: str) -> str:
    """Euro unless the name says otherwise; years without separators, six decimals kept."""
    if name.endswith("year"):
        return written
    if name == "amount_unrounded" or name in _PLAIN:
        return written.replace(".", ",") if language == "de" else written
    return formats.money(written, language)


def _named(kind: str, name: str, language: str) -> str:
    """The words for a rule, a fact or a code; a programme's own code shows itself."""
    key = f"computations.{kind}.{name}"
    said = text(key, language) if re.fullmatch(r"[\w/]+", name) else key
    return name.replace("_", " ") if said == key else said


@router.get("/{case_id}/computations")
def show_computations(
    case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """Everything that was computed in the case, newest first, each with its explanation."""
    language = visitor(request).language
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        found = computation_views.of_case(session, actor, case_id)
        lines = shown(found, lambda element: file.element_name(element, language), language)
        return casefile.show(
            request, file, "computations", "case/computations.html", computations=lines
        )


def beside(
    session: Session,
    actor: Actor,
    task: Task,
    element_name: Callable[[str], str],
    language: str,
) -> list[Shown]:
    """What the process of a task has computed, for ``partials/computation.html`` beside it."""
    found = computation_views.beside(session, actor, task)[:_LATEST]
    return shown(found, element_name, language)
