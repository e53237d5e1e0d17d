"""The two doors: what they let through, what they refuse, and how PostgreSQL's errors arrive."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tests.factories import make_account, make_actor, make_case

from grantflow.errors import Conflict, NotAllowed, Temporary
from grantflow.store.db import (
    SYSTEM_SCOPE,
    Kept,
    Scope,
    Sessions,
    connect,
    counting,
    reading,
    transaction,
)
from grantflow.store.embedded import Urls
from grantflow.store.tables import Account, Case


def emails(session: Session) -> list[str]:
    return list(session.scalars(select(Account.email)))


def test_a_transaction_keeps_what_was_done(live_sessions: Sessions) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        make_account(session, email="a@example.org")
    with reading(live_sessions, SYSTEM_SCOPE) as session:
        assert emails(session) == ["a@example.org"]


def test_an_error_undoes_everything(sessions: Sessions) -> None:
    def fail() -> None:
        with transaction(sessions, SYSTEM_SCOPE) as session:
            make_account(session)
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    with reading(sessions, SYSTEM_SCOPE) as session:
        assert emails(session) == []


@pytest.mark.parametrize("kind", ["sessions", "live_sessions"])
def test_reading_cannot_write(kind: str, request: pytest.FixtureRequest) -> None:
    doors: Sessions = request.getfixturevalue(kind)
    refused = pytest.raises(DBAPIError, match="read-only transaction")
    with refused, reading(doors, SYSTEM_SCOPE) as session:
        make_account(session)
    with transaction(doors, SYSTEM_SCOPE) as session:
        make_account(session)


def test_opening_a_door_is_one_statement(live_sessions: Sessions) -> None:
    with counting(live_sessions) as counter, transaction(live_sessions, SYSTEM_SCOPE):
        pass
    assert len(counter) == 1


def test_a_scope_does_not_outlive_its_transaction(live_sessions: Sessions) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        make_case(session)
    with live_sessions.make() as session:
        assert list(session.scalars(select(Case))) == []


def test_the_same_address_twice_is_a_conflict(sessions: Sessions) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        make_account(session, email="a@example.org")
    with pytest.raises(Conflict) as error, transaction(sessions, SYSTEM_SCOPE) as session:
        make_account(session, email="a@example.org")
    assert error.value.key == "store.conflict.email"


def test_a_row_outside_the_scope_is_not_allowed(sessions: Sessions) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        case = make_case(session)
        stranger = make_actor(session, "CASE_OFFICER")
    with pytest.raises(NotAllowed), transaction(sessions, stranger.scope) as session:
        session.execute(insert(Case), [case.model_dump() | {"id": uuid4(), "reference": "X"}])


def test_a_mistake_in_our_sql_stays_visible(sessions: Sessions) -> None:
    with pytest.raises(DBAPIError), transaction(sessions, SYSTEM_SCOPE) as session:
        session.execute(text("select nonsense"))


def test_an_unreachable_database_is_temporary() -> None:
    nowhere = connect("postgresql://nobody@/none?host=/nowhere")
    with pytest.raises(Temporary) as error, transaction(nowhere, Scope()):
        pass
    assert error.value.key == "store.unreachable"


def test_a_row_that_stays_locked_is_temporary(live_sessions: Sessions) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        account = make_account(session)
    lock = select(Account).where(Account.id == account.id).with_for_update()

    def wait() -> None:
        with transaction(live_sessions, SYSTEM_SCOPE) as session:
            session.execute(text("set local lock_timeout = '50ms'"))
            session.scalars(lock).one()

    with transaction(live_sessions, SYSTEM_SCOPE) as session, ThreadPoolExecutor(1) as others:
        session.scalars(lock).one()
        with pytest.raises(Temporary):
            others.submit(wait).result()


def test_connections_survive_when_the_server_ends_them(live_sessions: Sessions) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        mine = session.execute(text("select pg_backend_pid()")).scalar()
    other = connect(str(live_sessions.engine.url), pool_size=1)
    with other.engine.connect() as connection:
        connection.execute(text("select pg_terminate_backend(:pid)"), {"pid": mine})
    other.dispose()
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        assert emails(session) == []


def test_too_many_at_once_is_temporary(database: Urls) -> None:
    narrow = connect(database.application, pool_size=1)
    narrow.engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    with reading(narrow, Scope()), pytest.raises(Temporary) as error, reading(narrow, Scope()):
        pass
    assert error.value.key == "store.busy"
    narrow.dispose()


def test_an_error_that_is_kept_does_not_undo_what_was_written(sessions: Sessions) -> None:
    class Counted(Kept, NotAllowed):
        pass

    def refuse() -> None:
        with transaction(sessions, SYSTEM_SCOPE) as session:
            make_account(session, email="a@example.org")
            raise Counted

    with pytest.raises(Counted):
        refuse()
    with reading(sessions, SYSTEM_SCOPE) as session:
        assert emails(session) == ["a@example.org"]


def test_rows_can_be_used_after_the_door_is_shut(sessions: Sessions) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        case = make_case(session)
    with reading(sessions, SYSTEM_SCOPE) as session:
        found = session.get_one(Case, case.id)
    assert found.reference == case.reference
