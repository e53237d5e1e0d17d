"""What every command needs first: settings, the database, a door to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from grantflow.errors import NotFound
from grantflow.logs import configure
from grantflow.services import people
from grantflow.services.policy import SYSTEM, Actor
from grantflow.settings import Settings, settings
from grantflow.store import db, embedded


@dataclass(frozen=True)
class World:
    """An opened installation."""

    settings: Settings
    urls: embedded.Urls
    sessions: db.Sessions

    @contextmanager
    def transaction(self, actor: Actor = SYSTEM) -> Iterator[Session]:
        """Change something as this actor."""
        with db.transaction(self.sessions, actor.scope) as session:
            yield session

    @contextmanager
    def reading(self, actor: Actor = SYSTEM) -> Iterator[Session]:
        """Look at something as this actor."""
        with db.reading(self.sessions, actor.scope) as session:
            yield session

    def person(self, email: str) -> Actor:
        """The account with this address as an actor. Raises NotFound."""
        with self.reading() as session:
            actor = people.find_actor(session, email)
        if actor is None:
            raise NotFound("cli.no_account", email=email)
        return actor


@contextmanager
def opened(chosen: Settings | None = None) -> Iterator[World]:
    """Open the installation; connections are closed at the end."""
    configured = chosen or settings()
    configure(configured.log_level, as_json=configured.log_json)
    urls = embedded.urls(configured)
    sessions = db.connect(urls.application, configured.pool_size)
    try:
        yield World(configured, urls, sessions)
    finally:
        sessions.dispose()
