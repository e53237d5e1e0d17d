"""The register of dispatches: what left, filtered, as a file, and one entry with its history."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.clock import today
from grantflow.errors import Faults, GrantFlowError, Invalid, Problem
from grantflow.services import dispatch_register
from grantflow.services.dispatch_checks import RETURN_REASONS
from grantflow.services.dispatch_register import STATES, DispatchLine, RegisterFilter
from grantflow.services.notification import CHANNELS
from grantflow.services.policy import Actor
from grantflow.store import casefile
from grantflow.store.tables import CaseEvent
from grantflow.texts import text
from grantflow.treasury.orders import harmless
from grantflow.web import explain, formats, pages
from grantflow.web.deps import CurrentDoor, StaffActor, visitor
from grantflow.web.paging import address, paging, require_known

router = APIRouter(prefix="/dispatches")

COLUMNS = (
    "reference", "organisation", "letter", "attempt", "channel", "sent_on", "state", "notified_on",
    "remedy_end", "safe_finality", "received_on", "returned_on", "reason", "waived_on", "proof",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """The filters as they stand in the address."""

    since: str
    until: str
    channel: str
    state: str
    letter: str
    text: str

    @property
    def narrows(self) -> bool:
        """Whether anything is filtered beyond the usual."""
        return any(vars(self).values())

    def wanted(self) -> RegisterFilter:
        """The filter behind it; without days the last year. Raises Invalid."""
        last = _day(self.until, "until") or today()
        first = _day(self.since, "since") or last - timedelta(days=365)
        if last < first:
            raise Invalid([Problem("dispatches.days_swapped", place="until")])
        require_known(self.channel, CHANNELS, "dispatches.unknown_channel")
        require_known(self.state, STATES, "dispatches.unknown_state")
        return RegisterFilter(
            first, last, self.channel, self.state, self.letter, self.text, today()
        )


def _day(raw: str, place: str) -> date | None:
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise Invalid([Problem("dispatches.date_wrong", place=place)]) from None


def asked(
    since: Annotated[str, Query(max_length=20)] = "",
    until: Annotated[str, Query(max_length=20)] = "",
    channel: Annotated[str, Query(max_length=30)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    letter: Annotated[str, Query(max_length=100)] = "",
    text: Annotated[str, Query(max_length=200)] = "",
) -> Asked:
    """The filters of the register."""
    return Asked(since, until, channel, state, letter, text)


Filters = Annotated[Asked, Depends(asked)]


@router.get("")
def show_register(
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    query: Filters,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The register under the chosen filters."""
    wanted = query.wanted()
    language = visitor(request).language
    with door.reading(actor) as session:
        found = dispatch_register.register(session, actor, wanted, page)
        letters = [
            (name, pages.localised(title, language))
            for name, title in dispatch_register.letter_names(session, actor)
        ]
    return pages.render(
        request,
        "dispatches/register.html",
        lines=found.lines,
        total=found.total,
        filter=query,
        since=wanted.since,
        until=wanted.until,
        channels=[(c, text(f"dispatches.channel.{c}", language)) for c in CHANNELS],
        states=[(s, text(f"dispatches.filter.{s}", language)) for s in STATES],
        letters=sorted(letters, key=lambda choice: choice[1].lower()),
        paging=paging("/dispatches", vars(query), page, found.pages),
        csv=address("/dispatches.csv", vars(query)),
    )


@router.get(".csv")
def download(request: Request, actor: StaffActor, door: CurrentDoor, query: Filters) -> Response:
    """The register under the chosen filters as a file for a spreadsheet."""
    language = visitor(request).language
    with door.reading(actor) as session:
        lines = dispatch_register.export(session, actor, query.wanted())
        content = as_csv(lines, language)
    name = f"{text('dispatches.file_name', language)}-{today().isoformat()}.csv"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    return Response(content.encode("utf-8-sig"), media_type="text/csv", headers=headers)


def as_csv(lines: Any, language: str) -> str:
    """Lines of the register with semicolons, as spreadsheets here expect them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([text(f"dispatches.column.{name}", language) for name in COLUMNS])
    for line in lines:
        writer.writerow([harmless(value) for value in _cells(line, language)])
    return out.getvalue()


def _cells(line: DispatchLine, language: str) -> Iterator[str]:
    sent = line.dispatch
    yield line.reference
    yield line.organisation
    yield pages.localised(line.letter.title, language)
    yield str(sent.attempt)
    yield text(f"dispatches.channel.{sent.channel}", language)
    yield formats.short_day(sent.sent_at, language)
    yield text(f"dispatches.state.{sent.state}", language)
    for day in (
        sent.notified_on, sent.remedy_end, sent.safe_finality, sent.received_on, sent.returned_on
    ):  # fmt: skip
        yield formats.short_day(day, language)
    yield text(f"dispatches.reason.{sent.return_reason}", language) if sent.return_reason else ""
    yield formats.short_day(sent.waived_on, language)
    yield str(sent.proof.get("sha256") or "")


@router.get("/{dispatch_id}")
def show_entry(
    dispatch_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """One dispatch: proof, dates with their steps, and what can be noted."""
    with door.reading(actor) as session:
        return entry_page(session, request, actor, dispatch_id)


def entry_page(
    session: Session,
    request: Request,
    actor: Actor,
    dispatch_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    step: str = "",
    error: GrantFlowError | None = None,
) -> Response:
    """The page of an entry, with what was typed for a step and refused."""
    language = visitor(request).language
    found = dispatch_register.entry(session, actor, dispatch_id)
    sent = found.line.dispatch
    return pages.render(
        request,
        "dispatches/entry.html",
        status=422 if error else 200,
        entry=found,
        line=found.line,
        dispatch=sent,
        steps=explain.explained(sent.proof.get("steps", ()), language),
        events=[_event(one, language) for one in found.events],
        names=casefile.names(session, [one.by for one in found.attempts]),
        channels=[(c, text(f"dispatches.channel.{c}", language)) for c in CHANNELS],
        reasons=[(r, text(f"dispatches.reason.{r}", language)) for r in RETURN_REASONS],
        typed=typed or {},
        step=step,
        refusals=_refusals(error, language),
    )


@dataclass(frozen=True)
class EventLine:
    """What happened to a letter, in words."""

    at: Any
    by: str
    text: str
    note: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def _event(event: CaseEvent, language: str) -> EventLine:
    data = event.data
    said = text(f"events.{event.kind}", language, **explain.shown(data, language))
    return EventLine(
        event.at,
        event.actor_name,
        said,
        str(data.get("note") or ""),
        data.get("before") or {},
        data.get("after") or {},
    )


def _refusals(error: GrantFlowError | None, language: str) -> list[str]:
    if error is None:
        return []
    problems = error.problems if isinstance(error, Faults) else (Problem(error.key, error.params),)
    return [
        text(one.key, language, **formats.words(one.params, one.key, language)) for one in problems
    ]
