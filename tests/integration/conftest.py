"""The small programme of ``small_programme`` in a database, ready to apply to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.integration.desk import Desks, open_desks
from tests.integration.ponds import Ponds, build

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
