"""Files of a case and letters that have left, for everybody who may see the case."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow.services import documents, letters
from grantflow.web.deps import ApplicantActor, CurrentActor, CurrentDoor, blobs_of
from grantflow.web.downloads import pdf_response

router = APIRouter()


@router.get("/documents/{document_id}")
def document(
    document_id: UUID, request: Request, actor: CurrentActor, door: CurrentDoor
) -> Response:
    """A file that was handed in."""
    with door.reading(actor) as session:
        row, content = documents.get_document(session, actor, document_id, blobs_of(request))
    return as_attachment(content, row.name, row.media_type)


def as_attachment(content: bytes, name: str, media_type: str) -> Response:
    """A file to keep; a browser never shows what somebody else handed in as a page of ours."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=media_type, headers=headers)


@router.get("/my/letters/{letter_id}")
def letter(letter_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor) -> Response:
    """A letter to the applicant as PDF, byte for byte as it left."""
    with door.reading(actor) as session:
        row = letters.get_letter(session, actor, letter_id)
        content = letters.pdf(session, actor, letter_id, blobs_of(request))
    return pdf_response(content, str(row.title.get("de") or row.name))
