"""The budget: items and years at a glance, entries, amounts entered by the budget officer."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from grantflow import clock
from grantflow.clock import BERLIN
from grantflow.errors import Conflict, Invalid, Problem
from grantflow.services import budget
from grantflow.services.amounts import read_amount, read_reason
from grantflow.services.policy import Actor
from grantflow.store.ledger import EntryLine
from grantflow.treasury.orders import harmless
from grantflow.web import pages, refusals
from grantflow.web.deps import CurrentDoor, Door, Posted, StaffActor
from grantflow.web.refusals import Refusal

router = APIRouter(prefix="/budget")
FIELDS = ("year", "due_year", "amount", "reason")
SHOWN = 200
COLUMNS = (
    "entry", "booking", "at", "kind", "bucket", "budget_year", "due_year", "amount", "case",
    "by", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Entered:
    """What the budget officer typed: year, later year, amount, reason."""

    form: FormData
    language: str

    def year(self, name: str) -> int:
        """A year. Raises Invalid."""
        typed = str(self.form.get(name, "")).strip()
        if not (typed.isascii() and typed.isdigit() and len(typed) == 4):
            params = {"first": str(budget.FIRST_YEAR), "last": str(budget.LAST_YEAR)}
            raise Invalid([Problem("money.year_wrong", params, name)])
        return int(typed)

    @property
    def amount(self) -> Decimal:
        return read_amount(str(self.form.get("amount", "")), "amount", self.language, zero=True)

    @property
    def reason(self) -> str:
        return read_reason(str(self.form.get("reason", "")))

    @property
    def typed(self) -> Mapping[str, str]:
        return {name: str(self.form.get(name, "")) for name in (*FIELDS, "form")}


@router.get("")
def overview(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """Every budget item of the actor's authorities with its years."""
    with door.reading(actor) as session:
        found = budget.overview(session, actor)
        return pages.render(request, "money/budget.html", items=found)


@router.get("/{item_id}")
def show_item(
    item_id: UUID,
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    year: Annotated[int | None, Query(ge=2000, le=2200)] = None,
) -> Response:
    """One item: years, commitment authority, entries, and the forms for its amounts."""
    return _item(request, actor, door, item_id, year)


def _item(
    request: Request,
    actor: Actor,
    door: Door,
    item_id: UUID,
    year: int | None = None,
    refused: Refusal = refusals.NOTHING,
) -> Response:
    with door.reading(actor) as session:
        view = budget.view(session, actor, item_id)
        entries = budget.entries(session, actor, item_id, year)
        return pages.render(
            request,
            "money/item.html",
            status=422 if refused else 200,
            view=view,
            year=year,
            entries=entries[-SHOWN:][::-1],
            more=max(0, len(entries) - SHOWN),
            sound=not budget.differences(session, item_id),
            editable=budget.may_edit(actor, view.item),
            this_year=clock.today().year,
            refused=refused,
        )


@router.get("/{item_id}/entries.csv")
def download(item_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """All entries of an item as CSV, for auditors."""
    with door.reading(actor) as session:
        name = budget.view(session, actor, item_id).item.key
        content = table(budget.entries(session, actor, item_id))
    return csv_response(content, f"{name}-{clock.today().isoformat()}")


def table(entries: Sequence[EntryLine]) -> bytes:
    """Ledger entries as CSV: UTF-8, semicolons, amounts with a point, times in German time."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in entries:
        one = line.entry
        at = one.at.astimezone(BERLIN).isoformat(timespec="seconds")
        years = (one.budget_year, one.due_year)
        about = (line.reference, harmless(one.by_name), harmless(one.reason))
        writer.writerow((one.id, one.booking, at, one.kind, one.bucket, *years, one.amount, *about))
    return sheet.getvalue().encode("utf-8")


def csv_response(content: bytes, name: str) -> Response:
    """A CSV file to keep, under this name (without ending)."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{item_id}/appropriation")
def enter_appropriation(
    item_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """What the budget gives for a year."""

    def book(session: Session, typed: Entered) -> bool:
        year, amount, reason = typed.year("year"), typed.amount, typed.reason
        return budget.set_appropriation(session, actor, item_id, year, amount, reason)

    return _change(request, actor, door, item_id, form, book)


@router.post("/{item_id}/authority")
def enter_authority(
    item_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Commitment authority of a budget year for a later one."""

    def book(session: Session, typed: Entered) -> bool:
        years = (typed.year("year"), typed.year("due_year"))
        return budget.set_authority(session, actor, item_id, years, typed.amount, typed.reason)

    return _change(request, actor, door, item_id, form, book)


@router.post("/{item_id}/carry-over")
def carry_over(
    item_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """An unspent remainder goes into the next year."""

    def book(session: Session, typed: Entered) -> bool:
        year, amount, reason = typed.year("year"), typed.amount, typed.reason
        return budget.carry_over(session, actor, item_id, year, amount, reason)

    return _change(request, actor, door, item_id, form, book)


def _change(
    request: Request,
    actor: Actor,
    door: Door,
    item_id: UUID,
    form: FormData,
    book: Callable[[Session, Entered], bool],
) -> Response:
    typed = Entered(form, actor.language)
    with door.reading(actor) as session:
        budget.require_editor(session, actor, item_id)
    try:
        with door.transaction(actor) as session:
            changed = book(session, typed)
    except (Invalid, Conflict) as error:
        refused = refusals.refusal(request, error, FIELDS, typed.typed)
        return _item(request, actor, door, item_id, refused=refused)
    key = "money.budget.booked" if changed else "money.budget.unchanged"
    return pages.redirect(request, f"/budget/{item_id}", key, kind="success" if changed else "info")
