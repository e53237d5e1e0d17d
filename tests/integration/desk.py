"""A browser without a screen at the desk of one person, for tests of pages."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from httpx import Response
from tests.integration.ponds import Ponds
from tests.integration.shared_app import shared_app

from grantflow.services import people, signin
from grantflow.store.db import SYSTEM_SCOPE, transaction
from grantflow.web import security

with warnings.catch_warnings():
    # Starlette would rather have the successor of httpx, which is not released yet.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


@dataclass
class Desk:
    """Somebody who is signed in."""

    client: TestClient
    csrf: str

    def get(self, path: str, **query: Any) -> Response:
        """A page; redirects are not followed."""
        return self.client.get(path, params=query or None)

    def read(self, path: str, **query: Any) -> str:
        """The text of a page that must be there."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-2000:])
        return words(answer)

    def post(self, path: str, **data: Any) -> Response:
        """A form sent off."""
        return self.client.post(path, data={"_csrf": self.csrf, **data})

    def follow(self, answer: Response) -> str:
        """The text of the page a form led to."""
        assert answer.status_code == 303, (answer.status_code, words(answer)[-2000:])
        return self.read(answer.headers["location"])


def words(answer: Response) -> str:
    """What of a page people read: without tags, with single blanks."""
    text = re.sub(r"<(script|style).*?</\1>", " ", answer.text, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


class Desks:
    """The application and everybody's desk in it."""

    def __init__(self, ponds: Ponds, stack: ExitStack) -> None:
        self.ponds = ponds
        self._stack = stack
        self.app = shared_app(ponds.settings, ponds.sessions)
        self._known: dict[str, Desk] = {}

    def of(self, name: str, language: str = "de") -> Desk:
        """The desk of one of the people of the ponds."""
        key = f"{name} {language}"
        if key not in self._known:
            self._known[key] = self._sign_in(name, language)
        return self._known[key]

    def again(self, name: str) -> Desk:
        """Another browser of one of the people, whose session may end."""
        return self._sign_in(name, "de")

    def nobody(self) -> TestClient:
        """A browser that is not signed in."""
        return self._client()

    def api(self, name: str, language: str = "en") -> TestClient:
        """A program with a token of this person."""
        with transaction(self.ponds.sessions, SYSTEM_SCOPE) as session:
            token = people.create_token(session, self.ponds.who(name), "test")
        client = self._client()
        client.headers.update({"Authorization": f"Bearer {token}", "Accept-Language": language})
        return client

    def _client(self) -> TestClient:
        client = TestClient(self.app, follow_redirects=False, raise_server_exceptions=False)
        return self._stack.enter_context(client)

    def _sign_in(self, name: str, language: str) -> Desk:
        actor = self.ponds.who(name)
        with transaction(self.ponds.sessions, SYSTEM_SCOPE) as session:
            people.change_language(session, actor, language)
            signed_in = signin._new_session(session, actor)
        client = self._client()
        client.cookies.set(security.SESSION_COOKIE, signed_in.token)
        return Desk(client, signed_in.csrf)


@contextmanager
def open_desks(ponds: Ponds) -> Iterator[Desks]:
    """Desks that are put away afterwards."""
    with ExitStack() as stack:
        yield Desks(ponds, stack)
