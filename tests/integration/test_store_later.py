"""Writes kept back for one trip: who sees them, in which order, and what an error does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from tests.factories import make_account

from grantflow.errors import Conflict
from grantflow.store.db import SYSTEM_SCOPE, Sessions, reading, transaction
from grantflow.store.later import Write, later, watching
from grantflow.store.tables import Account

ACCOUNTS = Account.__table__  # type: ignore[attr-defined]


def renaming() -> Write:
    return Write(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.id == bindparam("account"))
        .values(email=bindparam("email"))
    )


def email_of(session: Session, account: UUID) -> str:
    return session.execute(select(ACCOUNTS.c.email).where(ACCOUNTS.c.id == account)).scalar_one()


@contextmanager
def heard() -> Iterator[list[str]]:
    found: list[str] = []

    def note(_engine: object, statement: str) -> None:
        found.append(statement)

    watching.append(note)
    try:
        yield found
    finally:
        watching.remove(note)


def test_a_write_leaves_with_the_next_statement(live_sessions: Sessions) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        account = make_account(session, email="a@example.org").id
        with heard() as statements:
            later(session, renaming(), {"account": account, "email": "b@example.org"})
            assert statements == []
            assert email_of(session, account) == "b@example.org"
            assert len(statements) == 1


def test_a_write_leaves_with_the_commit(live_sessions: Sessions) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        account = make_account(session, email="a@example.org").id
        later(session, renaming(), {"account": account, "email": "b@example.org"})
    with reading(live_sessions, SYSTEM_SCOPE) as session:
        assert email_of(session, account) == "b@example.org"


def test_rows_the_session_has_not_sent_go_first(live_sessions: Sessions) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        account = make_account(session, email="a@example.org")
        session.flush()
        account.email = "late@example.org"
        later(session, renaming(), {"account": account.id, "email": "b@example.org"})
        account_id = account.id
    with reading(live_sessions, SYSTEM_SCOPE) as session:
        assert email_of(session, account_id) == "b@example.org"


def test_a_write_that_missed_its_rows_undoes_the_transaction(live_sessions: Sessions) -> None:
    def rename_nobody() -> None:
        with transaction(live_sessions, SYSTEM_SCOPE) as session:
            make_account(session, email="a@example.org")
            values = {"account": uuid4(), "email": "b@example.org"}
            later(session, renaming(), values, rows=1, otherwise=Conflict("store.conflict.history"))

    with pytest.raises(Conflict):
        rename_nobody()
    with reading(live_sessions, SYSTEM_SCOPE) as session:
        assert session.scalars(select(Account.email)).all() == []


def test_what_was_rolled_back_is_not_sent_with_the_next_transaction(
    live_sessions: Sessions,
) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        account = make_account(session, email="a@example.org").id

    def give_up() -> None:
        with transaction(live_sessions, SYSTEM_SCOPE) as session:
            later(session, renaming(), {"account": account, "email": "b@example.org"})
            raise ValueError

    with pytest.raises(ValueError):
        give_up()
    with transaction(live_sessions, SYSTEM_SCOPE) as session, heard() as statements:
        assert email_of(session, account) == "a@example.org"
    assert statements == []


def test_a_missing_value_is_told_at_once(live_sessions: Sessions) -> None:
    with (
        transaction(live_sessions, SYSTEM_SCOPE) as session,
        pytest.raises(KeyError, match="email"),
    ):
        later(session, renaming(), {"account": uuid4()})


def test_threads_that_fill_a_new_write_together_get_the_same() -> None:
    dialect = postgresql.psycopg.dialect()
    values = {"account": uuid4(), "email": "a@example.org"}
    for _ in range(50):
        write = renaming()
        with ThreadPoolExecutor(8) as pool:
            filled = list(pool.map(lambda _n, w=write: w.filled(dialect, values), range(8)))
        assert all(one == filled[0] for one in filled)
        assert set(filled[0]) == {"account", "email"}
