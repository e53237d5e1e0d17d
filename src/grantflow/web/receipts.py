"""The receipts of a statement: imported, typed, checked by the program, judged by an officer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from grantflow.documents import read_limited
from grantflow.errors import Invalid, NotFound, Problem
from grantflow.forms.amounts import write_number
from grantflow.services import receipts, receipts_findings
from grantflow.services.policy import Actor
from grantflow.services.receipts import ReceiptList, Row
from grantflow.services.receipts_findings import VERDICTS, Verdict
from grantflow.services.receipts_header import COLUMNS
from grantflow.web import pages
from grantflow.web.caseworker import as_id
from grantflow.web.deps import CurrentActor, CurrentDoor, Door, Posted, settings_of, visitor
from grantflow.web.paging import paging

router = APIRouter(prefix="/receipts")

PAGE = 100
MOST_SHOWN = 200  # faults of one import; the rest are counted
PageNumber = Annotated[int, Query(ge=1, le=100)]
JUDGED = ("verdict", "accepted", "reason")


@router.get("/{task_id}")
def show(
    task_id: UUID,
    request: Request,
    actor: CurrentActor,
    door: CurrentDoor,
    page: PageNumber = 1,
    edit: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The list with what the automatic checks say, and the ways to change it."""
    return _page(request, actor, door, task_id, Entered(edit), page)


@dataclass(frozen=True)
class Entered:
    """What was sent and is shown again: the typed values and what is wrong with them.

    ``findings`` are those typed, by the names of their fields.
    """

    edit: str = ""
    values: Mapping[str, str] | None = None
    findings: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()


def _page(
    request: Request,
    actor: Actor,
    door: Door,
    task_id: UUID,
    entered: Entered,
    page: int = 1,
) -> Response:
    problems, edit = entered.problems, entered.edit
    with door.reading(actor) as session:
        found = receipts.list_of(session, actor, task_id)
    last = max(1, -(-len(found.rows) // PAGE))
    number = min(page, last)
    here = f"/receipts/{task_id}"
    shown = found.rows[(number - 1) * PAGE : number * PAGE]
    edited = next((row for row in found.rows if str(row.receipt.id) == edit), None)
    return pages.render(
        request,
        "receipts/list.html",
        status=422 if problems else 200,
        found=found,
        case=found.view.case.case,
        task=found.view.task,
        shown=shown,
        paging=paging(here, {}, number, last),
        here=here,
        back=_back(actor, found),
        columns=COLUMNS,
        edited=edited,
        values=entered.values or _values(edited, visitor(request).language),
        typed=entered.findings,
        verdicts=VERDICTS,
        problems=problems[:MOST_SHOWN],
        more_problems=max(0, len(problems) - MOST_SHOWN),
        by_place={problem.place: problem for problem in problems},
        megabytes=settings_of(request).upload_megabytes,
    )


def _back(actor: Actor, found: ReceiptList) -> str:
    task = found.view.task
    return f"/my/tasks/{task.id}" if actor.is_applicant else f"/tasks/{task.id}"


def _values(row: Row | None, language: str) -> dict[str, str]:
    """A receipt as the fields of the form show it; empty without one."""
    if row is None:
        return dict.fromkeys(COLUMNS, "")
    receipt = row.receipt
    return {
        "number": receipt.number,
        "paid_on": receipt.paid_on.isoformat(),
        "payee": receipt.payee,
        "reason": receipt.reason,
        "line": receipt.line,
        "amount": write_number(receipt.amount, language, 2),
    }


@router.get("/{task_id}/list.csv")
def download(task_id: UUID, request: Request, actor: CurrentActor, door: CurrentDoor) -> Response:
    """The list for a spreadsheet."""
    with door.reading(actor) as session:
        found = receipts.list_of(session, actor, task_id)
        content = receipts_findings.as_csv(found, visitor(request).language)
        name = f"{found.view.case.case.reference}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{task_id}")
def change(
    task_id: UUID,
    request: Request,
    actor: CurrentActor,
    door: CurrentDoor,
    data: Posted,
    page: PageNumber = 1,
) -> Response:
    """Import a file, add, correct or remove a receipt, or write findings."""
    action, _, rest = str(data.get("_action", "")).partition(":")
    try:
        if action == "import":
            key, params = _imported(request, actor, door, task_id, data)
        else:
            key, params = _done(actor, door, task_id, data, action, rest)
    except Invalid as error:
        edit = rest if action == "change" else ""
        entered = Entered(edit, _typed(data), _findings(data), error.problems)
        return _page(request, actor, door, task_id, entered, page)
    here = f"/receipts/{task_id}" + (f"?page={page}" if page > 1 else "")
    return pages.redirect(request, here, key, **params)


def _typed(data: FormData) -> dict[str, str]:
    return {name: str(data.get(name, "")) for name in COLUMNS}


def _done(
    actor: Actor, door: Door, task_id: UUID, data: FormData, action: str, rest: str
) -> tuple[str, dict[str, Any]]:
    """Do what a button says; the text that tells so."""
    with door.transaction(actor) as session:
        if action == "add":
            receipts.add(session, actor, task_id, _typed(data))
            return "receipts.page.added", {}
        if action == "change":
            receipts.change(session, actor, task_id, _id(rest), _typed(data))
            return "receipts.page.changed", {}
        if action == "remove":
            receipts.remove(session, actor, task_id, _id(rest))
            return "receipts.page.removed", {}
        if action == "judge":
            count = receipts_findings.judge(session, actor, task_id, _verdicts(data))
            return "receipts.page.judged", {"count": count}
    raise NotFound


def _imported(
    request: Request, actor: Actor, door: Door, task_id: UUID, data: FormData
) -> tuple[str, dict[str, Any]]:
    file = data.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid([Problem("receipts.page.no_file", place="file")])
    content = read_limited(file.file, megabytes=settings_of(request).upload_megabytes)
    replace = bool(data.get("replace"))
    with door.transaction(actor) as session:
        count = receipts.import_list(
            session, actor, task_id, file.filename, content, replace=replace
        )
    return "receipts.page.imported", {"count": count}


def _id(written: str) -> UUID:
    found = as_id(written)
    if found is None:
        raise NotFound("receipts.not_found")
    return found


def _findings(data: FormData) -> dict[str, str]:
    """What was typed of findings, by the names of their fields."""
    prefixes = tuple(f"{name}-" for name in JUDGED)
    return {name: str(value) for name, value in data.multi_items() if name.startswith(prefixes)}


def _verdicts(data: FormData) -> dict[UUID, Verdict]:
    """The findings that were entered; rows in which nothing stands are left as they are."""
    typed = _findings(data)
    found: dict[UUID, Verdict] = {}
    for receipt_id in dict.fromkeys(name.partition("-")[2] for name in typed):
        given = [typed.get(f"{name}-{receipt_id}", "").strip() for name in JUDGED]
        if any(given):
            found[_id(receipt_id)] = Verdict(*given)
    return found
