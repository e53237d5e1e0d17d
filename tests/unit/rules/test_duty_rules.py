"""The duties before a decision leaves: each is kept or named."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.rules.test_law_rules import fault, values


@pytest.mark.parametrize(
    ("facts", "value", "expected", "violation"),
    [
        ({"certified_by": "a", "ordered_by": "b", "paid_by": "a"}, "allowed", False, "FOUR_EYES"),
        ({"certified_by": "a", "ordered_by": "b", "paid_by": "c"}, "allowed", True, None),
        ({"actor": "x", "applicants": ["x"]}, "allowed", False, "EXCLUDED_PERSON"),
        ({"actor": "x", "relation": "NONE"}, "allowed", True, None),
        (
            {"actor": "x", "applicant_board": ["x"], "employing_body_is_party": True},
            "allowed",
            True,
            None,
        ),
        (
            {"actor": "x", "relation": "RELATIVE", "employing_body_is_party": True},
            "allowed",
            False,
            "EXCLUDED_PERSON",
        ),
        ({"suspicion_of_bias": True}, "allowed", False, "BIAS_REPORTED"),
        ({"suspicion_of_bias": True, "cleared_by_head": True}, "allowed", True, None),
        ({"interests_declared": False}, "allowed", False, "DECLARATION_MISSING"),
        ({"decision_mode": "HUMAN", "discretion": True}, "allowed", True, None),
        (
            {"decision_mode": "AUTOMATIC", "discretion": False, "allowed_by_law": True},
            "allowed",
            True,
            None,
        ),
        (
            {"decision_mode": "AUTOMATIC", "discretion": False},
            "allowed",
            False,
            "AUTOMATIC_DISCRETION",
        ),
        (
            {"approved": "2.00", "requested": "2.00", "burdensome_conditions": True},
            "reasons_required",
            True,
            None,
        ),
        ({"letter": "GRANT"}, "allowed", True, None),
        ({"letter": "INTEREST", "hearing_done": False}, "allowed", False, "HEARING_MISSING"),
        (
            {"contract_signed_on": "2026-01-20", "condition_of_grant": True},
            "is_start",
            False,
            None,
        ),
        ({"contract_signed_on": "2026-01-20", "planning_only": True}, "is_start", False, None),
        (
            {"recipient_type": "NATURAL_PERSON", "transparency_registration": None},
            "can_award",
            True,
            None,
        ),
        (
            {"indicators": [{"baseline": 1, "target": 2, "date": "2027-01-01", "source": "s"}]},
            "can_issue",
            True,
            None,
        ),
        (
            {"indicators": [{"baseline": 1, "target": 2, "date": "2027-01-01"}]},
            "can_issue",
            False,
            "INDICATOR_MISSING",
        ),
        (
            {"delegated_by": "a", "delegate": "b", "excluded": ["b"]},
            "allowed",
            False,
            "EXCLUDED_PERSON",
        ),
        ({"delegated_by": "a", "delegate": "b", "excluded": ["a"]}, "allowed", True, None),
    ],
)
def test_each_duty_is_kept_or_named(
    facts: dict[str, Any], value: str, expected: bool, violation: str | None
) -> None:
    found = values("duties", facts)
    assert (found[value], found["violation"]) == (expected, violation)


def test_more_people_than_the_board_has_are_refused() -> None:
    facts = {"board_members": 3, "board_fulfilling": 4}
    assert fault("duties", facts)[1] == "board_fulfilling"


def test_several_duties_are_looked_at_together() -> None:
    facts = {
        **{"prepared_by": "a", "countersigned_by": "a"},
        **{"letter": "REVOCATION", "hearing_done": False},
    }
    assert values("duties", facts)["violations"] == ["FOUR_EYES", "HEARING_MISSING"]


def test_a_burden_without_word_of_the_hearing_is_refused() -> None:
    assert fault("duties", {"letter": "REVOCATION"}) == ("rules.fact_missing", "hearing_done")
    assert fault("duties", {}) == ("rules.no_duty", "")
