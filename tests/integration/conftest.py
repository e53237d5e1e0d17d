"""The small programme of ``small_programme`` in a database, ready to apply to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from tests.conftest import NewDatabase
from tests.integration.desk import Desks, open_desks
from tests.integration.ponds import Ponds, build
from tests.integration.purse import Purse, make_purse, with_accounts
from tests.integration.theatre import Playhouse, Theatre

from grantflow.letters import Rendered, render
from grantflow.settings import Settings
from grantflow.store.db import Sessions


@pytest.fixture
def ponds(sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]) -> Ponds:
    """On one connection; rolled back after the test. It is 1 February 2027."""
    clock("2027-02-01T09:00")
    return build(sessions, test_settings)


@pytest.fixture
def live_ponds(
    live_sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> Ponds:
    """On a real pool that really commits, for threads. It is 1 February 2027."""
    clock("2027-02-01T09:00")
    return build(live_sessions, test_settings)


@pytest.fixture
def desks(ponds: Ponds) -> Iterator[Desks]:
    """The desks of everybody in the small programme, each with a browser without a screen."""
    with open_desks(ponds) as found:
        yield found


@pytest.fixture
def purse(session: Session, clock: Callable[[str], None]) -> Purse:
    """1,000 euro and confirmed accounts, rolled back after the test. It is 1 February 2027."""
    clock("2027-02-01T09:00")
    return with_accounts(make_purse(session, "1000.00"))


@cache
def sheet() -> Rendered:
    """A printed letter."""
    return render("<html lang='de'><title>Brief</title><p>Ein Brief.</p></html>")


@pytest.fixture(autouse=True)
def one_sheet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every letter looks the same, except for tests that look at what was ``printed``.

    What letters look like is tested with the letters; a demo prints a hundred of them.
    """
    if request.node.get_closest_marker("printed") is None:
        monkeypatch.setattr(import_module(render.__module__), "render", lambda html: sheet())


@pytest.fixture(scope="session")
def playhouse(
    new_database: NewDatabase,
    drop_database: Callable[[str], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Playhouse:
    return Playhouse(new_database, drop_database, tmp_path_factory.mktemp("playhouse"))


@pytest.fixture
def theatre(playhouse: Playhouse, tmp_path: Path) -> Iterator[Theatre]:
    """The shipped programmes and the people of the demo, on real databases that are thrown away."""
    theatre = Theatre(playhouse, tmp_path)
    yield theatre
    theatre.close()
