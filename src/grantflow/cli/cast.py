"""The people of the demo: accounts, roles and organisations out of ``_demo/people.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from grantflow.services import people
from grantflow.services.policy import SYSTEM, Actor


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StaffMember(_Strict):
    key: str
    name: str
    email: str
    authority: str
    roles: tuple[str, ...]
    programme: str | None = None
    language: str = "de"


class Carrier(_Strict):
    """An organisation that applies."""

    key: str
    name: str
    legal_form: str = ""
    register_number: str = ""
    street: str
    postcode: str
    town: str


class ApplicantPerson(_Strict):
    key: str
    name: str
    email: str
    organisation: str
    role: str = "APPLICANT_SIGNATORY"
    language: str = "de"


class CastFile(_Strict):
    password: str
    staff: tuple[StaffMember, ...] = ()
    organisations: tuple[Carrier, ...] = ()
    applicants: tuple[ApplicantPerson, ...] = ()
    note: str = Field(default="")


@dataclass(frozen=True)
class Cast:
    """Who plays which part, such as ``CASE_OFFICER:2`` of an authority, or an applicant."""

    file: CastFile
    actors: Mapping[str, Actor]  # by e-mail

    def staff(self, authority: str, part: str) -> Actor:
        """The member of staff for a part such as ``HEAD_OF_UNIT`` or ``panel:2``."""
        role, _, number = part.partition(":")
        role = "PANEL_MEMBER" if role == "panel" else role
        found = [m for m in self.file.staff if m.authority == authority and role in m.roles]
        return self.actors[found[int(number or 1) - 1].email]

    def applicant(self, organisation: str) -> tuple[Actor, UUID]:
        """Somebody of the organisation with this key, and the organisation's id."""
        person = next(p for p in self.file.applicants if p.organisation == organisation)
        actor = self.actors[person.email]
        return actor, next(iter(actor.organisations))


def read_cast(folder: Path) -> CastFile:
    """The demo people below a workflows folder."""
    raw: dict[str, Any] = tomllib.loads((folder / "_demo" / "people.toml").read_text("utf-8"))
    return CastFile.model_validate(raw)


def hire(session: Session, file: CastFile) -> Cast:
    """Add the accounts that are missing; everybody as an actor."""
    actors: dict[str, Actor] = {}
    carriers = {c.key: c for c in file.organisations}
    for member in file.staff:
        actors[member.email] = people.find_actor(session, member.email) or _staff(
            session, member, file.password
        )
    for person in file.applicants:
        actors[person.email] = people.find_actor(session, person.email) or _applicant(
            session, person, carriers[person.organisation], file.password
        )
    return Cast(file, actors)


def _staff(session: Session, member: StaffMember, password: str) -> Actor:
    actor = people.add_staff(
        session,
        SYSTEM,
        member.email,
        member.name,
        password,
        member.authority,
        member.roles,
        member.programme,
    )
    return _speaking(session, actor, member.language)


def _applicant(session: Session, person: ApplicantPerson, carrier: Carrier, password: str) -> Actor:
    facts = carrier.model_dump(exclude={"key"})
    return people.register_applicant(
        session,
        person.email,
        person.name,
        password,
        people.NewOrganisation(**facts),
        person.language,
    )


def _speaking(session: Session, actor: Actor, language: str) -> Actor:
    if language != actor.language:
        people.change_language(session, actor, language)
    return people.find_actor(session, actor.email) or actor
