"""The forms of remedies: what stays of a decision is named; what was paid in vain is refunded."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.workflows.test_days_and_amounts import ROOT, broken

from grantflow import forms
from grantflow.errors import Invalid

FORMS = "_shared/forms"
CLAIMS = ("revocation_decision", "withdrawal_decision", "recovery_decision", "interest_decision")
DISPUTED = {"contested": CLAIMS[0], "contested_standing": {"disputed": 12000}}
OBJECTION = {
    "admissible": "yes",
    "objection_outcome": "partly",
    "costs": "shared",
    "reasons": "Für einen der beiden Standorte ist die Verwendung belegt.",
}
JUDGMENT = {
    "court_outcome": "partly",
    "court_decided_on": "2026-05-28",
    "court_final_on": "2026-06-01",
    "court_reasons": "Für einen der beiden Standorte ist die Verwendung belegt.",
}
DECIDED = [
    ("decide_objection", OBJECTION),
    ("enter_court_outcome", JUDGMENT),
    ("enter_court_outcome", {**JUDGMENT, "court_outcome": "compromise"}),
]
OTHER_OUTCOMES = [
    ("decide_objection", {**OBJECTION, "objection_outcome": "upheld"}),
    ("decide_objection", {**OBJECTION, "objection_outcome": "rejected"}),
    ("enter_court_outcome", {**JUDGMENT, "court_outcome": "dismissed"}),
]


def form(name: str) -> forms.Form:
    return forms.parse((ROOT / FORMS / f"{name}.form").read_bytes(), name)


@pytest.mark.parametrize("act", CLAIMS)
@pytest.mark.parametrize(("name", "answers"), DECIDED)
def test_of_a_claim_upheld_in_part_what_stays_is_named(
    name: str, answers: dict[str, Any], act: str
) -> None:
    context = {**DISPUTED, "contested": act}
    with pytest.raises(Invalid) as refused:
        form(name).validate(answers, context=context)
    assert {one.place for one in refused.value.problems} == {"remaining_amount"}
    kept = form(name).validate({**answers, "remaining_amount": "8000.00"}, context=context)
    assert form(name).routing(kept)["remaining_amount"] == 8000


@pytest.mark.parametrize(("name", "answers"), DECIDED)
@pytest.mark.parametrize(("amount", "sound"), [("11999.99", True), ("12000.00", False)])
def test_less_stays_than_was_in_dispute(
    name: str, answers: dict[str, Any], amount: str, sound: bool
) -> None:
    given = {**answers, "remaining_amount": amount}
    expected = set() if sound else {"remaining_amount"}
    assert broken(f"{FORMS}/{name}.form", given, DISPUTED) == expected
    unknown = {**DISPUTED, "contested_standing": {"disputed": None}}
    assert broken(f"{FORMS}/{name}.form", given, unknown) == set()


@pytest.mark.parametrize(("name", "answers"), OTHER_OUTCOMES)
def test_an_outcome_in_whole_leaves_no_amount(name: str, answers: dict[str, Any]) -> None:
    kept = form(name).validate({**answers, "remaining_amount": "8000.00"}, context=DISPUTED)
    assert form(name).routing(kept)["remaining_amount"] is None


@pytest.mark.parametrize(("name", "answers"), DECIDED)
@pytest.mark.parametrize("act", ["grant_decision", "settlement_decision"])
def test_of_a_grant_upheld_in_part_no_amount_is_asked(
    name: str, answers: dict[str, Any], act: str
) -> None:
    kept = form(name).validate(answers, context={**DISPUTED, "contested": act})
    assert form(name).routing(kept)["remaining_amount"] is None


def test_whoever_countersigns_sees_what_stays() -> None:
    name = "countersign_objection"
    assert form(name).start({"remaining_amount": 8000})["remaining"] == 8000


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, set()),
        ({"refunded_amount": "49.40"}, {"refunded_amount"}),
        ({"refunded_amount": "49.42"}, {"refunded_amount"}),
        ({"refunded_on": "2026-09-22"}, {"refunded_on"}),
    ],
)
def test_exactly_the_interest_paid_too_much_is_refunded_and_not_before_it_was_paid(
    changed: dict[str, str], expected: set[str]
) -> None:
    given = {"refunded_amount": "49.41", "refunded_on": "2026-09-23", **changed}
    known = {"interest_paid": 60, "interest_refund": 49.41, "interest_paid_on": "2026-09-23"}
    assert broken(f"{FORMS}/refund_interest.form", given, known) == expected
