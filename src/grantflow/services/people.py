"""Accounts: registering, roles of staff, names, languages and passwords."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from grantflow.services import passwords
from grantflow.services.policy import Actor, Role, require_account
from grantflow.services.signin import (
    SignedIn,
    SignInRefused,
    actor_of_session,
    actor_of_token,
    create_token,
    find_session,
    forget_old,
    list_tokens,
    name_fault,
    normal_email,
    note_seen,
    person_as_actor,
    revoke_token,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from grantflow.store import jobs, sessions
from grantflow.store import people as rows
from grantflow.store.tables import Account, Membership, Organisation, RoleGrant
from grantflow.texts import LANGUAGES

__all__ = [
    "NewOrganisation",
    "SignInRefused",
    "SignedIn",
    "actor_of_session",
    "actor_of_token",
    "add_staff",
    "change_language",
    "change_name",
    "change_password",
    "create_token",
    "find_actor",
    "find_session",
    "forget_old",
    "get_actor",
    "list_tokens",
    "note_seen",
    "register_applicant",
    "revoke_token",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
]

_ADDRESS = re.compile(r"[^@\s]+@([^@\s]+\.[^@\s.]+|localhost)")


@dataclass(frozen=True)
class NewOrganisation:
    """What an organisation says of itself when it registers."""

    name: str
    legal_form: str = ""
    register_number: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""


def find_actor(session: Session, email: str) -> Actor | None:
    """The active account with this address as an actor."""
    person = rows.find_person(session, normal_email(email))
    return person_as_actor(person) if person else None


def get_actor(session: Session, account_id: UUID) -> Actor:
    """The active account as an actor. Raises NotFound."""
    person = rows.find_person_by_id(session, account_id)
    if person is None:
        raise NotFound()
    return person_as_actor(person)


def register_applicant(
    session: Session,
    email: str,
    name: str,
    password: str,
    organisation: NewOrganisation,
    language: str = "de",
) -> Actor:
    """A new account and its organisation; runs with the system's scope as nobody is there yet.

    Raises Invalid (fields email, name, password, organisation), Conflict (address known).
    """
    wanted = _checked(email, name, organisation=organisation.name)
    passwords.check(password, "password", wanted.split("@")[0], *name.split())
    account = _new_account(wanted, name, "applicant", password, language)
    home = Organisation(created_at=clock.now(), **vars(organisation))
    session.add_all([account, home])
    session.flush()
    session.add(Membership(account_id=account.id, organisation_id=home.id))
    session.flush()
    jobs.enqueue(session, "send_mail", None, template="account_created", account_id=account.id)
    return get_actor(session, account.id)


def add_staff(  # noqa: PLR0913, PLR0917 - one account and one line of the table of roles
    session: Session,
    actor: Actor,
    email: str,
    name: str,
    password: str,
    authority: str,
    roles: Sequence[str],
    programme: str | None = None,
) -> Actor:
    """An account with roles in an authority; an account that exists gets the roles added.

    Raises NotAllowed (only ADMIN of the authority and the system may), NotFound (authority,
    programme), Invalid (unknown role, bad password), Conflict (the account is an applicant's).
    """
    home = rows.get_authority(session, authority)
    if not (actor.is_system or actor.has_role(Role.ADMIN, home.id)):
        raise NotAllowed(role=Role.ADMIN)
    _check_roles(roles)
    account = rows.find_account(session, normal_email(email))
    if account is None:
        wanted = _checked(email, name)
        passwords.check(password, "password", wanted.split("@")[0], *name.split())
        account = _new_account(wanted, name, "staff", password, "de")
        session.add(account)
        session.flush()
    elif account.kind != "staff":
        raise Conflict("people.not_staff", email=account.email)
    only = rows.get_programme(session, home.id, programme).id if programme else None
    given = [
        RoleGrant(account_id=account.id, authority_id=home.id, programme_id=only, role=role)
        for role in roles
    ]
    rows.add_grants(session, given)
    return get_actor(session, account.id)


def change_name(session: Session, actor: Actor, name: str) -> None:
    """Raises Invalid (field name)."""
    wrong = name_fault(name)
    if wrong:
        raise Invalid([wrong])
    rows.lock_account(session, require_account(actor)).name = name.strip()


def change_language(session: Session, actor: Actor, language: str) -> None:
    """Raises Invalid (field language)."""
    if language not in LANGUAGES:
        raise Invalid([Problem("people.language", place="language")])
    rows.lock_account(session, require_account(actor)).language = language


def change_password(session: Session, actor: Actor, current: str, new: str) -> None:
    """Replace the password and sign out every browser of the account, this one too.

    Raises Invalid (fields current, new).
    """
    account = rows.lock_account(session, require_account(actor))
    if not passwords.matches(current, account.password_hash)[0]:
        raise Invalid([Problem("people.password.current", place="current")])
    passwords.check(new, "new", account.email.split("@")[0], *account.name.split())
    account.password_hash = passwords.hashed(new)
    sessions.delete_sessions_of(session, account.id)


def _checked(email: str, name: str, organisation: str = "-") -> str:
    """The address in its normal form. Raises Invalid with every fault at once."""
    wanted = normal_email(email)
    found = {
        "email": "" if _ADDRESS.fullmatch(wanted) and len(wanted) <= 254 else "people.email",
    }
    problems = [Problem(key, place=place) for place, key in found.items() if key]
    faults = (name_fault(name), name_fault(organisation, "organisation"))
    problems += [fault for fault in faults if fault]
    if problems:
        raise Invalid(problems)
    return wanted


def _check_roles(roles: Sequence[str]) -> None:
    known = set(Role) - {Role.APPLICANT}
    unknown = [role for role in roles if role not in known]
    if unknown or not roles:
        listed = ", ".join(sorted(known))
        raise Invalid(
            [Problem("people.role", {"role": r, "known": listed}) for r in unknown or [""]]
        )


def _new_account(email: str, name: str, kind: str, password: str, language: str) -> Account:
    return Account(
        email=email,
        name=name.strip(),
        kind=kind,
        password_hash=passwords.hashed(password),
        language=language if language in LANGUAGES else "de",
        created_at=clock.now(),
    )
