"""Letters of a call approved together: what waits, the choice, progress, the print file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.errors import Conflict, Invalid, NotAllowed, Problem
from grantflow.forms import Form
from grantflow.forms.field import CHOICES, Field
from grantflow.services import letter_batches, letter_prints
from grantflow.services.catalogue import get_call
from grantflow.services.letter_batches import Line
from grantflow.services.policy import Actor, require_any
from grantflow.store import casefile as names
from grantflow.web import pages
from grantflow.web.caseworker import as_id
from grantflow.web.deps import CurrentDoor, Posted, StaffActor, blobs_of, visitor
from grantflow.web.downloads import pdf_response

router = APIRouter(prefix="/letter-batches")

SHOWN = 200  # drafts that are checked and shown at once
_ANSWER = "answer."
_DONE = frozenset({"failed", "sent", "queued", "rendered", "broken"})


@dataclass(frozen=True)
class Row:
    """A letter of a batch as the page shows it; ``again`` offers another try."""

    line: Line
    state: str
    reason: str

    @property
    def again(self) -> bool:
        return self.state in ("failed", "broken")


@router.get("")
def overview(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """What waits to be approved together, and the batches so far."""
    require_any(actor, letter_batches.READERS)
    with door.reading(actor) as session:
        batches = letter_batches.listed(session, actor)
        return pages.render(
            request,
            "letters/batches.html",
            groups=_groups(session, actor),
            batches=batches,
            calls={one.call_id: get_call(session, one.call_id).title for one in batches},
            names=names.names(session, [one.created_by for one in batches]),
        )


def _groups(session: Session, actor: Actor) -> Sequence[letter_batches.Group]:
    """Nothing for those who may look at batches, but approve none."""
    try:
        return letter_batches.groups(session, actor)
    except NotAllowed:
        return ()


@router.get("/new")
def choose(
    request: Request, actor: StaffActor, door: CurrentDoor, call: UUID, letter: str
) -> Response:
    """The drafts of one letter in a call, each checked now."""
    return _choose(request, actor, door, call, letter)


def _choose(
    request: Request,
    actor: Actor,
    door: CurrentDoor,
    call_id: UUID,
    letter: str,
    problems: Sequence[Problem] = (),
) -> Response:
    with door.reading(actor) as session:
        found, count = letter_batches.candidates(session, actor, call_id, letter, limit=SHOWN)
        return pages.render(
            request,
            "letters/batch_new.html",
            status=422 if problems else 200,
            call=get_call(session, call_id),
            letter=letter,
            candidates=found,
            count=count,
            fields=_choices(
                letter_batches.form_of(session, actor, call_id, letter) if found else None
            ),
            problems=problems,
        )


def _choices(form: Form | None) -> list[Field]:
    """What the approver has to choose once for all letters."""
    fields = form.every_field if form is not None else ()
    return [one for one in fields if one.kind in CHOICES and one.limits.required and one.options]


@router.post("")
def start(request: Request, actor: StaffActor, door: CurrentDoor, form: Posted) -> Response:
    """Approve the chosen drafts."""
    call_id, letter = as_id(str(form.get("call", ""))), str(form.get("name", ""))
    if call_id is None:
        return pages.redirect(
            request, "/letter-batches", "letters_batch.nothing_waits", kind="info"
        )
    chosen = [one for raw in form.getlist("letter") if (one := as_id(str(raw))) is not None]
    given = {
        name.removeprefix(_ANSWER): str(value)
        for name, value in form.multi_items()
        if name.startswith(_ANSWER)
    }
    try:
        with door.transaction(actor) as session:
            batch = letter_batches.start(session, actor, call_id, letter, chosen, given)
            batch_id = batch.id
    except Invalid as refused:
        return _choose(request, actor, door, call_id, letter, refused.problems)
    return pages.redirect(request, f"/letter-batches/{batch_id}", "letters_batch.begun")


@router.get("/{batch_id}.pdf")
def print_file(batch_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The finished print file."""
    with door.reading(actor) as session:
        batch, content = letter_prints.fetch(session, actor, batch_id, blobs_of(request))
        name = f"{batch.created_at:%Y-%m-%d}-{batch.letter}"
    return pdf_response(content, name)


@router.get("/{batch_id}")
def progress(batch_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """How far the letters of a batch are, and why some were left out."""
    language = visitor(request).language
    with door.reading(actor) as session:
        batch = letter_batches.get(session, actor, batch_id)
        found = letter_batches.lines(session, actor, batch_id)
        failed = letter_batches.unrendered(session, found)
        rows = [_row(line, failed, language) for line in found]
        done = sum(row.state in _DONE for row in rows)
        return pages.render(
            request,
            "letters/batch.html",
            batch=batch,
            call=get_call(session, batch.call_id),
            rows=rows,
            done=done,
            running=done < len(rows),
            printable=any(row.line.letter.pdf_sha256 for row in rows),
            mine=batch.created_by == actor.account_id,
            names=names.names(session, [batch.created_by]),
        )


def _row(line: Line, failed: Mapping[UUID, tuple[int, str]], language: str) -> Row:
    item, letter = line.item, line.letter
    if item.state != "approved":
        return Row(line, item.state, str(item.problem.get(language, "")))
    if letter.id in failed and letter.state == "approved":
        return Row(line, "broken", failed[letter.id][1])
    if line.dispatch is not None:
        return Row(line, "queued" if line.dispatch.state == "queued" else "sent", "")
    return Row(line, "rendered" if letter.pdf_sha256 else "approved", "")


@router.post("/{batch_id}/retry")
def retry(
    batch_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Try one letter again."""
    item_id, here = as_id(str(form.get("item", ""))), f"/letter-batches/{batch_id}"
    try:
        with door.transaction(actor) as session:
            letter_batches.retry(session, actor, batch_id, item_id or batch_id)
    except Conflict as error:
        return pages.redirect(request, here, error.key, kind="info")
    return pages.redirect(request, here, "letters_batch.again_begun")


@router.post("/{batch_id}/print")
def order_print(batch_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """Have the print file made."""
    here = f"/letter-batches/{batch_id}"
    try:
        with door.transaction(actor) as session:
            letter_prints.order(session, actor, batch_id)
    except Conflict as error:
        return pages.redirect(request, here, error.key, kind="info")
    return pages.redirect(request, here, "letters_batch.print_ordered")
