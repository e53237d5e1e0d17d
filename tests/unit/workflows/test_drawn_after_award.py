"""The forms for what happens after the award refuse what the law does not allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grantflow import forms
from grantflow.errors import Invalid

ROOT = Path(__file__).parents[3]
SHARED = ROOT / "workflows/_shared/forms"


def form(name: str, folder: Path = SHARED) -> forms.Form:
    return forms.parse((folder / f"{name}.form").read_bytes(), name)


def refused(name: str, answers: dict[str, Any], context: dict[str, Any]) -> set[str]:
    with pytest.raises(Invalid) as caught:
        form(name).validate(answers, context=context)
    return {problem.place for problem in caught.value.problems}


REVOCATION = {
    "revocation_outcome": "decide",
    "recovery_basis": "49_3_1",
    "recovery_extent": "part",
    "recovery_amount": "12000.00",
    "effective_from": "2026-05-15",
    "discretion": "Abgewogen wurden Haushaltsrecht, Verschulden und die Folgen für das Vorhaben.",
    "reasons": "Zwei Standorte ruhen seit dem 15. Mai 2026.",
}
HEARD = {
    "revocation_limit": {"last_day": "2027-06-29"},
    "hearing_outcome": "answered",
    "hearing_ended_on": "2026-06-29",
    "recovery_basis": "49_3_1",
    "recovery_extent": "part",
    "recovery_amount": 12000,
    "occurred_on": "2026-05-15",
}


def test_a_revocation_with_basis_discretion_and_reasons_is_accepted() -> None:
    kept = form("draft_revocation").validate(REVOCATION, context=HEARD)
    assert kept["limit"] == "2027-06-29"


def test_no_revocation_without_a_reasoned_discretion() -> None:
    assert refused("draft_revocation", {**REVOCATION, "discretion": ""}, HEARD) == {"discretion"}


def test_no_revocation_without_a_legal_basis_chosen_by_a_person() -> None:
    assert refused("draft_revocation", {**REVOCATION, "recovery_basis": ""}, HEARD) >= {
        "recovery_basis"
    }


def test_a_withdrawal_needs_words_on_trust() -> None:
    answers = {**REVOCATION, "recovery_basis": "48"}
    assert refused("draft_revocation", answers, HEARD) == {"trust"}


def test_waiving_interest_needs_reasons() -> None:
    context = {
        "interest_principal": 1000, "interest_amount": 20, "interest_from": "2026-05-15",
        "interest_until": "2026-10-01", "small_amount_hint": "",
    }  # fmt: skip
    assert refused("draft_interest", {"interest_choice": "waive"}, context) == {"reasons"}


def test_an_amendment_shows_its_difference_to_the_budget() -> None:
    answers = {
        "amendment_outcome": "amend",
        "amendment_kinds": ["money"],
        "new_amount": "63000.00",
        "budget_available": "yes",
        "new_plan_lines": [{"label": "Schulung", "amount": "70000.00"}],
        "instalments": [{"year": 2026, "amount": "63000.00"}],
        "amendment_changes": "Die Zuwendung beträgt bis zu 63.000 Euro.",
        "to_the_detriment": "no",
        "reasons": "Der Mehrbedarf ist belegt, die Mittel sind verfügbar.",
    }
    context = {
        "approved_amount": 60000, "period_from": "2026-03-01", "period_until": "2026-12-31",
        "wanted_amount": 63000, "wanted_end": None, "wanted_changes": "",
        "amendment_kinds": ["money"],
    }  # fmt: skip
    kept = form("draft_amendment").validate(answers, context=context)
    assert kept["amount_difference"] == "3000.00"
    assert form("draft_amendment").routing(kept)["amount_difference"] == 3000


def test_more_money_needs_an_answer_about_the_budget() -> None:
    answers = {
        "amendment_outcome": "amend", "amendment_kinds": ["money"], "new_amount": "63000.00",
        "new_plan_lines": [{"label": "Schulung", "amount": "70000.00"}],
        "instalments": [{"year": 2026, "amount": "63000.00"}],
        "amendment_changes": "Die Zuwendung beträgt bis zu 63.000 Euro.", "to_the_detriment": "no",
        "reasons": "Der Mehrbedarf ist belegt, die Mittel sind verfügbar.",
    }  # fmt: skip
    context = {
        "approved_amount": 60000, "period_from": "2026-03-01", "period_until": "2026-12-31",
        "wanted_amount": None, "wanted_end": None, "wanted_changes": None, "amendment_kinds": None,
    }  # fmt: skip
    assert refused("draft_amendment", answers, context) == {"budget_available"}


@pytest.mark.parametrize("bad", ["-5", "12,345", "abc", "1.000.000.000.000,00"])
def test_a_repayment_of_a_senseless_amount_is_refused(bad: str) -> None:
    answers = {"returned_amount": bad, "returned_on": "2026-10-01", "voucher": "K 1"}
    assert refused("record_repayment", answers, {"outstanding_amount": 100}) == {"returned_amount"}


DECISION = {
    "decision_outcome": "grant",
    "purpose": "Tandems zwischen Menschen mit und ohne Migrationshintergrund.",
    "eligible_expenditure": "1000.00",
    "approved_amount": "900.00",
    "financing_type": "PROPORTIONAL",
    "rate_percent": 90,
    "period_from": "2026-01-01",
    "period_until": "2026-12-31",
    "instalments": [{"year": 2026, "amount": "900.00"}],
    "statement_kind": "NORMAL",
}
INDICATOR = {
    "goal": "Kontakte",
    "indicator": "Tandems",
    "baseline": "0",
    "target": "24",
    "target_on": "2026-12-31",
    "source": "Listen",
}


def test_no_decision_without_an_indicator() -> None:
    assert refused("draft_decision", {**DECISION, "indicators": []}, {}) == {"indicators"}


@pytest.mark.parametrize("missing", ["indicator", "baseline", "target", "target_on", "source"])
def test_an_indicator_has_baseline_target_date_and_source(missing: str) -> None:
    row = {name: value for name, value in INDICATOR.items() if name != missing}
    found = refused("draft_decision", {**DECISION, "indicators": [row]}, {})
    assert found == {f"indicators.0.{missing}"}


def test_the_review_begins_with_the_targets_of_the_decision_and_the_reported_values() -> None:
    context = {
        "indicators": [INDICATOR, {**INDICATOR, "indicator": "Engagierte"}],
        "results": [{"indicator": "Tandems", "actual": "26"}],
    }
    rows = form("evaluate_case").start(context)["indicator_values"]
    assert [(row["indicator"], row["target"], row["actual"]) for row in rows] == [
        ("Tandems", "24", "26"),
        ("Engagierte", "24", None),
    ]
