"""The small programme of ``small_programme`` in a database, ready to apply to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from tests.integration.desk import Desks, open_desks
from tests.integration.ponds import Ponds, build
from tests.integration.purse import Purse, make_purse, with_accounts
from tests.integration.theatre import Theatre

from grantflow.cli import demo_world
from grantflow.cli.world import World
from grantflow.settings import Settings
from grantflow.store import embedded
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


@pytest.fixture
def theatre(database: embedded.Urls, live_sessions: Sessions, tmp_path: Path) -> Theatre:
    """The shipped programmes and the people of the demo, on a real pool that commits."""
    chosen = Settings(
        database_url=database.application, owner_database_url=database.owner, data_dir=tmp_path
    )
    world = World(chosen, database, live_sessions)
    return Theatre(world, demo_world.load_people(world))
