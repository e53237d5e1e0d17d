"""From an empty database to the newest schema, again, and into a house with its own roles."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from tests.factories import make_case

from grantflow.errors import Temporary
from grantflow.store import embedded, migrate
from grantflow.store.db import SYSTEM_SCOPE, connect, transaction
from grantflow.store.embedded import PostgresServer, Urls
from grantflow.store.migrate import UnsafeRole

STEPS = ["0001_tables", "0002_jobs", "0003_isolation"]


@pytest.fixture
def empty(server: PostgresServer) -> Iterator[Urls]:
    """An empty database; its owner is a superuser, as in many a house."""
    name = f"empty_{os.getpid()}"
    admin = embedded.url(server, "postgres", "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield Urls(
            embedded.url(server, f"app_{os.getpid()}", name), embedded.url(server, "postgres", name)
        )
        drop = sql.SQL("drop database {} with (force)")
        connection.execute(drop.format(sql.Identifier(name)))


def test_an_empty_database_gets_every_step_once(empty: Urls) -> None:
    assert not migrate.state(empty.owner).current
    assert migrate.upgrade(empty.owner, empty.application)[: len(STEPS)] == STEPS
    assert migrate.upgrade(empty.owner, empty.application) == []
    assert migrate.state(empty.owner).current


def test_the_houses_own_role_is_created_and_may_work_but_not_change_history(empty: Urls) -> None:
    with_password = empty.application.replace("@", ":it's secret@", 1)
    migrate.upgrade(empty.owner, with_password)
    sessions = connect(empty.application, 1)
    with transaction(sessions, SYSTEM_SCOPE) as session:
        make_case(session)
    sessions.dispose()
    with psycopg.connect(empty.application) as connection:
        assert connection.execute("select * from grant_case").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from case_event")


def test_the_tables_are_what_the_code_says(database: Urls) -> None:
    assert migrate.drift(database.owner) == []
    assert migrate.script().get_heads() == [migrate.newest()]


def test_a_superuser_is_refused_as_the_applications_role(empty: Urls) -> None:
    with pytest.raises(UnsafeRole) as error:
        migrate.upgrade(empty.owner, empty.owner)
    assert error.value.params == {"role": "postgres"}
    assert not migrate.state(empty.owner).current


def test_one_role_for_everything_still_cannot_change_history(server: PostgresServer) -> None:
    name = f"single_{os.getpid()}"
    admin = embedded.url(server, "postgres", "postgres")
    url = embedded.url(server, name, name)
    with psycopg.connect(admin, autocommit=True) as connection:
        for statement in ("create role {0} login", "create database {0} owner {0}"):
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
        migrate.upgrade(url, url)
        assert migrate.upgrade(url, url) == []
        with psycopg.connect(url) as single:
            assert single.execute("select * from grant_case").fetchall() == []
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                single.execute("truncate case_event")
        for statement in ("drop database {0} with (force)", "drop role {0}"):
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def test_an_unreachable_database_is_named_without_its_password() -> None:
    url = "postgresql://app:hush@127.0.0.1:9/grantflow"
    with pytest.raises(Temporary) as error:
        migrate.state(url)
    assert "127.0.0.1:9/grantflow" in error.value.params["place"]
    assert "hush" not in str(error.value)
