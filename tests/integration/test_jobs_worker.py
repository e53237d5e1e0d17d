"""The real worker in a process of its own: it works, stops cleanly, and may be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from procrastinate.exceptions import ConnectorException
from sqlalchemy import text

from grantflow.errors import Temporary
from grantflow.jobs import handlers, worker
from grantflow.jobs.schedule import SCHEDULE
from grantflow.jobs.workplace import Job, Workplace, open_workplace
from grantflow.services import operations
from grantflow.settings import Settings
from grantflow.store import jobs
from grantflow.store.db import SYSTEM_SCOPE, Sessions, connect, reading, transaction
from grantflow.store.embedded import Urls

Start = Callable[[], "subprocess.Popen[bytes]"]
PROGRAM = Path(__file__).with_name("worker_process.py")


@pytest.fixture
def start(database: Urls, tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def one() -> subprocess.Popen[bytes]:
        command = [sys.executable, str(PROGRAM), database.application, str(tmp_path)]
        started.append(subprocess.Popen(command))
        return started[-1]

    yield one
    for process in started:
        process.kill()
        process.wait()


def order(sessions: Sessions, key: str, **args: float) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        jobs.enqueue(session, "add", None, key=key, **args)


def number(sessions: Sessions, query: str) -> int:
    with reading(sessions, SYSTEM_SCOPE) as session:
        return int(session.execute(text(query)).scalar() or 0)


def until(sessions: Sessions, query: str, expected: int = 1) -> None:
    for _ in range(300):
        if number(sessions, query) == expected:
            return
        time.sleep(0.05)
    raise AssertionError(f"never {expected}: {query}")


ADDED = "select count(*) from authority"
DOING = "select count(*) from procrastinate_jobs where status = 'doing' and task_name = 'add'"


def test_a_worker_does_what_was_ordered_and_stops_cleanly(
    live_sessions: Sessions, start: Start
) -> None:
    process = start()
    order(live_sessions, "one")
    until(live_sessions, ADDED)
    with reading(live_sessions, SYSTEM_SCOPE) as session:
        assert operations.health(session).worker_alive
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert number(live_sessions, "select count(*) from procrastinate_workers") == 0
    assert (
        number(live_sessions, "select count(*) from procrastinate_jobs where task_name='add'") == 0
    )


def test_the_loop_runs_jobs_and_their_retries_until_a_signal(
    live_sessions: Sessions, test_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def probe(place: Workplace, job: Job, **args: object) -> None:
        seen.append(job.attempts)
        if job.attempts == 0:
            raise Temporary()
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setitem(handlers.HANDLERS, "add", probe)  # type: ignore[arg-type]
    monkeypatch.setattr("grantflow.jobs.retries._FIRST", timedelta(0))
    order(live_sessions, "probe")
    worker.run(test_settings, live_sessions)
    assert seen == [0, 1]
    assert number(live_sessions, "select count(*) from job_note where error <> ''") == 1
    assert number(live_sessions, "select count(*) from procrastinate_workers") == 0


def test_the_loop_waits_for_a_database_that_is_away(
    test_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives: list[str] = []

    async def live(url: str, *_rest: object) -> None:
        lives.append(url)
        if len(lives) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(60)
        raise ConnectorException

    monkeypatch.setattr(worker, "_live", live)
    monkeypatch.setattr(worker, "_PAUSE_SECONDS", 0.01)
    nowhere = connect("postgresql://app:secret@nowhere/none")
    worker.run(test_settings, nowhere)
    assert lives == ["postgresql://app:secret@nowhere/none"] * 2


def test_a_mistake_of_ours_ends_the_worker(
    test_settings: Settings, live_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def live(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(worker, "_live", live)
    with pytest.raises(ZeroDivisionError):
        worker.run(test_settings, live_sessions)


def test_the_schedule_is_known_to_the_worker() -> None:
    app = worker.make_app("postgresql://nobody@nowhere/none")
    periodic = {name for name, _ in app.periodic_registry.periodic_tasks}
    assert periodic == set(SCHEDULE) <= set(handlers.HANDLERS)
    assert set(handlers.HANDLERS) <= set(app.tasks)


def test_a_running_job_is_finished_before_the_worker_stops(
    live_sessions: Sessions, start: Start
) -> None:
    order(live_sessions, "slow", seconds=1)
    process = start()
    until(live_sessions, DOING)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert number(live_sessions, ADDED) == 1
    assert number(live_sessions, DOING) == 0


def test_a_worker_killed_in_the_middle_leaves_its_job_to_the_next_and_it_happens_once(
    live_sessions: Sessions, start: Start, test_settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "deadly").touch()
    order(live_sessions, "once")
    assert start().wait(15) == -signal.SIGKILL
    assert (number(live_sessions, ADDED), number(live_sessions, DOING)) == (0, 1)
    place = open_workplace(test_settings, live_sessions)
    handlers.revive(place, Job(0, "revive"))
    assert number(live_sessions, DOING) == 1, "its worker may still live"
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        aged = "update procrastinate_workers set last_heartbeat = now() - interval '1 minute'"
        session.execute(text(aged))
    handlers.revive(place, Job(0, "revive"))
    start()
    until(live_sessions, ADDED)
    until(live_sessions, DOING, 0)
    assert number(live_sessions, ADDED) == 1
