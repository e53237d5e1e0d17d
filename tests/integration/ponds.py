"""The small programme published, its people, and the steps tests take with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col
from tests.factories import make_actor, make_organisation
from tests.integration.small_programme import package

from grantflow.documents import Blobs, open_blobs
from grantflow.jobs.inline import run_jobs
from grantflow.programmes.package import Package
from grantflow.services import cases, catalogue, tasks
from grantflow.services.policy import SYSTEM, Actor
from grantflow.settings import Settings
from grantflow.store.db import Sessions, reading, transaction
from grantflow.store.tables import (
    Authority,
    Call,
    Case,
    Letter,
    Organisation,
    ProgrammeRow,
    ProgrammeVersion,
    Task,
)

Result = TypeVar("Result")
DECISION = {
    "decision_outcome": "grant",
    "approved_amount": "20000",
    "purpose": "Der Teich wird tiefer.",
    "reasons": "Der Teich ist flach.",
}


@dataclass
class Ponds:
    """The programme, its call and everybody around it; every step is a transaction of its own."""

    sessions: Sessions
    settings: Settings
    version: ProgrammeVersion
    authority: Authority
    programme: ProgrammeRow
    call: Call
    organisation: Organisation
    people: dict[str, Actor] = field(default_factory=dict)

    @property
    def blobs(self) -> Blobs:
        return open_blobs(self.settings)

    def transaction(self, actor: Actor) -> AbstractContextManager[Session]:
        return transaction(self.sessions, actor.scope)

    def reading(self, actor: Actor = SYSTEM) -> AbstractContextManager[Session]:
        return reading(self.sessions, actor.scope)

    def who(self, name: str) -> Actor:
        return self.people[name]

    def do(self, name: str, use_case: Callable[..., Result], *args: Any, **named: Any) -> Result:
        """Call a service as somebody, in one transaction with their rights."""
        actor = SYSTEM if name == "system" else self.who(name)
        with self.transaction(actor) as session:
            return use_case(session, actor, *args, **named)

    def look(self, name: str, use_case: Callable[..., Result], *args: Any, **named: Any) -> Result:
        """Call a service as somebody, in a READ ONLY transaction with their rights."""
        actor = SYSTEM if name == "system" else self.who(name)
        with self.reading(actor) as session:
            return use_case(session, actor, *args, **named)

    def open(self, title: str = "Froschteich") -> Case:
        return self.do("applicant", cases.open_case, self.call.id, self.organisation.id, title)

    def case(self, case_id: UUID) -> Case:
        with self.reading() as session:
            return session.execute(select(Case).where(col(Case.id) == case_id)).scalar_one()

    def tasks(self, case_id: UUID) -> dict[str, Task]:
        """The open tasks of a case by element."""
        with self.reading() as session:
            rows = session.execute(
                select(Task).where(col(Task.case_id) == case_id, col(Task.status) == "open")
            ).scalars()
            return {row.element_id: row for row in rows}

    def complete(self, who: str, case: Case, element: str, **answers: Any) -> Task:
        return self.do(who, tasks.complete, self.tasks(case.id)[element].id, answers)

    def letters(self, case: Case) -> list[Letter]:
        with self.reading() as session:
            query = select(Letter).where(col(Letter.case_id) == case.id)
            return list(session.execute(query.order_by(col(Letter.created_at))).scalars())

    def run_jobs(self) -> int:
        return run_jobs(self.settings, self.sessions)

    def count(self, table: Any, **values: Any) -> int:
        with self.reading() as session:
            query = select(func.count()).select_from(table).filter_by(**values)
            return session.execute(query).scalar_one()

    # ---- a case that has come some way

    def submitted(self) -> Case:
        case = self.open()
        self.complete("applicant", case, "submit", depth="3", requested_amount="25000")
        return case

    def drafted(self) -> Case:
        """The decision is drafted by the officer and waits for the head."""
        case = self.submitted()
        self.complete("officer", case, "check", verdict="good")
        self.complete("officer", case, "draft_decision", **DECISION)
        return case

    def granted(self) -> Case:
        """The decision was approved and has left."""
        case = self.drafted()
        self.complete("head", case, "approve")
        self.run_jobs()
        return case


def build(sessions: Sessions, settings: Settings, content: Package | None = None) -> Ponds:
    """Publish the programme (or a changed one) and hire everybody."""
    with transaction(sessions, SYSTEM.scope) as session:
        version = catalogue.publish_package(session, SYSTEM, content or package())
        programme = catalogue.get_programme(session, version.programme_id)
        authority = session.get_one(Authority, version.authority_id)
        calls = {call.key: call for call in catalogue.list_calls(session, programme.id)}
        organisation = make_organisation(session, name="Froschfreunde", town="Seestadt",
                                         street="Schilf 2", postcode="12345")  # fmt: skip
        ponds = Ponds(
            sessions, settings, version, authority, programme, calls["spring"], organisation
        )
        ponds.people = _hire(session, ponds)
    return ponds


STAFF: Mapping[str, tuple[str, ...]] = {
    "officer": ("CASE_OFFICER",),
    "colleague": ("CASE_OFFICER",),
    "head": ("HEAD_OF_UNIT", "CASE_OFFICER"),
    "registry": ("REGISTRY",),
    "manager": ("PROGRAMME_MANAGER", "RULE_MANAGER"),
    "second_manager": ("PROGRAMME_MANAGER", "RULE_MANAGER"),
    "panel": ("PANEL_MEMBER",),
    "panel_two": ("PANEL_MEMBER",),
    "admin": ("ADMIN",),
}


def _hire(session: Session, ponds: Ponds) -> dict[str, Actor]:
    found = {
        name: make_actor(session, *roles, authority=ponds.authority, name=name.capitalize())
        for name, roles in STAFF.items()
    }
    found["applicant"] = make_actor(session, organisations=[ponds.organisation], name="Frieda")
    stranger = make_organisation(session, name="Kröten")
    found["stranger"] = make_actor(session, organisations=[stranger], name="Fremd")
    found["foreign"] = make_actor(session, "CASE_OFFICER", name="Andere Behörde")
    return found
