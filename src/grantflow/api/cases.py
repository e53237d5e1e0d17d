"""Cases, and the letters of a case."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from grantflow.api.deps import (
    CurrentDoor,
    Owner,
    blobs_of,
    decode_key,
    encode_key,
    next_address,
)
from grantflow.api.models import (
    CaseLineOut,
    CaseOut,
    DeadlineOut,
    LetterOut,
    Page,
    TaskOut,
    Wording,
)
from grantflow.errors import Invalid, Problem
from grantflow.programmes.vocabulary import STATUSES
from grantflow.services import cases, letters
from grantflow.services.insight import require_file
from grantflow.services.policy import Actor
from grantflow.services.task_views import open_tasks
from grantflow.store.cases import CaseFilter, case_parts
from grantflow.store.deadlines import list_deadlines
from grantflow.store.letters import LetterWithDispatch, find_dispatch
from grantflow.store.tables import Case

router = APIRouter()


class CaseQuery(BaseModel):
    """What a list of cases is narrowed down to."""

    programme: UUID | None = Field(None, description="Id of a programme.")
    status: str = Field("", max_length=40, description="Code of a status.")
    stage: str = Field("", max_length=100, description="Code of a stage.")
    text: str = Field("", max_length=200, description="Part of reference, title or organisation.")
    limit: int = Field(50, ge=1, le=200, description="Lines per page.")
    cursor: str = Field("", max_length=200, description="Where the page begins; from `next`.")


@router.get("/cases", tags=["cases"], summary="List cases")
def list_cases(
    query: Annotated[CaseQuery, Query()], request: Request, door: CurrentDoor, owner: Owner
) -> Page[CaseLineOut]:
    """The cases you may see, newest first."""
    wanted = CaseFilter(
        programme_id=query.programme, status=query.status, stage=query.stage, text=query.text
    )
    if query.status and query.status not in STATUSES:
        known = ", ".join(STATUSES)
        raise Invalid([Problem("api.unknown_value", {"known": known}, "status")])
    with door.reading(owner) as session:
        after = decode_key(query.cursor)
        found = cases.list_cases(session, owner, wanted, limit=query.limit + 1, after=after)
        lines = found.lines[: query.limit]
        items = [
            CaseLineOut(**_line(line.case, line.organisation, line.programme)) for line in lines
        ]
    more = len(found.lines) > query.limit
    last = items[-1] if items and more else None
    following = next_address(request, encode_key(last.opened_at, last.id)) if last else None
    return Page(items=items, next=following)


def _line(case: Case, organisation: str, programme: dict[str, Any]) -> dict[str, Any]:
    values = case.model_dump(include=_OF_CASE)
    return values | {"organisation": organisation, "programme": Wording.of(programme)}


_OF_CASE = {
    "id",
    "reference",
    "title",
    "programme_id",
    "status",
    "stage",
    "requested",
    "approved",
    "opened_at",
    "closed_at",
}


@router.get("/cases/{case_id}", tags=["cases"], summary="Get a case")
def get_case(case_id: UUID, door: CurrentDoor, owner: Owner) -> CaseOut:
    """One case with its open tasks and its deadlines."""
    with door.reading(owner) as session:
        case = _file(session, owner, case_id)
        parts = case_parts(session, case_id)
        return CaseOut(
            **_line(case, parts.organisation.name, parts.programme.title),
            call_id=case.call_id,
            organisation_id=case.organisation_id,
            tasks=[TaskOut.of(task) for task in open_tasks(session, owner, case_id)],
            deadlines=_deadlines(session, owner, case_id),
        )


def _file(session: Session, owner: Actor, case_id: UUID) -> Case:
    """A case whose file the owner may read. Raises NotFound, NotAllowed."""
    case = cases.get_case(session, owner, case_id)
    require_file(owner, case)
    return case


def _deadlines(session: Session, owner: Actor, case_id: UUID) -> list[DeadlineOut]:
    """Without the ends of remedy periods for applicants, who are never told them as a date."""
    return [
        DeadlineOut(
            id=row.id,
            kind=row.kind,
            title=Wording.of(row.title),
            starts_on=row.starts_on,
            due_on=row.due_on,
            state=row.state,
        )
        for row in list_deadlines(session, case_id)
        if not (owner.is_applicant and row.kind == "remedy")
    ]


@router.get("/cases/{case_id}/letters", tags=["letters"], summary="List a case's letters")
def list_letters(case_id: UUID, door: CurrentDoor, owner: Owner) -> Page[LetterOut]:
    """The letters of a case, oldest first; applicants see those that have left."""
    with door.reading(owner) as session:
        case = _file(session, owner, case_id)
        items = [_letter(line, owner) for line in letters.list_letters(session, owner, case)]
    return Page(items=items, next=None)


def _letter(line: LetterWithDispatch, owner: Actor) -> LetterOut:
    shown = LetterOut.of(line.letter, line.dispatch, f"/api/v1/letters/{line.letter.id}.pdf")
    # What the authority reckons with is not told to applicants as a date.
    return shown.model_copy(update={"remedy_end": None}) if owner.is_applicant else shown


@router.get(
    "/letters/{letter_id}.pdf",
    tags=["letters"],
    summary="Get a letter as PDF",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The letter as it left."}},
)
def get_letter_pdf(letter_id: UUID, request: Request, door: CurrentDoor, owner: Owner) -> Response:
    """The file byte for byte; not found before it was made."""
    with door.reading(owner) as session:
        letter = letters.get_letter(session, owner, letter_id)
        _file(session, owner, letter.case_id)
        content = letters.pdf(session, owner, letter_id, blobs_of(request))
    headers = {"Content-Disposition": f'attachment; filename="{letter_id}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/letters/{letter_id}", tags=["letters"], summary="Get a letter")
def get_letter(letter_id: UUID, door: CurrentDoor, owner: Owner) -> LetterOut:
    """State, dispatch and legal dates of a letter."""
    with door.reading(owner) as session:
        letter = letters.get_letter(session, owner, letter_id)
        _file(session, owner, letter.case_id)
        return _letter(LetterWithDispatch(letter, find_dispatch(session, letter_id)), owner)
