"""The letters of a case for staff: list, preview beside the PDF, text blocks of a draft."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.errors import Conflict, NotAllowed, NotFound
from grantflow.services import letters
from grantflow.services.policy import Actor
from grantflow.store import casefile as rows
from grantflow.store.letters import find_dispatch
from grantflow.store.tables import Letter
from grantflow.web import casefile, pages
from grantflow.web.deps import CurrentDoor, Posted, StaffActor, blobs_of
from grantflow.web.downloads import pdf_response

router = APIRouter(prefix="/cases/{case_id}/letters")

_BLOCK = "block."


@router.get("")
def list_letters(case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The letters of the case, oldest first."""
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        found = letters.list_letters(session, actor, file.parts.case)
        return casefile.show(request, file, "letters", "case/letters.html", letters=found)


def letter_of(session: Session, actor: Actor, case_id: UUID, letter_id: UUID) -> Letter:
    """A letter of this very case. Raises NotFound, NotAllowed."""
    letter = letters.get_letter(session, actor, letter_id)
    if letter.case_id != case_id:
        raise NotFound("services.letters.not_found")
    return letter


@router.get("/{letter_id}.pdf")
def letter_pdf(
    case_id: UUID, letter_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """The letter as it left."""
    with door.reading(actor) as session:
        letter = letter_of(session, actor, case_id, letter_id)
        content = letters.pdf(session, actor, letter_id, blobs_of(request))
        name = f"{casefile.open_file(session, actor, case_id).parts.case.reference}-{letter.name}"
    request.state.framed = True
    return pdf_response(content, name)


@router.get("/{letter_id}/preview")
def preview(
    case_id: UUID, letter_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """The letter as HTML as it stands, for the frame beside it."""
    with door.reading(actor) as session:
        casefile.open_file(session, actor, case_id)  # panel members see no decisions in the making
        letter_of(session, actor, case_id, letter_id)
        html = letters.preview(session, actor, letter_id)
    # The authority's colour stands in the letter itself, hence the inline styles; never scripts.
    request.state.framed = request.state.inline_styles = True
    sheet = f'<link rel="stylesheet" href="{pages.static("letter-preview.css")}"></head>'
    return HTMLResponse(html.replace("</head>", sheet, 1))


@router.get("/{letter_id}")
def show_letter(
    case_id: UUID, letter_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """A letter with its preview and, while it is a draft, its text blocks."""
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        letter = letter_of(session, actor, case_id, letter_id)
        draft, why_not = _draft(session, actor, letter)
        return casefile.show(
            request,
            file,
            "letters",
            "case/letter.html",
            letter=letter,
            dispatch=find_dispatch(session, letter_id),
            draft=draft,
            why_not=why_not,
            waits_for_task=letter.state == "draft",
            names=rows.names(session, [letter.prepared_by, letter.approved_by]),
        )


def _draft(
    session: Session, actor: Actor, letter: Letter
) -> tuple[letters.Draft | None, str | None]:
    """The text blocks for who may edit them, or the text that says why an editor may not.

    Neither for readers and for approved letters.
    """
    try:
        return letters.draft(session, actor, letter.id), None
    except NotAllowed as error:
        return None, error.key if error.key == letters.COUNTERSIGNER else None
    except Conflict:
        return None, None


@router.post("/{letter_id}")
def edit_letter(
    case_id: UUID,
    letter_id: UUID,
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    form: Posted,
) -> Response:
    """Keep the text blocks as they were typed."""
    edits = {
        name.removeprefix(_BLOCK): str(value).replace("\r\n", "\n")
        for name, value in form.multi_items()
        if name.startswith(_BLOCK)
    }
    with door.transaction(actor) as session:
        letter_of(session, actor, case_id, letter_id)
        letters.edit(session, actor, letter_id, edits)
    return pages.redirect(request, f"/cases/{case_id}/letters/{letter_id}", "case.letters.saved")
