"""An instance that cannot go on when its time comes is seen, and holds up nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import effect, end, package, process, start, timer

from grantflow.errors import Conflict, GrantFlowError
from grantflow.services import cases
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store import jobs
from grantflow.store.db import Sessions
from grantflow.store.tables import Case

Clock = Callable[[str], None]
# Nothing was asked for, so nothing can be approved: a Conflict every time.
REFUSED = process(
    "opinions", {"System": "approve_nothing"}, start(), timer("weeks_gone", "P20D"),
    effect("approve_nothing", "pay", amount="=5", state="approved"), end(),
    flow="begin > weeks_gone > approve_nothing > finish",
)  # fmt: skip


@pytest.fixture
def ponds(sessions: Sessions, test_settings: Settings, clock: Clock) -> Ponds:
    clock("2027-02-01T09:00")
    return build(sessions, test_settings, package(opinions=REFUSED))


@pytest.fixture
def stuck(ponds: Ponds, clock: Clock) -> Case:
    """Two timers are due: one that cannot go on, and after it the one of the application."""
    case = ponds.open()
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    clock("2027-04-03T09:00")
    return case


def failed(ponds: Ponds) -> list[jobs.FailedJob]:
    with ponds.transaction(SYSTEM) as session:
        return jobs.list_failed(session)


def test_the_rest_of_the_case_goes_on_and_operations_see_why_one_does_not(
    ponds: Ponds, stuck: Case
) -> None:
    with pytest.raises(GrantFlowError) as error:
        ponds.run_jobs()
    assert not isinstance(error.value, Conflict)
    assert ponds.case(stuck.id).status == "LAPSED"
    (job,) = failed(ponds)
    assert job.case_id == stuck.id
    assert "kann jetzt nicht in den Stand" in job.error


def test_it_is_tried_again_after_an_hour_and_listed_once(
    ponds: Ponds, stuck: Case, clock: Clock
) -> None:
    with pytest.raises(GrantFlowError):
        ponds.run_jobs()
    (first,) = failed(ponds)
    ponds.run_jobs()  # at once nothing is tried again
    assert [job.id for job in failed(ponds)] == [first.id]
    clock("2027-04-03T10:01")
    with pytest.raises(GrantFlowError):
        ponds.run_jobs()
    (second,) = failed(ponds)
    assert second.id != first.id
