"""What an amendment is signed on: the grant of the day, which no other change will move."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import package
from tests.integration.test_claims import paid
from tests.integration.test_held_payments import OPINIONS
from tests.integration.test_letter_law import draft, problems

from grantflow.clock import now
from grantflow.services import cases
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store import db, instances
from grantflow.store.tables import Case, Letter


def changing(diagram: bytes) -> bytes:
    """The same process, and it decides on the amount of the grant."""
    mark = b"<s:properties>"
    return diagram.replace(mark, mark + b"<s:property name='changes_grant' value='true'/>", 1)


def test_a_change_starts_from_the_grant_of_the_day(ponds: Ponds) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    with ponds.reading() as session:
        granted = session.get_one(Case, case.id).approved
    change = {"old_amount": str(granted), "new_amount": "4999.99"}
    name = "amendment_decision"
    assert not {"change_of_old_grant_money", "change_below_kept_money"} & {
        *problems(ponds, letter, name, **change)
    }
    stale = {**change, "old_amount": "1.00"}
    assert "change_of_old_grant_money" in problems(ponds, letter, name, **stale)
    paid(ponds, case, "5000.00")
    assert "change_below_kept_money" in problems(ponds, letter, name, **change)
    enough = {**change, "new_amount": "5000.00"}
    assert "change_below_kept_money" not in problems(ponds, letter, name, **enough)


CHANGE = package(opinions=changing(OPINIONS))
FAULTS = {"change_of_no_grant", "change_before_final", "change_below_kept_money"}


@pytest.fixture
def amended(sessions: db.Sessions, test_settings: Settings, clock: Callable[[str], None]) -> Ponds:
    """A programme with another process that decides on the amount of the grant."""
    clock("2027-02-01T09:00")
    return build(sessions, test_settings, CHANGE)


def signed(ponds: Ponds, letter: Letter, **facts: str) -> None:
    """An amendment of these facts is approved in the other process, which waits on."""
    with ponds.transaction(SYSTEM) as session:
        other = next(
            one
            for one in instances.list_running(session, [letter.case_id])
            if one.process_id == "opinions"
        )
        values = {**letter.model_dump(), "name": "amendment_decision", "state": "approved"}
        values |= {"id": uuid4(), "instance_id": other.id, "approved_at": now()}
        session.add(Letter(**{**values, "model": {**letter.model, "facts": facts}}))


def faults(ponds: Ponds, letter: Letter, **facts: str) -> set[str]:
    return FAULTS & {*problems(ponds, letter, "amendment_decision", **facts)}


MORE = {"old_amount": "20000.00", "new_amount": "21000.00"}
TIME = {"old_amount": "20000.00", "new_amount": "20000.00", "new_end": "2028-01-31"}


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (MORE, MORE, {"change_before_final"}),
        (MORE, TIME, set()),
        (TIME, MORE, set()),
    ],
)
def test_the_amount_is_changed_once_the_change_before_is_final(
    amended: Ponds, first: dict[str, str], second: dict[str, str], found: set[str]
) -> None:
    case = amended.granted()
    letter = draft(amended, case)
    amended.do("officer", cases.start_side_process, case.id, "opinions")
    assert faults(amended, letter, **second) == set()
    signed(amended, letter, **first)
    assert faults(amended, letter, **second) == found
    amended.complete("officer", case, "conclude")
    assert faults(amended, letter, **second) == set()


def test_a_settlement_waits_for_a_change_of_the_grant(amended: Ponds) -> None:
    case = amended.granted()
    letter = draft(amended, case)
    full = {"granted": 20000, "final_grant": 20000}
    assert "change_undecided" not in problems(amended, letter, "settlement_decision", **full)
    amended.do("officer", cases.start_side_process, case.id, "opinions")
    assert "change_undecided" in problems(amended, letter, "settlement_decision", **full)


def test_a_grant_that_fell_away_is_not_changed(ponds: Ponds) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    assert faults(ponds, letter, **TIME) == set()
    with ponds.transaction(SYSTEM) as session:
        session.get_one(Case, case.id).approved = Decimal(0)
    assert faults(ponds, letter, **TIME) == {"change_of_no_grant"}
