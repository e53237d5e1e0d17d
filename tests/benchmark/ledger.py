"""How long a commitment takes when several people commit at the same time from one budget item."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from statistics import median
from threading import Barrier
from time import perf_counter
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from grantflow import clock
from grantflow.services import budget, ledger
from grantflow.services.booking import Booking
from grantflow.services.policy import SYSTEM
from grantflow.store import db
from grantflow.store import ledger as rows
from grantflow.store.tables import BudgetItem, Case
from tests.benchmark.world import Bench

PEOPLE, EACH = 8, 25
AMOUNT = Decimal("100.00")


def measure(bench: Bench) -> dict[str, float]:
    """``ledger_commit_ms``: median of one commitment while eight people commit, and the 95 %."""
    cases = [bench.new_case() for _ in range(PEOPLE * EACH)]
    item_id, authority_id = _item(bench, cases[0])
    ready = Barrier(PEOPLE)

    def work(mine: list[UUID]) -> list[float]:
        ready.wait()
        return [_commit(bench, authority_id, item_id, case_id) for case_id in mine]

    shares = [cases[start::PEOPLE] for start in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as people:
        took = sorted(one for share in people.map(work, shares) for one in share)
    with db.reading(bench.sessions, SYSTEM.scope) as session:
        assert not budget.differences(session, item_id)
    return {"ledger_commit_ms": median(took), "ledger_commit_p95_ms": took[len(took) * 95 // 100]}


def _item(bench: Bench, case_id: UUID) -> tuple[UUID, UUID]:
    """A budget item with money for exactly all of them."""
    with db.transaction(bench.sessions, SYSTEM.scope) as session:
        case = session.execute(select(Case).where(col(Case.id) == case_id)).scalar_one()
        item = BudgetItem(
            authority_id=case.authority_id, programme_id=case.programme_id, key="bench",
            title={"de": "Messung", "en": "Benchmark"},
        )  # fmt: skip
        rows.add_item(session, item)
        total, year = AMOUNT * PEOPLE * EACH, clock.today().year
        budget.set_appropriation(session, SYSTEM, item.id, year, total, "Benchmark")
        return item.id, case.authority_id


def _commit(bench: Bench, authority_id: UUID, item_id: UUID, case_id: UUID) -> float:
    """Milliseconds of one commitment in a transaction of its own, waiting for others included."""
    began = perf_counter()
    with db.transaction(bench.sessions, bench.officer.scope) as session:
        booking = Booking(session, bench.officer, authority_id, clock.now(), "commit")
        ledger.commit_funds(booking, case_id, item_id, AMOUNT)
    return (perf_counter() - began) * 1000
