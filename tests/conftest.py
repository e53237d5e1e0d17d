"""A real PostgreSQL for every test run, and doors to it.

* ``sessions``: everything happens on one connection and is rolled back after the test. Use it with
  ``transaction(sessions, scope)`` and ``reading(sessions, scope)``, and for the web client.
* ``session``: one open session without limits on the same connection, for making rows.
* ``live_sessions``: a real pool that really commits (several connections, locks, workers); all
  tables are emptied after the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.orm import Session, sessionmaker

from grantflow import clock as grantflow_clock
from grantflow import logs
from grantflow.settings import Settings
from grantflow.store import db, embedded, migrate
from grantflow.store.db import SYSTEM_SCOPE, Sessions, connect
from tests import quick_hashes, uncounted

TEMPLATE = "grantflow_template"
LONGEST = frozenset(
    {
        "integration/test_demo.py",
        "integration/test_jobs_worker.py",
        "integration/test_ledger_concurrency.py",
        "integration/test_serving.py",
        "integration/test_store_restart.py",
        "property/test_prune_walk.py",
        "unit/letters/test_letter_swift.py",
        "unit/letters/test_print_run.py",
    }
)
_AS_ROOT = os.geteuid() == 0
_BASE = Path("/var/lib/grantflow") if _AS_ROOT else Path.home() / ".cache" / "grantflow"


def _run_id() -> str:
    """The same in every process of a run with xdist."""
    return os.environ.setdefault("GRANTFLOW_TEST_RUN", f"test-{os.getpid()}-{uuid4().hex[:6]}")


def _run_dir() -> Path:
    return _BASE / _run_id()


def pytest_configure(config: pytest.Config) -> None:
    _run_id()
    logs.configure("CRITICAL")
    quick_hashes.install()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    names = {item: item.path.relative_to(here).as_posix() for item in items}
    for item, name in names.items():
        if name in uncounted.FILES:
            item.add_marker(pytest.mark.no_cover)
    # What takes longest begins first: at the end no process waits for another.
    items.sort(key=lambda item: names[item] not in LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """What is not counted is not measured while it is set up, either."""
    plugin = item.config.pluginmanager.getplugin("_cov")
    controller = getattr(plugin, "cov_controller", None)
    if controller is None or item.get_closest_marker("no_cover") is None:
        return (yield)
    controller.pause()
    try:
        return (yield)
    finally:
        controller.resume()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process goes last: it stops the server and takes the data away."""
    if hasattr(config, "workerinput") or not (_run_dir() / "postgres").exists():
        return
    embedded.serve(_run_dir()).stop()
    shutil.rmtree(_run_dir())


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of this test run; gone at its end."""
    return _run_dir()


@pytest.fixture(scope="session")
def server(data_dir: Path) -> embedded.PostgresServer:
    """The embedded PostgreSQL of this run, careless of power failures, with a template."""
    embedded.start(data_dir, "grantflow_lock")
    server = embedded.serve(data_dir)
    lock = embedded.url(server, "postgres", "grantflow_lock")
    with psycopg.connect(lock, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(1)")
        known = connection.execute("select 1 from pg_database where datname = %s", [TEMPLATE])
        if not known.fetchone():
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"alter system set {name} = off")
            connection.execute("select pg_reload_conf()")
            migrate.upgrade(embedded.start(data_dir, f"{TEMPLATE}_new").owner)
            rename = sql.SQL("alter database {} rename to {}")
            names = map(sql.Identifier, (f"{TEMPLATE}_new", TEMPLATE))
            connection.execute(rename.format(*names))
    return server


class NewDatabase(Protocol):
    """Makes a database of this name, migrated or a copy of another, and says how to reach it."""

    def __call__(self, name: str, template: str = ...) -> embedded.Urls: ...


@pytest.fixture(scope="session")
def new_database(server: embedded.PostgresServer) -> NewDatabase:
    def make(name: str, template: str = TEMPLATE) -> embedded.Urls:
        lock = embedded.url(server, "postgres", "grantflow_lock")
        with psycopg.connect(lock, autocommit=True) as connection:
            connection.execute("select pg_advisory_lock(1)")
            create = sql.SQL("create database {} template {} owner {} strategy file_copy")
            names = map(sql.Identifier, (name, template, embedded.OWNER))
            connection.execute(create.format(*names))
        return embedded.Urls(
            embedded.url(server, embedded.APPLICATION, name),
            embedded.url(server, embedded.OWNER, name),
        )

    return make


@pytest.fixture(scope="session")
def drop_database(server: embedded.PostgresServer) -> Callable[[str], None]:
    """Take a database away, whoever still looks into it."""

    def drop(name: str) -> None:
        lock = embedded.url(server, "postgres", "grantflow_lock")
        with psycopg.connect(lock, autocommit=True) as connection:
            gone = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            connection.execute(gone)

    return drop


@pytest.fixture(scope="session")
def database(new_database: NewDatabase) -> embedded.Urls:
    """The database of this process."""
    return new_database(f"t_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@pytest.fixture(scope="session")
def pool(database: embedded.Urls) -> Iterator[Sessions]:
    pool = connect(database.application, pool_size=20)
    yield pool
    pool.dispose()


@pytest.fixture
def sessions(pool: Sessions) -> Iterator[Sessions]:
    """Doors on one connection; whatever is committed through them is rolled back after the test."""
    with pool.engine.connect() as connection:
        outer = connection.begin()
        make = sessionmaker(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        yield Sessions(pool.engine, make)
        outer.rollback()


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """An open session that sees everything; rolled back after the test."""
    session = db._open(sessions, SYSTEM_SCOPE, read_only=False)
    yield session
    session.rollback()
    session.close()


@pytest.fixture
def live_sessions(pool: Sessions, database: embedded.Urls) -> Iterator[Sessions]:
    """Doors that really commit, on many connections; all tables are emptied after the test."""
    yield pool
    superuser = database.owner.replace(embedded.OWNER, "postgres")
    with psycopg.connect(superuser) as connection:
        query = "select tablename from pg_tables where schemaname='public'"
        names = [row[0] for row in connection.execute(query) if row[0] != "alembic_version"]
        connection.execute("set session_replication_role = replica")
        tables = sql.SQL(", ").join(map(sql.Identifier, names))
        connection.execute(sql.SQL("truncate {} restart identity cascade").format(tables))


@pytest.fixture
def test_settings(tmp_path: Path, database: embedded.Urls) -> Settings:
    """Settings of an installation on this run's database, with its files in a temporary folder."""
    return Settings(
        database_url=database.application, owner_database_url=database.owner, data_dir=tmp_path
    )


@pytest.fixture
def clock() -> Iterator[Callable[[str | datetime], None]]:
    """``clock("2027-03-01T09:00")`` moves the time to there, UTC, until the end of the test."""
    with ExitStack() as stack:

        def move(to: str | datetime) -> None:
            moment = datetime.fromisoformat(to) if isinstance(to, str) else to
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            held: AbstractContextManager[None] = grantflow_clock.at(aware)
            stack.enter_context(held)

        yield move
