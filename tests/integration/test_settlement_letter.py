"""A settlement is signed on the sums of that day, and is a sound revocation where it revokes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import package
from tests.integration.test_claims import other_process, paid
from tests.integration.test_held_payments import OPINIONS, holding
from tests.integration.test_letter_law import draft, heard, problems, shipped

from grantflow.clock import now, today
from grantflow.letters import model as values
from grantflow.services import cases, letter_checks
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store import computations
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, Computation, Letter
from grantflow.texts import Worded

Clock = Callable[[str], None]
NAME = "settlement_decision"
DISCRETION = "Das öffentliche Interesse überwiegt hier deutlich."
REVOKING = {
    "granted": 20000,
    "final_grant": 18000,
    "basis": "REVOCATION",
    "effective_from": "2027-01-15",
    "known_on": "2027-01-20",
    "discretion": DISCRETION,
    "no_hearing": "Wir folgen Ihren Angaben.",
}
REVOCATION_FAULTS = {"discretion_reasoned", "one_year_unknown", "one_year_over"}


def sums_of(ponds: Ponds, letter: Letter, **facts: Any) -> dict[str, dict[str, Any]]:
    """What the letter says wrongly of grant and payments, by the name of the message."""
    model = values.load({**letter.model, "facts": facts})
    row = Letter(**{**letter.model_dump(), "name": NAME, "edits": {}, "texts": {}})
    with ponds.reading() as session:
        found = letter_checks.unmet(session, row, shipped(NAME), model, today())
    told = {one.key.removeprefix("letters_checks."): dict(one.params) for one in found}
    return {
        name: {key: str(params[key]) for key in ("named", "now")}
        for name, params in told.items()
        if name.endswith("_changed_money")
    }


def test_a_settlement_is_signed_on_the_grant_and_the_payments_of_that_day(ponds: Ponds) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    paid(ponds, case, "5000.00")
    stale = {"granted": 21876.5, "paid": 5000.01, "final_grant": 20000}
    assert sums_of(ponds, letter, **stale) == {
        "granted_changed_money": {"named": "21876.50", "now": "20000.00"},
        "paid_changed_money": {"named": "5000.01", "now": "5000.00"},
    }
    assert sums_of(ponds, letter, granted=20000, paid=5000, final_grant=20000) == {}


@pytest.fixture
def undecided(sessions: Sessions, test_settings: Settings, clock: Clock) -> Ponds:
    clock("2027-02-01T09:00")
    return build(sessions, test_settings, package(opinions=holding(OPINIONS, "Opinions")))


def test_a_settlement_waits_for_another_decision_on_the_money_paid(undecided: Ponds) -> None:
    case = undecided.granted()
    letter = draft(undecided, case)
    full = {"granted": 20000, "final_grant": 20000}
    assert "process_undecided" not in problems(undecided, letter, NAME, **full)
    undecided.do("officer", cases.start_side_process, case.id, "opinions")
    assert "process_undecided" in problems(undecided, letter, NAME, **full)
    assert "process_undecided" not in problems(undecided, letter, "closing_letter")
    undecided.complete("officer", case, "conclude")
    assert "process_undecided" not in problems(undecided, letter, NAME, **full)


def test_the_other_process_is_named(undecided: Ponds) -> None:
    case = undecided.granted()
    letter = draft(undecided, case)
    undecided.do("officer", cases.start_side_process, case.id, "opinions")
    row = Letter(**{**letter.model_dump(), "name": NAME, "edits": {}, "texts": {}})
    with undecided.reading() as session:
        found = letter_checks.unmet(session, row, shipped(NAME), values.load(letter.model), today())
    (told,) = [one for one in found if one.key.endswith("process_undecided")]
    assert told.params["process"] == Worded("Opinions", "Opinions (en)")


@pytest.mark.parametrize("basis", ["REVOCATION", "REVOCATION_DUTY"])
def test_a_settlement_that_revokes_reasons_its_discretion_and_keeps_the_year(
    ponds: Ponds, clock: Clock, basis: str
) -> None:
    letter = draft(ponds, ponds.granted())
    revoking = {**REVOKING, "basis": basis}
    assert not REVOCATION_FAULTS & set(problems(ponds, letter, NAME, **revoking))
    bare = problems(ponds, letter, NAME, **{**revoking, "discretion": "Ja.", "known_on": ""})
    assert {"discretion_reasoned", "one_year_unknown"} <= set(bare)
    clock("2028-01-21T09:00")
    assert "one_year_over" in problems(ponds, letter, NAME, **revoking)


@pytest.mark.parametrize("basis", ["CONDITION", "PROVISIONAL"])
def test_a_settlement_that_revokes_nothing_owes_nothing_of_that(ponds: Ponds, basis: str) -> None:
    letter = draft(ponds, ponds.granted())
    lower = {"granted": 20000, "final_grant": 18000, "basis": basis, "no_hearing": "Unstreitig."}
    assert not REVOCATION_FAULTS & set(problems(ponds, letter, NAME, **lower))


def limited(ponds: Ponds, case: Case, letter: Letter, last_day: date, *, own: bool) -> None:
    """A process of the case has computed the end of the one-year limit."""
    instance = letter.instance_id if own else other_process(ponds, letter, "opinions")
    with ponds.transaction(SYSTEM) as session:
        row = Computation(
            case_id=case.id, authority_id=letter.authority_id, instance_id=instance,
            element_id="compute_limit", rule="revocation_limit", version="1", inputs={}, steps=[],
            values={"last_day": last_day.isoformat()}, at=now(),
        )  # fmt: skip
        computations.add_computation(session, row)


@pytest.mark.parametrize("own", [True, False])
def test_the_limit_of_another_process_is_about_another_matter(ponds: Ponds, *, own: bool) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    limited(ponds, case, letter, date(2027, 1, 31), own=own)
    heard(ponds, case, "2027-02-15", intended="settlement")
    assert ("one_year_over" in problems(ponds, letter, NAME, **REVOKING)) is own
