"""The history of a case: chained, append-only, and cheap."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from tests.factories import make_actor, make_case

from grantflow.errors import NotAllowed, NotFound
from grantflow.services.audit import Entry, record, record_all, verify_chain
from grantflow.services.policy import SYSTEM
from grantflow.store.db import SYSTEM_SCOPE, Sessions, counting, transaction
from grantflow.store.embedded import Urls
from grantflow.store.tables import Case, CaseEvent

AWKWARD = {
    "float": 1e2,
    "huge": 1e22,
    "tiny": 1e-9,
    "umlaut": "Größe \U0001f33b",
    "date": date(2027, 3, 1),
    "moment": datetime(2027, 3, 1, 9, 0, 0, 1, tzinfo=UTC),
    "euro": Decimal("12.50"),
    "deep": [{"b": 1, "a": [0.5, -0.0, None, True]}],
}


def test_a_chain_of_events_is_intact(session: Session) -> None:
    case = make_case(session)
    actor = make_actor(session, "CASE_OFFICER")
    record(session, case.id, case.authority_id, SYSTEM, "case.opened", public=True)
    entries = [Entry("task.completed", f"step_{n}", data=AWKWARD | {"n": n}) for n in range(5)]
    record_all(session, case.id, case.authority_id, actor, entries)
    session.expire_all()
    assert verify_chain(session, case.id).count == 6
    assert verify_chain(session, case.id).intact
    written = session.scalars(select(CaseEvent).order_by(text("id"))).all()
    assert [event.element_id for event in written] == ["", *(f"step_{n}" for n in range(5))]
    assert written[1].actor_name == actor.name


def test_any_number_of_events_is_one_statement(live_sessions: Sessions) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        case = make_case(session)
        with counting(live_sessions) as counter:
            entries = [Entry("task.completed")] * 20
            record_all(session, case.id, case.authority_id, SYSTEM, entries)
            record_all(session, case.id, case.authority_id, SYSTEM, [])
            session.commit()
    assert len(counter) == 1


def test_an_event_of_an_unknown_case_is_refused(session: Session) -> None:
    with pytest.raises(NotFound):
        record(session, uuid4(), uuid4(), SYSTEM, "case.opened")
    with pytest.raises(NotFound):
        verify_chain(session, uuid4())


@pytest.mark.parametrize(
    "change", ["update case_event set kind = 'x'", "delete from case_event", "truncate case_event"]
)
def test_the_application_cannot_change_history(sessions: Sessions, change: str) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        case = make_case(session)
        record(session, case.id, case.authority_id, SYSTEM, "case.opened")
    with pytest.raises(NotAllowed), transaction(sessions, SYSTEM_SCOPE) as session:
        session.execute(text(change))


@pytest.mark.parametrize("change", ["update case_event set kind = 'x'", "delete from case_event"])
def test_even_the_owner_meets_the_trigger(
    live_sessions: Sessions, database: Urls, change: str
) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        case = make_case(session)
        record(session, case.id, case.authority_id, SYSTEM, "case.opened")
    with psycopg.connect(database.owner) as connection:
        connection.execute("set grantflow.system = 'on'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            connection.execute(change)


@pytest.mark.parametrize(
    "tamper",
    [
        "update case_event set data = '{\"amount\": 2}' where kind = 'second'",
        "update case_event set actor_name = 'Somebody' where kind = 'second'",
        "delete from case_event where kind = 'second'",
        "delete from case_event where kind = 'third'",
        "update case_event set at = at + interval '1 microsecond' where kind = 'first'",
    ],
)
def test_tampering_by_a_superuser_is_noticed(
    live_sessions: Sessions, database: Urls, tamper: str
) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        case = make_case(session)
        entries = [Entry(kind, data={"amount": 1}) for kind in ("first", "second", "third")]
        record_all(session, case.id, case.authority_id, SYSTEM, entries)
    with psycopg.connect(database.owner.replace("grantflow_owner", "postgres")) as connection:
        connection.execute("set session_replication_role = replica")
        assert connection.execute(tamper).rowcount == 1
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        assert not verify_chain(session, case.id).intact
        assert session.get_one(Case, case.id).last_event_hash
