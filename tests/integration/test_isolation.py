"""Row-level security: a query without a filter shows nothing of other authorities or applicants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Uuid,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlmodel import SQLModel
from tests.factories import (
    make_account,
    make_actor,
    make_authority,
    make_call,
    make_case,
    make_instance,
    make_organisation,
    make_programme,
    make_version,
)

from grantflow import clock
from grantflow.errors import NotAllowed
from grantflow.services.policy import Actor
from grantflow.store.db import SYSTEM_SCOPE, Scope, Sessions, reading, transaction
from grantflow.store.tables import BudgetItem, Case

TABLES = {table.name: table for table in SQLModel.metadata.sorted_tables}
OF_A_CASE = sorted(
    name
    for name, table in TABLES.items()
    if {"case_id", "authority_id"} <= set(table.columns.keys())
)
STATES = {
    "task": {"status": "open"},
    "letter": {"state": "draft", "relation": ""},
    "payment": {"state": "approved"},
    "ledger_entry": {"bucket": "returned", "budget_year": 2027, "due_year": 2027},
    "dispatch": {"state": "sent"},
    "receipt_finding": {"verdict": "accepted"},
}
APPEND_ONLY = {"case_event", "computation", "ledger_entry"}
OF_THE_AUTHORITY = {"receipt_finding", "sample_item"}
PUBLIC = {"authority", "programme", "call", "programme_version", "reference_number"}


@dataclass(frozen=True)
class Side:
    """One authority, one applicant, one case, and a row of it in every table."""

    case: Case
    staff: Actor
    applicant: Actor


@pytest.fixture
def sides(sessions: Sessions) -> tuple[Side, Side]:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        return make_side(session), make_side(session)


def make_side(session: Session) -> Side:
    authority = make_authority(session)
    staff = make_actor(session, "CASE_OFFICER", "PANEL_MEMBER", authority=authority)
    organisation = make_organisation(session)
    applicant = make_actor(session, organisations=[organisation])
    version = make_version(session, make_programme(session, authority))
    assert applicant.account_id is not None
    case = make_case(
        session,
        call=make_call(session, version),
        organisation=organisation,
        opened_by=applicant.account_id,
    )
    instance = make_instance(session, case)
    given = {
        "case_id": case.id,
        "authority_id": authority.id,
        "programme_id": case.programme_id,
        "instance_id": instance.id,
        "account_id": applicant.account_id,
        "by": applicant.account_id,
        "updated_by": applicant.account_id,
    }
    item = BudgetItem(authority_id=authority.id, programme_id=case.programme_id, key="item")
    session.add(item)
    session.flush()
    given["item_id"] = item.id
    given["call_id"] = case.call_id
    draw = filled(TABLES["sample_draw"], given)
    session.execute(insert(TABLES["sample_draw"]), [draw])
    given["draw_id"] = draw["id"]
    first = ["task", "letter", "receipt"]  # others refer to them
    order = [*first, *(set(OF_A_CASE) - {*first, "process_instance"}), "task_draft", "job_note"]
    for name in order:
        row = filled(TABLES[name], given)
        session.execute(insert(TABLES[name]), [row])
        if name in first:
            given[f"{name}_id"] = row["id"]
    for name in ("web_session", "api_token"):
        session.execute(insert(TABLES[name]), [filled(TABLES[name], given)])
    return Side(case, staff, applicant)


def filled(table: Table, given: dict[str, Any]) -> dict[str, Any]:
    """A row with every column that needs a value."""
    checks = STATES.get(table.name, {})
    wanted = {
        c.name: c for c in table.columns if c.name == "case_id" or not (c.nullable or c.identity)
    }
    return {name: given.get(name, checks.get(name, value(c))) for name, c in wanted.items()}


def value(column: Any) -> Any:
    kinds = {
        Uuid: uuid4(),
        DateTime: clock.now(),
        Date: date(2027, 3, 1),
        LargeBinary: uuid4().bytes,
        Boolean: False,
        Integer: uuid4().int % 1_000_000,
        Numeric: 1,
        JSONB: {},
    }
    for kind, found in kinds.items():
        if isinstance(column.type, kind):
            return found
    return uuid4().hex


def visible(sessions: Sessions, scope: Scope, table: str, column: str) -> set[Any]:
    with reading(sessions, scope) as session:
        return set(session.scalars(select(TABLES[table].c[column])))


@pytest.mark.parametrize("table", ["grant_case", *OF_A_CASE])
def test_a_case_is_seen_by_its_authority_and_its_applicant_only(
    sessions: Sessions, sides: tuple[Side, Side], table: str
) -> None:
    one, other = sides
    column = "id" if table == "grant_case" else "case_id"
    for side in sides:
        assert visible(sessions, side.staff.scope, table, column) == {side.case.id}
        shown = set() if table in OF_THE_AUTHORITY else {side.case.id}
        assert visible(sessions, side.applicant.scope, table, column) == shown
    assert visible(sessions, Scope(), table, column) == set()
    assert visible(sessions, Scope(account=uuid4()), table, column) == set()
    assert visible(sessions, SYSTEM_SCOPE, table, column) >= {one.case.id, other.case.id}


@pytest.mark.parametrize("table", ["task_draft", "job_note"])
def test_what_hangs_on_a_case_is_seen_with_it(
    sessions: Sessions, sides: tuple[Side, Side], table: str
) -> None:
    with reading(sessions, sides[0].applicant.scope) as session:
        assert session.scalar(select(func.count()).select_from(TABLES[table])) == 1
    with reading(sessions, SYSTEM_SCOPE) as session:
        assert session.scalar(select(func.count()).select_from(TABLES[table])) == 2
    with reading(sessions, Scope()) as session:
        assert session.scalar(select(func.count()).select_from(TABLES[table])) == 0


@pytest.mark.parametrize("table", ["web_session", "api_token"])
def test_secrets_are_seen_by_their_owner_only(
    sessions: Sessions, sides: tuple[Side, Side], table: str
) -> None:
    one, _ = sides
    assert visible(sessions, one.applicant.scope, table, "account_id") == {one.applicant.account_id}
    assert visible(sessions, one.staff.scope, table, "account_id") == set()


def test_people_and_organisations_are_seen_where_there_is_a_case(
    sessions: Sessions, sides: tuple[Side, Side]
) -> None:
    one, other = sides
    with transaction(sessions, SYSTEM_SCOPE) as session:
        stranger = make_account(session, "applicant")
    officials = {one.staff.account_id, other.staff.account_id}
    for actor in (one.staff, one.applicant):
        found = visible(sessions, actor.scope, "organisation", "id")
        assert found == {one.case.organisation_id}
        assert visible(sessions, actor.scope, "membership", "account_id") == {
            one.applicant.account_id
        }
        people = visible(sessions, actor.scope, "account", "id")
        assert people == officials | {one.applicant.account_id}
        assert stranger.id not in people
    assert visible(sessions, one.staff.scope, "role_grant", "account_id") == {one.staff.account_id}
    assert visible(sessions, one.applicant.scope, "role_grant", "id") == set()


def test_a_draft_of_a_programme_is_the_authoritys_own_business(sessions: Sessions) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        authority = make_authority(session)
        programme = make_programme(session, authority)
        published = make_version(session, programme)
        draft = make_version(session, programme, number=2, state="draft")
        manager = make_actor(session, "PROGRAMME_MANAGER", authority=authority)
        stranger = make_actor(session, "PROGRAMME_MANAGER")
    seen = visible(sessions, manager.scope, "programme_version", "id")
    assert seen == {published.id, draft.id}
    assert visible(sessions, stranger.scope, "programme_version", "id") == {published.id}
    assert visible(sessions, Scope(), "programme_version", "id") == {published.id}


@pytest.mark.parametrize("table", sorted({"grant_case", *OF_A_CASE} - APPEND_ONLY))
def test_a_change_without_any_filter_touches_ones_own_rows_only(
    sessions: Sessions, sides: tuple[Side, Side], table: str
) -> None:
    column = "title" if table == "grant_case" else "authority_id"
    with transaction(sessions, sides[0].staff.scope) as session:
        changed = session.execute(text(f'update "{table}" set {column} = {column}'))
        assert changed.rowcount == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", OF_A_CASE)
def test_nobody_writes_into_a_strangers_case(
    sessions: Sessions, sides: tuple[Side, Side], table: str
) -> None:
    one, other = sides
    with reading(sessions, SYSTEM_SCOPE) as session:
        stored = session.execute(
            select(TABLES[table]).where(TABLES[table].c.case_id == other.case.id)
        ).one()
    keys = {"id": uuid4(), "task_id": uuid4(), "item": "second"}
    copy = dict(stored._mapping) | {k: v for k, v in keys.items() if k in TABLES[table].c}
    if table in ("case_event", "ledger_entry"):
        del copy["id"]
    for actor in (one.staff, one.applicant):
        with pytest.raises(NotAllowed), transaction(sessions, actor.scope) as session:
            session.execute(insert(TABLES[table]), [copy])


def test_nobody_moves_a_case_to_another_authority(
    sessions: Sessions, sides: tuple[Side, Side]
) -> None:
    one, other = sides
    move = text("update grant_case set authority_id = :to")
    with pytest.raises(NotAllowed), transaction(sessions, one.staff.scope) as session:
        session.execute(move, {"to": other.case.authority_id})


def test_every_table_with_an_owner_is_protected_even_from_its_owner(session: Session) -> None:
    query = "select relname, relrowsecurity and relforcerowsecurity from pg_class"
    protected = {name for name, held in session.execute(text(query)) if held}
    owners = {"authority_id", "case_id", "organisation_id", "account_id", "task_id"}
    owned = {name for name, table in TABLES.items() if owners & set(table.columns.keys())}
    assert owned | {"account", "organisation", "signin_attempt", "authority"} <= protected
    assert set(TABLES) == protected, "a new table needs a policy"


def test_the_application_is_neither_superuser_nor_owner(session: Session) -> None:
    query = "select rolsuper or rolbypassrls or rolcreaterole from pg_roles"
    assert session.scalar(text(f"{query} where rolname = current_user")) is False
    owned = "select count(*) from pg_tables where tableowner = current_user"
    assert session.scalar(text(owned)) == 0
    assert session.scalar(text("select current_user")) == "grantflow_app"


def test_only_what_is_offered_is_public(sessions: Sessions, sides: tuple[Side, Side]) -> None:
    seen = set()
    for name, table in TABLES.items():
        with reading(sessions, Scope()) as session:
            if session.scalar(select(func.count()).select_from(table)):
                seen.add(name)
    assert seen <= PUBLIC | {"account"}
    kinds = visible(sessions, Scope(), "account", "kind")
    assert kinds == {"staff"}


def test_a_scope_is_one_persons(sides: tuple[Side, Side]) -> None:
    one, _ = sides
    assert one.staff.scope == Scope(
        frozenset({one.case.authority_id}), frozenset(), account=one.staff.account_id
    )
    assert isinstance(one.applicant.account_id, UUID)
