"""How a decision of a case stands, read from letters, dispatches and remedies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds

from grantflow.clock import now
from grantflow.engine import Effect
from grantflow.services import standing, suspension
from grantflow.services.catalogue import programme_of
from grantflow.services.move import Move
from grantflow.services.policy import SYSTEM
from grantflow.store import acts
from grantflow.store.cases import lock_case
from grantflow.store.tables import Case, Deadline, Letter, ProcessInstance, Suspension

Clock = Callable[[str], None]
ACT = "grant_decision"


def carry(ponds: Ponds, case: Case, what: Any, **params: object) -> Any:
    """An effect on the case, as a diagram would ask for it."""
    with ponds.transaction(SYSTEM) as session:
        locked = lock_case(session, case.id)
        move = Move(
            session, SYSTEM, locked, programme_of(session, case.programme_version_id), now()
        )
        query = select(ProcessInstance).where(col(ProcessInstance.case_id) == case.id).limit(1)
        row = session.execute(query).scalar_one()
        return what(move, row, Effect(uuid4(), "here", "any", params)).get("value")


def stands(ponds: Ponds, case: Case, letter: str = ACT) -> set[str]:
    """What is so about the decision."""
    found = carry(ponds, case, standing.read, letter=letter)
    return {name for name, value in found.items() if value is True}


def contest(ponds: Ponds, case: Case, **params: object) -> None:
    carry(ponds, case, suspension.suspend, subject=ACT, remedy="objection", **params)


def settle(ponds: Ponds, case: Case, outcome: str, **params: object) -> None:
    carry(ponds, case, suspension.resume, subject=ACT, outcome=outcome, **params)


def test_a_decision_becomes_final_when_nobody_contests_it(ponds: Ponds, clock: Clock) -> None:
    clock("2027-02-01T10:00")
    case = ponds.granted()
    assert stands(ponds, case) == set()
    clock("2027-02-20T10:00")
    assert stands(ponds, case) == set()
    clock("2027-03-20T10:00")
    assert stands(ponds, case) == {"final"}


def test_a_letter_that_was_never_written_stands_for_nothing(ponds: Ponds) -> None:
    case = ponds.granted()
    assert stands(ponds, case, "recovery_decision") == set()


def test_a_contested_decision_is_never_final(ponds: Ponds, clock: Clock) -> None:
    clock("2027-02-01T10:00")
    case = ponds.granted()
    clock("2027-02-10T10:00")
    contest(ponds, case)
    clock("2028-02-10T10:00")
    assert stands(ponds, case) == {"pending", "contested"}
    settle(ponds, case, "rejected")
    assert stands(ponds, case) == {"final"}


def test_immediate_execution_leaves_a_remedy_pending_that_suspends_nothing(
    ponds: Ponds, clock: Clock
) -> None:
    clock("2027-02-01T10:00")
    case = ponds.granted()
    clock("2027-02-10T10:00")
    contest(ponds, case, suspends="false", payments="true", deadlines="remedy")
    assert stands(ponds, case) == {"pending"}
    with ponds.reading() as session:
        (row,) = session.execute(select(Suspension)).scalars()
        assert (row.suspends, row.blocks_payments) == (False, False)
    settle(ponds, case, "upheld")
    assert stands(ponds, case) == {"annulled"}


def test_of_a_decision_upheld_in_part_something_is_left(ponds: Ponds, clock: Clock) -> None:
    clock("2027-02-01T10:00")
    case = ponds.granted()
    contest(ponds, case)
    settle(ponds, case, "partly", remaining=4000)
    found = carry(ponds, case, standing.read, letter=ACT)
    assert (found["partly"], found["remaining"], found["final"]) == (True, 4000, True)
    with ponds.reading() as session:
        assert session.execute(select(Suspension)).scalar_one().remaining == Decimal("4000.00")


@pytest.mark.parametrize("remaining", [None, ""])
def test_an_outcome_says_nothing_of_an_amount_it_does_not_have(
    ponds: Ponds, remaining: object
) -> None:
    case = ponds.granted()
    contest(ponds, case)
    settle(ponds, case, "upheld", remaining=remaining)
    assert carry(ponds, case, standing.read, letter=ACT)["remaining"] is None


def paused(ponds: Ponds, case: Case) -> list[str]:
    with ponds.reading() as session:
        query = select(Deadline.state).where(
            col(Deadline.case_id) == case.id, col(Deadline.kind) == "remedy"
        )
        return list(session.execute(query).scalars())


def test_an_objection_is_over_when_the_court_decides_and_what_it_left_stays(
    ponds: Ponds, clock: Clock
) -> None:
    clock("2027-02-01T10:00")
    case = ponds.granted()
    contest(ponds, case, deadlines="remedy")
    clock("2027-02-10T10:00")
    carry(ponds, case, suspension.suspend, subject=ACT, remedy="court_action", deadlines="remedy")
    settle(ponds, case, "partly", remedy="objection", remaining=4000)
    assert stands(ponds, case) == {"pending", "contested", "partly"}
    assert paused(ponds, case) == ["suspended"]
    settle(ponds, case, "dismissed", remedy="court_action")
    found = carry(ponds, case, standing.read, letter=ACT)
    assert (found["remaining"], found["final"], found["pending"]) == (4000, True, False)
    assert paused(ponds, case) == ["void"]


def test_a_remedy_concerns_the_decision_it_is_against_and_no_later_one(
    ponds: Ponds, clock: Clock
) -> None:
    clock("2027-02-01T10:00")
    case = ponds.granted()
    clock("2027-02-10T10:00")
    contest(ponds, case)
    with ponds.transaction(SYSTEM) as session:
        first = session.execute(select(Letter).where(col(Letter.name) == ACT)).scalar_one()
        later = {"id": uuid4(), "approved_at": now()}
        values = first.model_dump() | later
        session.add(Letter(**values))
    carry(ponds, case, suspension.suspend, subject=ACT, remedy="court_action")
    with ponds.reading() as session:
        against = session.execute(select(col(Suspension.letter_id))).scalars().all()
        assert len(set(against)) == 1  # the copy has not left, nobody can contest it
    found = acts_of(ponds, case)
    assert [len(one) for one in found] == [2, 0]


def acts_of(ponds: Ponds, case: Case) -> list[Sequence[Suspension]]:
    """The remedies against each act of the case, the oldest act first."""
    with ponds.reading() as session:
        query = select(Letter).where(col(Letter.case_id) == case.id, col(Letter.name) == ACT)
        letters = session.execute(query.order_by(col(Letter.approved_at))).scalars()
        return [acts.remedies_against(session, one) for one in letters]
