"""Jobs that leave with a transaction, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.factories import make_actor, make_authority, make_case

from grantflow import clock as time
from grantflow.errors import Conflict, GrantFlowError, Invalid, NotAllowed, NotFound, Temporary
from grantflow.jobs import handlers
from grantflow.jobs.inline import run_jobs
from grantflow.jobs.workplace import Job, Workplace, open_workplace
from grantflow.services import operations
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store import jobs
from grantflow.store.db import SYSTEM_SCOPE, Sessions, counting, reading, transaction
from grantflow.store.jobs import NewJob

Clock = Callable[[str], None]


class Probe:
    """A handler that remembers its calls and does as it is told."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: list[Exception | None] = []

    def __call__(self, place: Workplace, job: Job, **args: Any) -> None:
        self.calls.append(args)
        answer = self.answers.pop(0) if self.answers else None
        if answer:
            raise answer


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Probe]:
    probe = Probe()
    monkeypatch.setitem(handlers.HANDLERS, "probe", probe)  # type: ignore[arg-type]
    return probe  # type: ignore[return-value]


def order(sessions: Sessions, *new: NewJob) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        jobs.enqueue_all(session, new)


def waiting(sessions: Sessions) -> list[Any]:
    with reading(sessions, SYSTEM_SCOPE) as session:
        query = "select task_name, lock, attempts, scheduled_at from procrastinate_jobs"
        return list(session.execute(text(query + " where status = 'todo' order by id")))


def failed(sessions: Sessions) -> list[jobs.FailedJob]:
    with reading(sessions, SYSTEM_SCOPE) as session:
        return list(operations.failed_jobs(session, SYSTEM))


def test_a_job_is_done_once_with_its_arguments(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    order(sessions, NewJob("probe", args={"number": 7}))
    assert run_jobs(test_settings, sessions) == 1
    assert run_jobs(test_settings, sessions) == 0
    assert probe.calls == [{"number": 7}]


def test_a_job_of_a_failed_transaction_never_was(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    def fail() -> None:
        with transaction(sessions, SYSTEM_SCOPE) as session:
            jobs.enqueue(session, "probe", None)
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert run_jobs(test_settings, sessions) == 0


def test_any_number_of_jobs_is_one_statement(live_sessions: Sessions) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session, counting(live_sessions) as counter:
        jobs.enqueue_all(session, [NewJob("probe")] * 50)
        jobs.enqueue_all(session, [])
    assert len(counter) == 1
    assert len(waiting(live_sessions)) == 50


def test_only_one_job_of_a_queueing_lock_waits(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        for _ in range(3):
            jobs.enqueue(session, "probe", "case", queueing_lock="probe:case")
        make_authority(session)
    assert run_jobs(test_settings, sessions) == 1


def test_jobs_of_one_case_are_done_in_their_order(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    order(sessions, *(NewJob("probe", lock="case", args={"number": n}) for n in range(5)))
    run_jobs(test_settings, sessions)
    assert [call["number"] for call in probe.calls] == [0, 1, 2, 3, 4]


def test_a_conflict_means_it_was_done_already(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    probe.answers = [Conflict()]
    order(sessions, NewJob("probe"))
    assert run_jobs(test_settings, sessions) == 1
    assert failed(sessions) == []


def test_what_is_temporary_waits_and_does_not_hold_back_the_case(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    probe.answers = [Temporary()]
    order(sessions, NewJob("probe", "case"), NewJob("probe", "case", args={"second": True}))
    assert run_jobs(test_settings, sessions) == 2
    assert probe.calls == [{}, {"second": True}]
    (row,) = waiting(sessions)
    assert row.lock.startswith("case#")
    assert row.attempts == 1
    assert timedelta(seconds=5) < row.scheduled_at - time.now() <= timedelta(seconds=10)


@pytest.mark.parametrize("error", [NotFound(), ValueError("boom")])
def test_other_errors_fail_and_are_told(
    sessions: Sessions, test_settings: Settings, probe: Probe, error: Exception
) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        case = make_case(session)
    probe.answers = [error]
    order(sessions, NewJob("probe", str(case.id)))
    with pytest.raises(type(error)):
        run_jobs(test_settings, sessions)
    (job,) = failed(sessions)
    assert (job.task, job.reference, job.case_id) == ("probe", case.reference, case.id)
    assert job.error
    assert job.failed_at


def test_an_unknown_task_fails(sessions: Sessions, test_settings: Settings) -> None:
    order(sessions, NewJob("nothing"))
    with pytest.raises(GrantFlowError, match="unknown_task"):
        run_jobs(test_settings, sessions)
    assert "nothing" in failed(sessions)[0].error


def test_operations_retry_a_failed_job(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    probe.answers = [NotFound()]
    order(sessions, NewJob("probe", queueing_lock="one"))
    with pytest.raises(NotFound):
        run_jobs(test_settings, sessions)
    job = failed(sessions)[0]
    with transaction(sessions, SYSTEM_SCOPE) as session:
        operations.retry(session, SYSTEM, job.id)
    assert failed(sessions) == []
    assert waiting(sessions)[0].attempts == 0
    assert run_jobs(test_settings, sessions) == 1
    with pytest.raises(NotFound), transaction(sessions, SYSTEM_SCOPE) as session:
        operations.retry(session, SYSTEM, job.id)


def test_a_failed_job_whose_like_waits_is_not_retried(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    probe.answers = [NotFound()]
    order(sessions, NewJob("probe", queueing_lock="one"))
    with pytest.raises(NotFound):
        run_jobs(test_settings, sessions)
    order(sessions, NewJob("probe", queueing_lock="one"))
    job = failed(sessions)[0]
    with pytest.raises(Conflict) as error, transaction(sessions, SYSTEM_SCOPE) as session:
        operations.retry(session, SYSTEM, job.id)
    assert error.value.key == "store.conflict.job"


def test_operations_give_up_a_failed_job_with_a_reason(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    probe.answers = [NotFound()]
    order(sessions, NewJob("probe"))
    with pytest.raises(NotFound):
        run_jobs(test_settings, sessions)
    job = failed(sessions)[0]
    with pytest.raises(Invalid), transaction(sessions, SYSTEM_SCOPE) as session:
        operations.give_up(session, SYSTEM, job.id, " ")
    with transaction(sessions, SYSTEM_SCOPE) as session:
        operations.give_up(session, SYSTEM, job.id, "gone by post")
        assert operations.failed_jobs(session, SYSTEM) == []
        (given_up,) = operations.failed_jobs(session, SYSTEM, given_up=True)
        assert given_up.reason == "gone by post"
        assert operations.health(session).jobs_failed == 0


def test_operations_see_the_jobs_of_their_own_authority(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        mine, theirs = make_case(session), make_case(session)
        authority = make_authority(session)
        mine.authority_id = authority.id
        actor = make_actor(session, "OPERATIONS", authority=authority)
        officer = make_actor(session, "CASE_OFFICER", authority=authority)
    new = [NewJob("probe", args={"case_id": str(case.id)}) for case in (mine, theirs)]
    order(sessions, *new, NewJob("probe"))
    for _ in range(3):
        probe.answers = [NotFound()]
        with pytest.raises(NotFound):
            run_jobs(test_settings, sessions)
    with reading(sessions, actor.scope) as session:
        seen = operations.failed_jobs(session, actor)
        assert {job.reference for job in seen} == {mine.reference, None}
        with pytest.raises(NotAllowed):
            operations.failed_jobs(session, officer)


def test_health_tells_of_queue_and_workers(sessions: Sessions) -> None:
    order(sessions, NewJob("probe"), NewJob("probe"))
    with reading(sessions, SYSTEM_SCOPE) as session:
        health = operations.health(session)
    assert (health.jobs_waiting, health.worker_seen_at, health.next_timer_at) == (2, None, None)
    assert not health.worker_alive
    assert not health.timers_late
    assert health.oldest_job_at


def kill(sessions: Sessions, attempts: int = 0) -> None:
    """As if a worker had fetched the only job and was killed."""
    with transaction(sessions, SYSTEM_SCOPE) as session:
        assert jobs.fetch_job(session) is not None
        query = "update procrastinate_jobs set attempts = :attempts"
        session.execute(text(query), {"attempts": attempts})


def test_the_job_of_a_killed_worker_is_done_by_another(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    order(sessions, NewJob("probe"))
    kill(sessions)
    assert run_jobs(test_settings, sessions) == 0
    handlers.revive(open_workplace(test_settings, sessions), Job(0, "revive"), timestamp=1)
    assert run_jobs(test_settings, sessions) == 1


def test_a_job_that_kills_every_worker_fails_at_last(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    order(sessions, NewJob("probe"))
    kill(sessions, attempts=5)
    handlers.revive(open_workplace(test_settings, sessions), Job(0, "revive"))
    assert "fünfmal" in failed(sessions)[0].error


def test_tidying_forgets_notes_of_jobs_that_are_gone(
    sessions: Sessions, test_settings: Settings, probe: Probe
) -> None:
    probe.answers = [Temporary()]
    order(sessions, NewJob("probe"))
    run_jobs(test_settings, sessions)
    with transaction(sessions, SYSTEM_SCOPE) as session:
        session.execute(text("update procrastinate_jobs set scheduled_at = null"))
    run_jobs(test_settings, sessions)
    handlers.tidy(open_workplace(test_settings, sessions), Job(0, "tidy"))
    with reading(sessions, SYSTEM_SCOPE) as session:
        assert session.execute(text("select count(*) from job_note")).scalar() == 0


def test_a_mail_is_written_in_its_readers_language(
    sessions: Sessions, test_settings: Settings
) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        case = make_case(session)
        reader = make_actor(session, "CASE_OFFICER", language="en")
    facts = {"letter": {"de": "Bescheid", "en": "Decision"}, "letter_id": str(uuid4())}
    args = {"template": "letter_available", "account_id": reader.account_id, "case_id": case.id}
    for _ in range(2):
        order(sessions, NewJob("send_mail", args={**args, "facts": facts}))
    assert run_jobs(test_settings, sessions) == 2
    (mail,) = (test_settings.data_dir / "outbox").iterdir()
    content = mail.read_text()
    assert f"New letter for {case.reference}: Decision" in content
    assert f"/cases/{case.id}/letters/{facts['letter_id']}" in content.replace("=\n", "")
