"""The success review of a programme: indicators of all projects, and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.clock import today
from grantflow.errors import NotAllowed
from grantflow.services import catalogue, indicators
from grantflow.services.indicators import IndicatorLine, Success
from grantflow.services.policy import Actor
from grantflow.texts import text
from grantflow.treasury.orders import harmless
from grantflow.web import pages
from grantflow.web.caseworker import programme_choices
from grantflow.web.deps import CurrentDoor, StaffActor, visitor
from grantflow.web.navigation import SUCCESS
from grantflow.web.paging import require_known

router = APIRouter(prefix="/success")

COLUMNS = (
    "reference", "project", "organisation", "goal", "indicator", "baseline", "target",
    "target_on", "source", "actual", "state", "share",
)  # fmt: skip
TONES = {"open": "neutral", "said": "info", "reached": "success", "missed": "warning"}


@router.get("")
def show(
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    programme: Annotated[str, Query(max_length=40)] = "",
    call: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Indicators with target and actual, and the reviews of the projects."""
    language = visitor(request).language
    _require(actor)
    with door.reading(actor) as session:
        programmes, calls, found = _found(session, actor, language, programme, call)
        chosen = programme or (programmes[0][0] if programmes else "")
        return pages.render(
            request,
            "success/index.html",
            programmes=programmes,
            calls=calls,
            programme=chosen,
            call=call,
            success=found,
            tones=TONES,
            file_address="/success/indicators.csv?"
            + urlencode({"programme": chosen, "call": call}),
        )


@router.get("/indicators.csv")
def download(
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    programme: Annotated[str, Query(max_length=40)] = "",
    call: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The indicators as a CSV file that a spreadsheet opens."""
    language = visitor(request).language
    _require(actor)
    with door.reading(actor) as session:
        _, _, found = _found(session, actor, language, programme, call)
    name = f"{text('after_award.export', language)}-{today().isoformat()}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(_sheet(found, language), media_type="text/csv; charset=utf-8", headers=headers)


def _require(actor: Actor) -> None:
    if not {grant.role for grant in actor.grants} & SUCCESS:
        raise NotAllowed(role="HEAD_OF_UNIT")


def _found(
    session: Session, actor: Actor, language: str, programme: str, call: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], Success]:
    """The choices of the filter and what lies behind the chosen ones. Raises Invalid."""
    programmes = programme_choices(session, language, actor)
    require_known(programme, (code for code, _ in programmes), "web.query.programme")
    chosen = programme or (programmes[0][0] if programmes else "")
    if not chosen:
        return [], [], Success((), ())
    calls = _calls(session, UUID(chosen), language)
    require_known(call, (code for code, _ in calls), "web.query.programme")
    asked = UUID(call) if call else None
    return programmes, calls, indicators.success(session, actor, UUID(chosen), asked)


def _calls(session: Session, programme_id: UUID, language: str) -> list[tuple[str, str]]:
    return [
        (str(row.id), pages.localised(row.title, language))
        for row in catalogue.list_calls(session, programme_id)
    ]


def _sheet(found: Success, language: str) -> bytes:
    """Semicolons and a byte order mark, as German spreadsheets expect them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([text(f"after_award.table.{name}", language) for name in COLUMNS])
    writer.writerows([[harmless(cell) for cell in _cells(line, language)] for line in found.lines])
    return ("\ufeff" + out.getvalue()).encode("utf-8")


def _cells(line: IndicatorLine, language: str) -> Iterator[str]:
    yield from (line.reference, line.title, line.organisation, line.goal, line.indicator)
    yield from (line.baseline, line.target, line.target_on, line.source, line.actual)
    yield text(f"after_award.state.{line.state}", language)
    yield "" if line.share is None else f"{line.share} %"
