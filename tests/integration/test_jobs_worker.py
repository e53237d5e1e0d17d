"""The real worker in a process of its own: it works, stops cleanly, and may be killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from grantflow.jobs import handlers
from grantflow.jobs.workplace import Job, open_workplace
from grantflow.services import operations
from grantflow.settings import Settings
from grantflow.store import jobs
from grantflow.store.db import SYSTEM_SCOPE, Sessions, reading, transaction
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
    worker = start()
    order(live_sessions, "one")
    until(live_sessions, ADDED)
    with reading(live_sessions, SYSTEM_SCOPE) as session:
        assert operations.health(session).worker_alive
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert number(live_sessions, "select count(*) from procrastinate_workers") == 0
    assert (
        number(live_sessions, "select count(*) from procrastinate_jobs where task_name='add'") == 0
    )


def test_a_running_job_is_finished_before_the_worker_stops(
    live_sessions: Sessions, start: Start
) -> None:
    order(live_sessions, "slow", seconds=1)
    worker = start()
    until(live_sessions, DOING)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
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
