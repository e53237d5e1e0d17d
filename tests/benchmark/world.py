"""A database, a programme with one long loop, and people, for the benchmarks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.programmes.package import Package
from grantflow.services import cases, catalogue, people, tasks
from grantflow.services.policy import SYSTEM, Actor
from grantflow.settings import Settings
from grantflow.store import db, embedded, migrate
from grantflow.store.tables import Call, Task
from tests.benchmark import diagrams

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "benchmark-only-password"
_FACTS = """
key = "benchmark"
title = {de = "Messprogramm", en = "Benchmark"}
summary = {de = "Eine lange Schleife.", en = "One long loop."}
profile = "federal"
reference_prefix = "BM"
[authority]
key = "bench"
name = "Messamt"
short = "MA"
street = "Weg 1"
postcode = "10115"
town = "Berlin"
seat = "Berlin"
holiday_calendar = "BE"
[authority.remedy]
kind = "objection"
body = "Messamt"
[lanes]
"Büro" = "CASE_OFFICER"
[[calls]]
key = "always"
title = {de = "Immer", en = "Always"}
opens = 2020-01-01
"""


def _form(name: str) -> bytes:
    fields = [
        {"type": "textfield", "key": f"field_{i}", "id": f"f{i}", "label": f"Angabe {i}"}
        for i in range(10)
    ]
    more = {"type": "textfield", "key": "more", "id": "more", "label": "Weiter",
            "properties": {"routing": "true"}}  # fmt: skip
    return json.dumps(
        {"type": "default", "id": name, "components": [*fields, more], "schemaVersion": 17}
    ).encode()


def package() -> Package:
    rules = (ROOT / "workflows/_shared/rules/federal.toml").read_bytes()
    return Package(
        {
            "programme.toml": _FACTS.encode(),
            "lifecycle.bpmn": diagrams.ours(),
            "_shared/rules/federal.toml": rules,
            **{f"forms/{step}.form": _form(step) for step in diagrams.STEPS},
        }
    )


@dataclass(frozen=True)
class Bench:
    """Everything a measurement needs."""

    settings: Settings
    urls: embedded.Urls
    sessions: db.Sessions
    officer: Actor
    applicant: Actor
    call: UUID

    def new_case(self) -> UUID:
        with db.transaction(self.sessions, self.applicant.scope) as session:
            organisation = next(iter(self.applicant.organisations))
            return cases.open_case(session, self.applicant, self.call, organisation, "Messfall").id

    def open_task(self, session: Session, case_id: UUID) -> UUID:
        wanted = select(col(Task.id)).where(
            col(Task.case_id) == case_id, col(Task.status) == "open"
        )
        return session.scalars(wanted).one()

    def step(self, case_id: UUID, number: int) -> None:
        """One task completed through the service layer, committed; found like a page does."""
        with db.reading(self.sessions, self.officer.scope) as session:
            task_id = self.open_task(session, case_id)
        self.complete(task_id, number)

    def complete(self, task_id: UUID, number: int) -> None:
        with db.transaction(self.sessions, self.officer.scope) as session:
            tasks.complete(session, self.officer, task_id, diagrams.answers(number))


@contextmanager
def installation(connections: int) -> Iterator[tuple[Settings, embedded.Urls, db.Sessions]]:
    """A fresh installation in a folder of its own, gone afterwards."""
    root = embedded.ROOTS_FOLDER if embedded.runs_as_root() else Path.home() / ".cache/grantflow"
    folder = root / f"bench-{uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    settings = Settings(data_dir=folder, database_url=None)
    try:
        urls = embedded.urls(settings)
        migrate.upgrade(urls.owner)
        sessions = db.connect(urls.application, connections)
        yield settings, urls, sessions
        sessions.dispose()
        embedded.serve(folder).stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def opened() -> Iterator[Bench]:
    """An installation with a programme of one long loop, and people."""
    with installation(10) as (settings, urls, sessions):
        yield _filled(settings, urls, sessions)


def _filled(settings: Settings, urls: embedded.Urls, sessions: db.Sessions) -> Bench:
    with db.transaction(sessions, SYSTEM.scope) as session:
        catalogue.publish_package(session, SYSTEM, package())
        officer = people.add_staff(
            session, SYSTEM, "officer@example.org", "Olga Amt", PASSWORD, "bench",
            ["CASE_OFFICER"],
        )  # fmt: skip
        home = people.NewOrganisation(name="Verein", town="Berlin")
        applicant = people.register_applicant(
            session, "applicant@example.org", "Anna Trag", PASSWORD, home
        )
        call = session.scalars(select(col(Call.id))).one()
    return Bench(settings, urls, sessions, officer, applicant, call)
