"""What the API's routes ask for: the owner of the token, the door, the page that is wanted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, Protocol, cast
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from grantflow.api.problems import NoToken
from grantflow.documents import Blobs
from grantflow.errors import Invalid, Problem
from grantflow.services import people
from grantflow.services.policy import Actor
from grantflow.store.db import Answer

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="An access token of an account, made under “My account” or by the operators.",
)


class Door(Protocol):
    """The ways into the database, with the rights of the actor."""

    def transaction(self, actor: Actor) -> AbstractContextManager[Session]: ...
    def reading(self, actor: Actor) -> AbstractContextManager[Session]: ...
    def glance(self, ask: Callable[[Session], Answer]) -> Answer: ...


def door_of(request: Request) -> Door:
    """The door of this application."""
    return cast(Door, request.app.state.door)


def blobs_of(request: Request) -> Blobs:
    """The store of files of this application."""
    return cast(Blobs, request.app.state.blobs)


CurrentDoor = Annotated[Door, Depends(door_of)]


def owner(
    door: CurrentDoor, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Actor:
    """Whose token the request carries. Raises NoToken."""
    if sent is None:
        raise NoToken
    token = sent.credentials
    actor = door.glance(lambda session: people.actor_of_token(session, token))
    if actor is None:
        raise NoToken
    return actor


Owner = Annotated[Actor, Depends(owner)]


def encode_key(moment: datetime, row_id: UUID) -> str:
    """The page mark behind a line of a list that is ordered by time and id."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{row_id}".encode()).decode()


def decode_key(cursor: str) -> tuple[datetime, UUID] | None:
    """The time and id in a page mark, None for the first page. Raises Invalid."""
    if not cursor:
        return None
    try:
        moment, _, row_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return datetime.fromisoformat(moment), UUID(row_id)
    except (ValueError, binascii.Error) as error:
        raise Invalid([Problem("api.bad_cursor", place="cursor")]) from error


def decode_page(cursor: str) -> int:
    """The number of the page in a page mark, 1 for the first. Raises Invalid."""
    if not cursor:
        return 1
    if not (cursor.isascii() and cursor.isdigit()) or len(cursor) > 7 or not int(cursor):
        raise Invalid([Problem("api.bad_cursor", place="cursor")])
    return int(cursor)


def next_address(request: Request, cursor: str) -> str:
    """The address of the page that begins at this mark, relative to the host."""
    url = request.url.include_query_params(cursor=cursor)
    return f"{url.path}?{url.query}"
