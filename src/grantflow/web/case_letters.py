"""The letters of a case for staff: list, preview beside the PDF, text blocks of a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.errors import NOTHING, Conflict, Invalid, NotAllowed, NotFound, Problem
from grantflow.services import letter_drafts, letter_history, letters, policy
from grantflow.services.notification import CORRECTS
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


@router.get("/{letter_id}/preview.pdf")
def preview_pdf(
    case_id: UUID, letter_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """The letter as it would be printed now; a draft is rendered for this, which takes a moment."""
    with door.reading(actor) as session:
        casefile.open_file(session, actor, case_id)
        letter = letter_of(session, actor, case_id, letter_id)
        content = letters.preview_pdf(session, actor, letter_id, blobs_of(request))
    request.state.framed = True
    return pdf_response(content, f"{letter.name}-preview")


@router.get("/{letter_id}")
def show_letter(
    case_id: UUID, letter_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """A letter with its preview and, while it is a draft, its text blocks and what it lacks."""
    with door.reading(actor) as session:
        return _page(request, session, actor, case_id, letter_id)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    case_id: UUID,
    letter_id: UUID,
    *,
    typed: Mapping[str, str] = NOTHING,
    problems: Sequence[Problem] = (),
) -> Response:
    file = casefile.open_file(session, actor, case_id)
    letter = letter_of(session, actor, case_id, letter_id)
    draft, why_not = _draft(session, actor, letter)
    lacking = letter_drafts.lacking(session, actor, letter_id)
    return casefile.show(
        request,
        file,
        "letters",
        "case/letter.html",
        status=422 if problems else 200,
        letter=letter,
        dispatch=find_dispatch(session, letter_id),
        draft=draft,
        why_not=why_not,
        typed=typed,
        problems=problems,
        lacking=lacking,
        printable=not any(one.key.startswith("letters.") for one in lacking),
        differences=letter_drafts.differences(session, actor, letter_id),
        earlier=letter_history.chain(session, letter),
        later=letter_history.followers(session, letter),
        may_correct=_may(actor, file, letters.EDITORS),
        may_sign=_may(actor, file, letter_drafts.SIGNERS),
        waits_for_task=letter.state == "draft" and letter.relation != CORRECTS,
        is_correction=letter.state == "draft" and letter.relation == CORRECTS,
        names=rows.names(session, [letter.prepared_by, letter.approved_by]),
    )


def _may(actor: Actor, file: casefile.CaseFile, roles: Sequence[str]) -> bool:
    return any(policy.role_in_case(actor, file.parts.case, role) for role in roles)


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
    """Keep the text blocks as they were typed, with the reason for the difference."""
    edits = {
        name.removeprefix(_BLOCK): str(value).replace("\r\n", "\n")
        for name, value in form.multi_items()
        if name.startswith(_BLOCK)
    }
    reason = str(form.get("reason", "")).replace("\r\n", "\n")
    try:
        with door.transaction(actor) as session:
            letter_of(session, actor, case_id, letter_id)
            letters.edit(session, actor, letter_id, edits, reason)
    except Invalid as refused:
        typed = {**edits, "reason": reason}
        with door.reading(actor) as session:
            return _page(
                request, session, actor, case_id, letter_id, typed=typed, problems=refused.problems
            )
    return pages.redirect(request, f"/cases/{case_id}/letters/{letter_id}", "case.letters.saved")


@router.post("/{letter_id}/correction")
def correct_letter(
    case_id: UUID,
    letter_id: UUID,
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    form: Posted,
) -> Response:
    """Draft a correction of an obvious mistake in a letter that has left (§ 42 VwVfG)."""
    what = str(form.get("what", "")).replace("\r\n", "\n")
    try:
        with door.transaction(actor) as session:
            letter_of(session, actor, case_id, letter_id)
            draft_id = letter_drafts.correct(session, actor, letter_id, what).id
    except Invalid as refused:
        with door.reading(actor) as session:
            return _page(
                request,
                session,
                actor,
                case_id,
                letter_id,
                typed={"what": what},
                problems=refused.problems,
            )
    return pages.redirect(
        request, f"/cases/{case_id}/letters/{draft_id}", "letters_work.correction_drafted"
    )


@router.post("/{letter_id}/approve")
def approve_letter(
    case_id: UUID, letter_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """Approve a correction that somebody else wrote; it leaves by itself."""
    try:
        with door.transaction(actor) as session:
            letter_of(session, actor, case_id, letter_id)
            letter_drafts.approve_correction(session, actor, letter_id)
    except Invalid as refused:
        with door.reading(actor) as session:
            return _page(request, session, actor, case_id, letter_id, problems=refused.problems)
    return pages.redirect(
        request, f"/cases/{case_id}/letters/{letter_id}", "letters_work.correction_approved"
    )


@router.post("/{letter_id}/discard")
def discard_letter(
    case_id: UUID, letter_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """Throw a correction away that was not approved."""
    with door.transaction(actor) as session:
        letter_of(session, actor, case_id, letter_id)
        letter_drafts.discard_correction(session, actor, letter_id)
    return pages.redirect(request, f"/cases/{case_id}/letters", "letters_work.correction_discarded")
