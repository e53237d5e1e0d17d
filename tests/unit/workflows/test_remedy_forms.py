"""The forms of remedies: what stays of a decision is named; what was paid in vain is refunded."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.workflows.test_days_and_amounts import ROOT, broken

from grantflow import forms
from grantflow.errors import Invalid
from grantflow.forms import Option

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
    ("decide_objection", {**OBJECTION, "objection_outcome": "upheld", "costs": "authority"}),
    ("decide_objection", {**OBJECTION, "objection_outcome": "rejected", "costs": "objector"}),
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


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"admissible": "no", "objection_outcome": "upheld", "costs": "authority"}, True),
        ({"admissible": "no", "objection_outcome": "partly"}, True),
        ({"admissible": "no", "objection_outcome": "rejected", "costs": "objector"}, False),
        ({"admissible": "no", "objection_outcome": "withdrawn"}, False),
        ({"admissible": "reinstated", "objection_outcome": "upheld", "costs": "authority"}, False),
    ],
)
def test_an_inadmissible_objection_has_no_success(changed: dict[str, str], expected: bool) -> None:
    given = {**OBJECTION, "remaining_amount": "8000.00", **changed}
    found = broken(f"{FORMS}/decide_objection.form", given, DISPUTED)
    assert found == ({"objection_outcome"} if expected else set())


@pytest.mark.parametrize("outcome", ["upheld", "partly", "rejected"])
@pytest.mark.parametrize("costs", ["authority", "shared", "objector"])
def test_the_costs_follow_the_outcome(outcome: str, costs: str) -> None:
    given = {**OBJECTION, "objection_outcome": outcome, "remaining_amount": "8000.00"}
    found = broken(f"{FORMS}/decide_objection.form", {**given, "costs": costs}, DISPUTED)
    fitting = {"upheld": "authority", "rejected": "objector"}.get(outcome, costs)
    assert found == (set() if costs == fitting else {"costs"})


@pytest.mark.parametrize(
    ("decided", "final", "expected"),
    [
        ("2026-05-28", "2026-06-01", set()),
        ("2026-03-01", "2026-03-01", set()),
        ("2026-02-28", "2026-06-01", {"court_decided_on"}),
        ("2026-05-28", "2026-05-27", {"court_final_on"}),
    ],
)
def test_a_court_decides_after_the_action_and_is_final_after_that(
    decided: str, final: str, expected: set[str]
) -> None:
    given = {**JUDGMENT, "court_decided_on": decided, "court_final_on": final}
    known = {**DISPUTED, "served_on": "2026-03-01"}
    found = broken(f"{FORMS}/enter_court_outcome.form", given, known)
    assert found == expected


@pytest.mark.parametrize(
    ("check", "timely", "shown"),
    [
        ({"known": True, "in_time": True, "waived_on": "2026-05-12"}, "waived", "2026-05-12"),
        ({"known": True, "in_time": True, "waived_on": ""}, "in_time", ""),
        ({"known": True, "in_time": False, "waived_on": ""}, "late", ""),
        ({"known": False, "in_time": False, "waived_on": ""}, "unknown", ""),
    ],
)
def test_whoever_decides_sees_that_remedies_were_waived(
    check: dict[str, Any], timely: str, shown: str
) -> None:
    told = form("decide_objection")
    context = {**DISPUTED, "objection_received_on": "2026-05-20", "remedy_check": check}
    start = told.start(context)
    assert (start["timely"], start["waived_on"]) == (timely, shown)
    views = {one.field.key: one for one in told.view(start, context=context).fields}
    assert views["waived_on"].hidden is (shown == "")


@pytest.mark.parametrize("name", ["record_remedy_waiver", "declare_remedy_waiver"])
def test_only_a_decision_that_has_left_can_be_waived_against(name: str) -> None:
    view = form(name).view({}, context={}, options={"decisions": [Option("recovery_decision", "")]})
    (field,) = [one for one in view.fields if one.field.key == "contested"]
    assert [one.value for one in field.choices] == ["recovery_decision"]


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
