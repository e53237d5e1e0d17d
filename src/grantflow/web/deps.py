"""What routes ask for: the person behind the request, the door to the database, the posted form."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from grantflow.documents import Blobs
from grantflow.errors import NotAllowed
from grantflow.forms import visible
from grantflow.services import people
from grantflow.services.policy import SYSTEM, Actor
from grantflow.settings import Settings
from grantflow.store import db
from grantflow.texts import LANGUAGES
from grantflow.web import security


class SignInFirst(Exception):
    """Nobody is signed in; the page can be seen after signing in."""

    def __init__(self, target: str) -> None:
        self.target = target
        super().__init__(target)


@dataclass(frozen=True)
class Door:
    """The ways into the database, with the rights of the actor."""

    sessions: db.Sessions

    def transaction(self, actor: Actor) -> AbstractContextManager[Session]:
        """A transaction that is committed when the block ends well."""
        return db.transaction(self.sessions, actor.scope)

    def reading(self, actor: Actor) -> AbstractContextManager[Session]:
        """A READ ONLY transaction."""
        return db.reading(self.sessions, actor.scope)

    def glance(self, ask: Callable[[Session], db.Answer]) -> db.Answer:
        """The answer to one question, before it is known who asks."""
        return db.glance(self.sessions, ask)


@dataclass(frozen=True)
class Visitor:
    """Who is looking: signed in (``actor``) or not, in which language, with which CSRF token.

    Not ``known`` while the database is away: then nobody can say whether they are signed in.
    """

    actor: Actor | None
    language: str
    csrf: str
    secret: str  # the session or visitor cookie; signs the flash cookie
    fresh_cookie: bool = False
    known: bool = True


def door_of(request: Request) -> Door:
    """The door of this application."""
    return cast(Door, request.app.state.door)


def settings_of(request: Request) -> Settings:
    """The settings this application was created with."""
    return cast(Settings, request.app.state.settings)


def blobs_of(request: Request) -> Blobs:
    """Where the files and letters of this application are kept."""
    return cast(Blobs, request.app.state.blobs)


def _language(request: Request, actor: Actor | None) -> str:
    if actor is not None and actor.language in LANGUAGES:
        return actor.language
    chosen = request.cookies.get(security.LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    wanted = request.headers.get("accept-language", "de")[:2].lower()
    return "en" if wanted == "en" else "de"


def visitor(request: Request) -> Visitor:
    """The visitor of this request; found once and kept in ``request.state``."""
    known: Visitor | None = getattr(request.state, "visitor", None)
    if known is None:
        known = _find_visitor(request)
        request.state.visitor = known
    return known


def _find_visitor(request: Request) -> Visitor:
    token = request.cookies.get(security.SESSION_COOKIE, "")
    signed_in = _session(request, token) if token else None
    if signed_in is not None:
        return Visitor(signed_in.actor, _language(request, signed_in.actor), signed_in.csrf, token)
    secret = request.cookies.get(security.VISITOR_COOKIE, "")
    fresh = not security.looks_like_token(secret)
    if fresh:
        secret = security.new_token()
    return Visitor(None, _language(request, None), security.visitor_csrf(secret), secret, fresh)


def _session(request: Request, token: str) -> people.SignedIn | None:
    limits, door = settings_of(request), door_of(request)
    found = door.glance(lambda session: people.find_session(session, token, limits))
    if found is not None and found.unnoted:
        with door.transaction(SYSTEM) as session:
            people.note_seen(session, token)
    return found


async def _visitor(request: Request) -> Visitor:
    known: Visitor | None = getattr(request.state, "visitor", None)
    if known is None:
        known = await run_in_threadpool(visitor, request)  # asks the database
    return known


async def _door(request: Request) -> Door:
    return door_of(request)


# What only looks something up is asynchronous: each synchronous dependency costs a hop to a thread.
CurrentVisitor = Annotated[Visitor, Depends(_visitor)]


async def protect(request: Request) -> None:
    """Refuse every changing request of a browser that does not carry its CSRF token.

    It is a dependency of the whole application, so a new route is protected without asking.
    Requests to /api/ carry a token of their own in a header instead of a cookie.
    """
    if request.method in security.SAFE_METHODS or request.url.path.startswith("/api/"):
        return
    who = await _visitor(request)
    sent = request.headers.get("x-csrf-token", "")
    if not sent:
        sent = str((await _form(request)).get(security.CSRF_FIELD, ""))
    if not security.same(sent, who.csrf):
        raise NotAllowed("web.csrf")


async def _form(request: Request) -> FormData:
    """The form without the signs that nobody can see and no database keeps; read only once."""
    known: FormData | None = getattr(request.state, "posted", None)
    if known is None:
        sent = await request.form(max_files=20, max_fields=10_000)
        known = FormData(
            [
                (visible(name), visible(value) if isinstance(value, str) else value)
                for name, value in sent.multi_items()
            ]
        )
        request.state.posted = known
    return known


async def posted(request: Request) -> FormData:
    """The posted form; already read by ``protect``, so this costs nothing."""
    return await _form(request)


async def current_actor(request: Request, who: CurrentVisitor) -> Actor:
    """The signed-in person; pages send everybody else to sign in and back."""
    if who.actor is None:
        raise SignInFirst(_return_address(request))
    return who.actor


def _return_address(request: Request) -> str:
    if request.method not in security.SAFE_METHODS:
        return security.local_path(request.headers.get("referer", ""), str(request.base_url))
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path, safe="/") + query


async def optional_actor(who: CurrentVisitor) -> Actor | None:
    """The signed-in person, or nobody on a public page."""
    return who.actor


async def staff_actor(actor: Annotated[Actor, Depends(current_actor)]) -> Actor:
    """The signed-in person if they work for an authority."""
    if actor.kind != "staff":
        raise NotAllowed
    return actor


async def applicant_actor(actor: Annotated[Actor, Depends(current_actor)]) -> Actor:
    """The signed-in person if they act for an applicant organisation."""
    if actor.kind != "applicant":
        raise NotAllowed
    return actor


CurrentActor = Annotated[Actor, Depends(current_actor)]
OptionalActor = Annotated[Actor | None, Depends(optional_actor)]
StaffActor = Annotated[Actor, Depends(staff_actor)]
ApplicantActor = Annotated[Actor, Depends(applicant_actor)]
CurrentDoor = Annotated[Door, Depends(_door)]
Posted = Annotated[FormData, Depends(posted)]
