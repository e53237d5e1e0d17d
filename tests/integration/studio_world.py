"""A published programme, two managers and others at the door of the studio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from fastapi.testclient import TestClient
from tests.factories import make_actor
from tests.integration.shared_app import shared_app

from grantflow.programmes.package import Package, load_folder
from grantflow.services import catalogue, passwords, people, studio
from grantflow.services.policy import SYSTEM, Actor
from grantflow.settings import Settings
from grantflow.store.db import Sessions, reading, transaction
from grantflow.store.tables import Authority
from grantflow.web import security

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "programmes" / "lighthouse_keepers"
SHARED = ROOT / "workflows" / "_shared"
LETTERS = ROOT / "templates" / "letters"
PASSWORD = "Leuchtturm-am-Watt-7"
DIAGRAM = "stages/lamp_application.bpmn"
SHARED_FORM = "_shared/forms/supply_information.form"
REFERENCE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


def shipped() -> Package:
    """The invented programme with the shared files of the installation."""
    return load_folder(FOLDER, SHARED, LETTERS)


@dataclass
class Browser:
    """Somebody signed in, with the token that every change needs."""

    client: TestClient
    csrf: str
    actor: Actor

    def get(self, address: str, **params: Any) -> httpx.Response:
        """Look at a page."""
        return self.client.get(address, params=params or None)

    def post(self, address: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send a form."""
        return self.client.post(address, data={**(data or {}), "_csrf": self.csrf}, **more)

    def send(self, address: str, body: dict[str, Any], **params: Any) -> httpx.Response:
        """Send JSON, as the editors do."""
        headers = {"x-csrf-token": self.csrf}
        return self.client.post(address, json=body, headers=headers, params=params or None)


class Browsers(dict[str, Browser]):
    """Everybody's browser; a person signs in when they are first asked for something."""

    def __init__(self, sign_in: Callable[[str], Browser]) -> None:
        super().__init__()
        self._sign_in = sign_in

    def __missing__(self, name: str) -> Browser:
        self[name] = self._sign_in(name)
        return self[name]


@dataclass
class StudioWorld:
    """The programme and everybody around it."""

    sessions: Sessions
    settings: Settings
    authority: Authority
    programme_id: UUID
    published: UUID
    browsers: Browsers = field(init=False)

    def draft(self, by: str = "manager") -> UUID:
        """A new draft of the published version."""
        actor = self.browsers[by].actor
        with transaction(self.sessions, actor.scope) as session:
            return studio.start_draft(session, actor, self.published, "Neue Laterne").version.id

    def text(self, version_id: UUID, name: str) -> str:
        """A file of a version."""
        actor = self.browsers["manager"].actor
        with reading(self.sessions, actor.scope) as session:
            return studio.read_file_of(session, actor, version_id, name).decode()

    def files(self, version_id: UUID) -> set[str]:
        """The names of all files of a version."""
        actor = self.browsers["manager"].actor
        with reading(self.sessions, actor.scope) as session:
            return set(studio.open_version(session, actor, version_id).package.files)

    def state(self, version_id: UUID) -> str:
        """The state of a version."""
        actor = self.browsers["manager"].actor
        with reading(self.sessions, actor.scope) as session:
            return catalogue.version(session, actor, version_id).state

    def save(
        self, version_id: UUID, name: str, content: str, revision: int = 1, by: str = "manager"
    ) -> httpx.Response:
        """Save a file as an editor does."""
        body = {"revision": revision, "content": content}
        return self.browsers[by].send(f"/studio/versions/{version_id}/file", body, file=name)


def open_studio(sessions: Sessions, settings: Settings) -> Iterator[StudioWorld]:
    """Publish the programme and sign everybody in."""
    with transaction(sessions, SYSTEM.scope) as session:
        version = catalogue.publish_package(session, SYSTEM, shipped())
        authority = session.get_one(Authority, version.authority_id)
        world = StudioWorld(sessions, settings, authority, version.programme_id, version.id)
        hashed = passwords.hashed(PASSWORD)
        roles = {
            "manager": ("PROGRAMME_MANAGER",),
            "second": ("PROGRAMME_MANAGER",),
            "officer": ("CASE_OFFICER",),
            "templates": ("TEMPLATE_MANAGER",),
        }
        actors = {
            name: make_actor(session, *held, authority=authority, name=name, password_hash=hashed)
            for name, held in roles.items()
        }
        stranger = make_actor(session, "PROGRAMME_MANAGER", name="stranger", password_hash=hashed)
    app = shared_app(settings, sessions)
    everybody = {**actors, "stranger": stranger}
    world.browsers = Browsers(lambda name: _browser(app, world, everybody[name]))
    yield world
    for browser in world.browsers.values():
        browser.client.close()


def _browser(app: Callable[..., Any], world: StudioWorld, actor: Actor) -> Browser:
    with transaction(world.sessions, SYSTEM.scope) as session:
        signed_in = people.sign_in(session, actor.email, PASSWORD, "127.0.0.1", world.settings)
    client = TestClient(app, base_url="http://testserver", follow_redirects=False)
    client.cookies.set(security.SESSION_COOKIE, signed_in.token)
    return Browser(client, signed_in.csrf, actor)
