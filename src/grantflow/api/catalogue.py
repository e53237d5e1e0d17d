"""Whom the token belongs to, programmes and calls."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from grantflow.api.deps import CurrentDoor, Owner
from grantflow.api.models import CallOut, Me, Page, ProgrammeOut, Wording
from grantflow.services import catalogue

router = APIRouter()


@router.get("/me", tags=["account"], summary="The owner of the token")
def get_me(owner: Owner) -> Me:
    """Who you are, which roles you have and for which organisations you act."""
    return Me.of(owner)


@router.get("/programmes", tags=["catalogue"], summary="List programmes")
def list_programmes(door: CurrentDoor, owner: Owner) -> Page[ProgrammeOut]:
    """The programmes of the authorities you work for."""
    with door.reading(owner) as session:
        items = [
            ProgrammeOut(
                id=line.programme.id,
                key=line.programme.key,
                title=Wording.of(line.programme.title),
                authority=line.authority.name,
                version=line.published,
            )
            for line in catalogue.list_programmes(session, owner)
        ]
    return Page(items=items, next=None)


@router.get(
    "/programmes/{programme_id}/calls", tags=["catalogue"], summary="List a programme's calls"
)
def list_calls(programme_id: UUID, door: CurrentDoor, owner: Owner) -> Page[CallOut]:
    """All calls of a programme, also those that are over or have not begun."""
    with door.reading(owner) as session:
        catalogue.get_programme(session, programme_id)
        items = [CallOut.of(row) for row in catalogue.list_calls(session, programme_id)]
    return Page(items=items, next=None)


@router.get("/calls", tags=["catalogue"], summary="List open calls")
def list_open_calls(door: CurrentDoor, owner: Owner) -> Page[CallOut]:
    """The calls in which organisations may apply now, first to close first."""
    with door.reading(owner) as session:
        items = [CallOut.of(line.call) for line in catalogue.open_calls(session)]
    return Page(items=items, next=None)
