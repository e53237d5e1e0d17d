"""The embedded server: shared, stopped by the last, and restarted under load."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.factories import make_authority

from grantflow.errors import Temporary
from grantflow.settings import Settings
from grantflow.store import embedded, jobs, migrate
from grantflow.store.db import SYSTEM_SCOPE, Sessions, connect, reading, transaction
from grantflow.store.embedded import CannotStart, PostgresServer

PROGRAM = Path(__file__).with_name("worker_process.py")


@pytest.fixture
def own(data_dir: Path) -> Iterator[tuple[PostgresServer, embedded.Urls]]:
    """A server of its own, so that nobody else notices what happens to it."""
    folder = data_dir / f"own-{os.getpid()}"
    urls = embedded.start(folder)
    migrate.upgrade(urls.owner)
    server = embedded.serve(folder)
    yield server, urls
    server.stop()
    server.cleanup()


def restart(server: PostgresServer) -> None:
    server.stop()
    time.sleep(0.3)
    server.ensure_postgres_running()


def work(sessions: Sessions, seen: Counter[str], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            with transaction(sessions, SYSTEM_SCOPE) as session:
                make_authority(session)
                session.execute(text("select pg_sleep(0.005)"))
            seen["done"] += 1
        except Temporary:
            seen["temporary"] += 1
            time.sleep(0.02)
        except BaseException as error:
            seen[repr(error)] += 1


def test_a_restart_under_load_is_temporary_and_nothing_else(
    own: tuple[PostgresServer, embedded.Urls],
) -> None:
    server, urls = own
    sessions = connect(urls.application, pool_size=4)
    seen: Counter[str] = Counter()
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(sessions, seen, stop)) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    restart(server)
    before = seen["done"]
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(seen) == {"done", "temporary"}
    assert seen["done"] > before > 0
    with reading(sessions, SYSTEM_SCOPE) as session:
        kept = session.execute(text("select count(*) from authority")).scalar()
    # Nothing that was answered is lost. A COMMIT whose answer was cut off may have happened: nobody
    # can know, so at most one of each connection is there without having been answered.
    assert seen["done"] <= kept <= seen["done"] + len(threads)
    sessions.dispose()


def test_a_worker_outlives_a_restart(
    own: tuple[PostgresServer, embedded.Urls], tmp_path: Path
) -> None:
    server, urls = own
    sessions = connect(urls.application, pool_size=2)
    worker = subprocess.Popen([sys.executable, str(PROGRAM), urls.application, str(tmp_path)])
    try:
        _do(sessions, "before")
        restart(server)
        _do(sessions, "after")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
    finally:
        worker.kill()
        worker.wait()
        sessions.dispose()


def _do(sessions: Sessions, key: str) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        jobs.enqueue(session, "add", None, key=key)
    query = text("select count(*) from authority where key = :key")
    for _ in range(400):
        with reading(sessions, SYSTEM_SCOPE) as session:
            if session.execute(query, {"key": key}).scalar():
                return
        time.sleep(0.05)
    raise AssertionError(f"{key} was never done")


def test_processes_share_a_server_and_the_last_one_stops_it(data_dir: Path) -> None:
    folder = data_dir / f"shared-{os.getpid()}"
    program = (
        "import sys, pathlib; from grantflow.store import embedded;"
        " print(embedded.start(pathlib.Path(sys.argv[1])).application, flush=True);"
        " sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    first, second = (subprocess.Popen(command, **pipes) for _ in range(2))  # type: ignore[call-overload]
    assert first.stdout.readline() == second.stdout.readline()
    first.kill()
    first.communicate()
    assert (folder / "postgres" / "postmaster.pid").exists()
    third = subprocess.Popen(command, **pipes)  # type: ignore[call-overload]
    third.stdout.readline()
    second.communicate("")
    assert (folder / "postgres" / "postmaster.pid").exists(), "the third still needs it"
    third.communicate("")
    assert not (folder / "postgres" / "postmaster.pid").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is restricted")
def test_root_keeps_its_data_where_opening_folders_does_no_harm(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as error:
        embedded.start(tmp_path / "data")
    assert error.value.key == "store.embedded.as_root"
    assert not (tmp_path / "data").exists()


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    folder = data_dir / f"broken-{os.getpid()}"
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("18\n")
    with pytest.raises(CannotStart) as error:
        embedded.start(folder)
    assert error.value.params["folder"] == str(folder)
    assert error.value.params["reason"]


def test_a_configured_database_needs_no_embedded_one(tmp_path: Path) -> None:
    one = Settings(database_url="postgresql://app@db/grantflow", data_dir=tmp_path)
    assert embedded.urls(one).owner == embedded.urls(one).application
    two = one.model_copy(update={"owner_database_url": "postgresql://owner@db/grantflow"})
    assert embedded.urls(two).owner == "postgresql://owner@db/grantflow"
    assert list(tmp_path.iterdir()) == []
