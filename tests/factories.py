"""Rows to start a test from, made with as little ceremony as possible."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.services.policy import Actor, Grant
from grantflow.store.tables import (
    Account,
    Authority,
    Call,
    Case,
    Membership,
    Organisation,
    ProcessInstance,
    ProgrammeRow,
    ProgrammeVersion,
    RoleGrant,
)

Row = TypeVar("Row")
_numbers = count(1)


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def make_authority(session: Session, **values: Any) -> Authority:
    number = next(_numbers)
    defaults = {"key": f"authority_{number}", "name": f"Behörde {number}", "facts": {}}
    return _add(session, Authority(**(defaults | values)))


def make_organisation(session: Session, **values: Any) -> Organisation:
    defaults = {"name": f"Träger {next(_numbers)}", "created_at": clock.now()}
    return _add(session, Organisation(**(defaults | values)))


def make_account(session: Session, kind: str = "staff", **values: Any) -> Account:
    number = next(_numbers)
    defaults = {
        "email": f"person{number}@example.org",
        "name": f"Person {number}",
        "created_at": clock.now(),
    }
    return _add(session, Account(kind=kind, **(defaults | values)))


def make_actor(
    session: Session,
    *roles: str,
    authority: Authority | None = None,
    programme_id: UUID | None = None,
    organisations: Iterable[Organisation] = (),
    **values: Any,
) -> Actor:
    """Staff with roles in an authority, or (with organisations, without roles) an applicant."""
    members = tuple(organisations)
    account = make_account(session, "applicant" if members else "staff", **values)
    for organisation in members:
        _add(session, Membership(account_id=account.id, organisation_id=organisation.id))
    home = authority or (make_authority(session) if roles else None)
    grants = set()
    for role in roles:
        assert home is not None
        given = {"authority_id": home.id, "programme_id": programme_id, "role": role}
        _add(session, RoleGrant(account_id=account.id, **given))
        grants.add(Grant(**given))
    return Actor(
        account.id,
        account.name,
        account.email,
        account.language,
        account.kind,
        frozenset(grants),
        frozenset(organisation.id for organisation in members),
    )


def make_programme(session: Session, authority: Authority, **values: Any) -> ProgrammeRow:
    defaults = {"key": f"programme_{next(_numbers)}", "title": {"de": "Programm", "en": "Scheme"}}
    return _add(session, ProgrammeRow(authority_id=authority.id, **(defaults | values)))


def make_version(session: Session, programme: ProgrammeRow, **values: Any) -> ProgrammeVersion:
    """A version of a programme with an empty package, published unless told otherwise."""
    defaults = {"number": 1, "state": "published", "package": b"", "created_at": clock.now()}
    owner = {"programme_id": programme.id, "authority_id": programme.authority_id}
    return _add(session, ProgrammeVersion(**(owner | defaults | values)))


def make_call(session: Session, version: ProgrammeVersion, **values: Any) -> Call:
    defaults = {"key": f"call_{next(_numbers)}", "title": {"de": "Aufruf", "en": "Call"}}
    owner = {"programme_id": version.programme_id, "authority_id": version.authority_id}
    owner |= {"programme_version_id": version.id, "opens_at": clock.now()}
    return _add(session, Call(**(owner | defaults | values)))


def make_case(
    session: Session,
    *,
    call: Call | None = None,
    organisation: Organisation | None = None,
    **values: Any,
) -> Case:
    """A bare case (no process runs in it) with everything it needs around it."""
    if call is None:
        programme = make_programme(session, make_authority(session))
        call = make_call(session, make_version(session, programme))
    organisation = organisation or make_organisation(session)
    opened_by = values.pop("opened_by", None) or make_account(session, "applicant").id
    defaults = {"reference": f"T-{next(_numbers)}", "title": "Vorhaben", "opened_at": clock.now()}
    owner = {
        "authority_id": call.authority_id,
        "programme_id": call.programme_id,
        "programme_version_id": call.programme_version_id,
        "call_id": call.id,
        "organisation_id": organisation.id,
        "opened_by": opened_by,
    }
    return _add(session, Case(**(owner | defaults | values)))


def make_instance(session: Session, case: Case, **values: Any) -> ProcessInstance:
    defaults = {"process_id": "lifecycle", "state": b"", "started_at": clock.now()}
    owner = {"case_id": case.id, "authority_id": case.authority_id}
    return _add(session, ProcessInstance(**(owner | defaults | values)))
