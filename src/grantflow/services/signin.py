"""Sign-in: browser sessions and API tokens, how long they last, and how many may be tried."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.clock import BERLIN
from grantflow.errors import Invalid, NotAllowed, Problem
from grantflow.services import passwords
from grantflow.services.policy import Actor, Grant, require_account
from grantflow.settings import Settings
from grantflow.store import people as rows
from grantflow.store import sessions
from grantflow.store.db import Kept
from grantflow.store.tables import ApiToken, WebSession

WINDOW = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=1)
# A whole office may share an address, and nobody shall lock a colleague out from elsewhere.
SHARED = 5
_API_MARK = "gf_"
LONGEST_NAME, LONGEST_TOKEN_NAME = 200, 100


@dataclass(frozen=True)
class SignedIn:
    """Somebody whose browser we know; ``token`` belongs in the cookie, ``csrf`` in every form.

    ``unnoted``: it is time to note that the browser was seen (``note_seen``).
    """

    actor: Actor
    csrf: str
    token: str
    unnoted: bool = False


class SignInRefused(Kept, NotAllowed):
    """The address or the password is wrong, or there were too many attempts."""


def sign_in(
    session: Session, email: str, password: str, address: str, limits: Settings
) -> SignedIn:
    """Sign in with a fresh token, whatever token the browser had before.

    Raises SignInRefused (a NotAllowed that is counted although it is an error): wrong, or too many
    attempts; then the text says when to try again (German time).
    """
    wanted = normal_email(email)
    attempts = _Attempts(wanted, address, limits.signin_attempts)
    attempts.check(session)
    person = rows.find_person(session, wanted)
    fits, renewed = passwords.matches(password, person.password_hash if person else None)
    if person is None or not fits:
        sessions.add_attempts(session, attempts.subjects, clock.now())
        raise SignInRefused("people.sign_in.wrong")
    sessions.delete_attempts(session, attempts.pair)
    if renewed:
        rows.set_password_hash(session, person.id, renewed)
    return _new_session(session, person_as_actor(person))


@dataclass(frozen=True)
class _Attempts:
    """Failed sign-ins of a person from a place, of the person, and of the place."""

    email: str
    address: str
    allowed: int

    @property
    def pair(self) -> str:
        return f"mail:{self.email} ip:{self.address}"

    @property
    def subjects(self) -> tuple[str, str, str]:
        return (self.pair, f"mail:{self.email}", f"ip:{self.address}")

    def check(self, session: Session) -> None:
        counted = sessions.count_attempts(session, self.subjects, clock.now() - WINDOW)
        limits = {self.pair: self.allowed}
        for subject, (count, first) in counted.items():
            if count >= limits.get(subject, self.allowed * SHARED):
                again = (first + WINDOW).astimezone(BERLIN)
                raise SignInRefused("people.sign_in.too_many", time=f"{again:%H:%M}")


def _new_session(session: Session, actor: Actor) -> SignedIn:
    token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), clock.now()
    sessions.add_session(
        session,
        WebSession(
            token_hash=_digest(token),
            account_id=require_account(actor),
            csrf=csrf,
            created_at=now,
            seen_at=now,
        ),
    )
    return SignedIn(actor, csrf, token)


def find_session(session: Session, token: str, limits: Settings) -> SignedIn | None:
    """Who is signed in with this token; None if nobody, too long idle, or too long at all.

    One query, which changes nothing.
    """
    person = rows.find_person_of_session(session, _digest(token))
    if person is None:
        return None
    now = clock.now()
    idle = timedelta(minutes=limits.session_idle_minutes)
    whole = timedelta(hours=limits.session_hours)
    if now - person.seen_at > idle or now - person.created_at > whole:
        return None
    unnoted = now - person.seen_at > SEEN_EVERY
    return SignedIn(person_as_actor(person), person.csrf, token, unnoted)


def note_seen(session: Session, token: str) -> None:
    """Remember that this browser was seen now; its idle time begins anew."""
    sessions.touch_session(session, _digest(token), clock.now())


def actor_of_session(session: Session, token: str, limits: Settings) -> Actor | None:
    """As ``find_session``, the person only."""
    found = find_session(session, token, limits)
    return found.actor if found else None


def sign_out(session: Session, token: str) -> None:
    """Forget this browser; nothing happens if it was forgotten already."""
    sessions.delete_session(session, _digest(token))


def sign_out_everywhere(session: Session, actor: Actor) -> None:
    """Forget every browser of the account, the one that asks too."""
    sessions.delete_sessions_of(session, require_account(actor))


def forget_old(session: Session, limits: Settings) -> None:
    """Remove expired browsers and sign-in attempts that no longer count."""
    now = clock.now()
    expired = now - timedelta(hours=limits.session_hours)
    sessions.delete_old(session, sessions_before=expired, attempts_before=now - WINDOW)


def create_token(session: Session, actor: Actor, name: str, days: int | None = 365) -> str:
    """A new API token; this is the only time it is shown. ``days`` None: until it is revoked.

    Raises Invalid (fields name, days).
    """
    wrong = name_fault(name, most=LONGEST_TOKEN_NAME)
    if wrong:
        raise Invalid([wrong])
    if days is not None and not 1 <= days <= 3650:
        raise Invalid([Problem("people.token_days", place="days")])
    token, now = _API_MARK + secrets.token_urlsafe(32), clock.now()
    sessions.add_token(
        session,
        ApiToken(
            account_id=require_account(actor),
            name=name.strip(),
            token_hash=_digest(token),
            created_at=now,
            expires_at=now + timedelta(days=days) if days else None,
        ),
    )
    return token


def name_fault(name: str, place: str = "name", most: int = LONGEST_NAME) -> Problem | None:
    """What is wrong with a name: nothing in it, or more than ``most`` characters."""
    if not name.strip():
        return Problem("people.required", place=place)
    if len(name.strip()) > most:
        return Problem("people.too_long", {"most": most}, place)
    return None


def list_tokens(session: Session, actor: Actor) -> Sequence[ApiToken]:
    """The actor's tokens that were not revoked; without their secrets, which nobody has."""
    return sessions.list_tokens(session, require_account(actor))


def revoke_token(session: Session, actor: Actor, token_id: UUID) -> None:
    """Make one of the actor's tokens worthless at once. Raises NotFound."""
    sessions.revoke_token(session, require_account(actor), token_id, clock.now())


def actor_of_token(session: Session, token: str) -> Actor | None:
    """Whose API token this is; None if unknown, revoked or expired. One query."""
    person = rows.find_person_of_token(session, _digest(token))
    if person is None or (person.expires_at and person.expires_at <= clock.now()):
        return None
    return person_as_actor(person)


def normal_email(email: str) -> str:
    """Addresses are compared in small letters."""
    return email.strip().lower()


def person_as_actor(person: Row[Any]) -> Actor:
    """The actor that a row of ``store.people`` describes."""
    grants = frozenset(
        Grant(role, UUID(authority), UUID(programme) if programme else None)
        for role, authority, programme in person.grants
    )
    organisations = frozenset(person.organisations)
    return Actor(
        person.id, person.name, person.email, person.language, person.kind, grants, organisations
    )


def _digest(token: str) -> bytes:
    """Tokens are long and random, so a plain hash is enough and quick."""
    return sha256(token.encode()).digest()
