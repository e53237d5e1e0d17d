"""Two hundred people approve at the same moment; the budget is enough for fifty of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import PROGRAMME, effect, end, package, process, start, task

from grantflow import clock
from grantflow.errors import Conflict, Temporary
from grantflow.programmes.package import Package
from grantflow.services import budget, cases, tasks
from grantflow.services.policy import SYSTEM, Actor
from grantflow.settings import Settings
from grantflow.store import db
from grantflow.store import ledger as rows
from grantflow.store.embedded import Urls
from grantflow.store.tables import BudgetItem, LedgerEntry, Task

APPROVALS, ENOUGH_FOR, EACH = 200, 50, Decimal("1234.56")
NOW = datetime(2027, 2, 1, 9, tzinfo=UTC)
ITEM = """
[[budget_items]]
key = "ponds"
chapter = "0901"
title = { de = "Teiche", en = "Ponds" }

[[calls]]
key = "spring"
"""


def quick_programme() -> Package:
    """One task that grants a fixed amount: nothing but the money decides how it goes."""
    lifecycle = process(
        "lifecycle",
        {},
        start(),
        task("approve", form="none", role="CASE_OFFICER"),
        effect("bind", "commit", amount=str(EACH)),
        end(),
        flow="begin > approve > bind > finish",
    )
    files = dict(package(lifecycle=lifecycle).files)
    facts = PROGRAMME.replace('[[calls]]\nkey = "spring"\n', ITEM, 1)
    facts = facts[: facts.index("[side_processes")]
    files["programme.toml"] = facts.encode()
    return Package(files)


@pytest.fixture
def crowd(database: Urls, live_sessions: db.Sessions) -> Iterator[db.Sessions]:
    """A pool of its own with many real connections."""
    pool = db.connect(database.application, pool_size=60)
    yield pool
    pool.dispose()


@pytest.fixture
def desk(live_sessions: db.Sessions, test_settings: Settings) -> Iterator[Ponds]:
    with clock.at(NOW):
        yield furnished(live_sessions, test_settings)


def furnished(live_sessions: db.Sessions, test_settings: Settings) -> Ponds:
    ponds = build(live_sessions, test_settings, quick_programme())
    with db.transaction(live_sessions, SYSTEM.scope) as session:
        item = session.execute(select(BudgetItem)).scalar_one()
        total = EACH * ENOUGH_FOR
        budget.set_appropriation(session, SYSTEM, item.id, 2027, total, "Haushaltsgesetz")
    return ponds


def open_tasks(ponds: Ponds) -> list[UUID]:
    for number in range(APPROVALS):
        ponds.do("applicant", cases.open_case, ponds.call.id, ponds.organisation.id, f"Nr {number}")
    with ponds.reading() as session:
        wanted = select(col(Task.id)).where(col(Task.element_id) == "approve")
        return list(session.execute(wanted).scalars())


def approve(crowd: db.Sessions, actor: Actor, task_id: UUID, ready: Barrier) -> str:
    """Approve as a person does, and once more when the house is too busy to answer."""
    ready.wait()
    for _ in range(20):
        try:
            with clock.at(NOW), db.transaction(crowd, actor.scope) as session:
                tasks.complete(session, actor, task_id, {})
            return "approved"
        except Temporary:
            continue
        except Conflict as refused:
            return refused.key
    return "gave up"


def test_two_hundred_approvals_at_once_against_a_budget_for_fifty(
    crowd: db.Sessions, desk: Ponds
) -> None:
    waiting = open_tasks(desk)
    assert len(waiting) == APPROVALS
    ready, actor = Barrier(APPROVALS), desk.who("officer")
    with ThreadPoolExecutor(APPROVALS) as threads:
        came = list(threads.map(lambda one: approve(crowd, actor, one, ready), waiting))
    refused = APPROVALS - ENOUGH_FOR
    assert Counter(came) == {"approved": ENOUGH_FOR, "ledger.not_enough_money": refused}
    with desk.reading() as session:
        item = session.execute(select(BudgetItem)).scalar_one()
        (year,) = rows.list_years(session, [item.id])
        assert (year.appropriation, year.committed) == (EACH * ENOUGH_FOR, EACH * ENOUGH_FOR)
        assert (year.reserved, year.ordered, year.paid) == (0, 0, 0)
        assert budget.differences(session, item.id) == {}
        wanted = select(LedgerEntry).where(col(LedgerEntry.bucket) == "committed")
        entries = session.execute(wanted).scalars().all()
        assert [entry.amount for entry in entries] == [EACH] * ENOUGH_FOR
        assert len({entry.case_id for entry in entries}) == ENOUGH_FOR
        done = select(Task).where(col(Task.status) == "done")
        assert len(session.execute(done).scalars().all()) == ENOUGH_FOR
