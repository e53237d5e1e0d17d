"""The final grant of several funding lines: each by its own rate, no cent lost between them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.rules.money import computed, euro, keys, refused

MODEL = {
    "line": "Model project",
    "financing_type": "PROPORTIONAL",
    "grant": 20000,
    "plan_expenditure": 40000,
    "actual_expenditure": 40000,
}
GUIDES = {
    "line": "Guides",
    "financing_type": "FULL",
    "grant": 9000,
    "plan_expenditure": 9000,
    "actual_expenditure": 9000,
}
SECOND_MODEL = {**MODEL, "line": "Opening", "grant": 5000, "plan_expenditure": 10000}


def settled(*lines: dict[str, Any], **more: Any) -> tuple[str, list[str]]:
    values = computed("final_grant_of_lines", lines=list(lines), **more).values
    return str(values["final_grant"]), [str(one["final_grant"]) for one in values["lines"]]


@pytest.mark.parametrize(
    ("model", "guides", "funds", "whole", "lines"),
    [
        (40000, 9000, 20000, "29000.00", ["20000.00", "9000.00"]),
        (30000, 9000, 15000, "24000.00", ["15000.00", "9000.00"]),
        (40000, 6000, 20000, "26000.00", ["20000.00", "6000.00"]),
        (39600, 8600, 20000, "28600.00", ["20000.00", "8600.00"]),
        (40000, 9000, 22000, "28000.00", ["19000.00", "9000.00"]),
        (48000, 9000, 34000, "26000.00", ["17000.00", "9000.00"]),
        (0, 0, 0, "0.00", ["0.00", "0.00"]),
    ],
)
def test_what_one_line_saves_counts_at_its_own_rate(
    model: int, guides: int, funds: int, whole: str, lines: list[str]
) -> None:
    rows = {**MODEL, "actual_expenditure": model}, {**GUIDES, "actual_expenditure": guides}
    assert settled(*rows, actual_other_funds=funds) == (whole, lines)


def test_one_rate_for_the_whole_would_give_another_sum() -> None:
    rows = {**MODEL, "actual_expenditure": 30000}, GUIDES
    whole = computed(
        "final_grant",
        financing_type="PROPORTIONAL",
        grant=29000,
        plan_expenditure=49000,
        plan_other_funds=20000,
        actual_expenditure=39000,
        actual_other_funds=15000,
    ).values["final_grant"]
    assert (settled(*rows, actual_other_funds=15000)[0], str(whole)) == ("24000.00", "23081.63")


def test_a_rate_that_is_given_counts_instead_of_grant_by_plan() -> None:
    row = {**MODEL, "rate": 0.4, "actual_expenditure": 30000}
    assert settled(row) == ("12000.00", ["12000.00"])


def test_own_money_for_an_overrun_stays_with_the_line_that_overran() -> None:
    rows = {**MODEL, "actual_expenditure": 48000}, GUIDES
    facts = {"actual_other_funds": 28000, "strict": True}
    assert settled(*rows, **facts) == ("25000.00", ["16000.00", "9000.00"])
    told = settled(*rows, **facts, own_for_overrun=8000)
    assert told == ("29000.00", ["20000.00", "9000.00"])


def test_other_funds_that_a_line_names_count_for_it_alone() -> None:
    rows = {**MODEL, "actual_other_funds": 20000}, {**GUIDES, "actual_other_funds": 1000}
    assert settled(*rows) == ("28000.00", ["20000.00", "8000.00"])
    assert settled(*rows, actual_other_funds=21000)[0] == "28000.00"


def test_other_funds_that_nobody_planned_are_shared_by_planned_expenditure() -> None:
    other = {**GUIDES, "line": "Training", "grant": 3000, "plan_expenditure": 3000}
    rows = GUIDES, {**other, "actual_expenditure": 3000}
    assert settled(*rows, actual_other_funds=1000) == ("11000.00", ["8250.00", "2750.00"])


def test_no_cent_of_shared_funds_is_lost() -> None:
    rows = [{**GUIDES, "line": name} for name in ("one", "two", "three")]
    found = computed("final_grant_of_lines", lines=rows, actual_other_funds="100.00").values
    assert sum(one["actual_other_funds"] for one in found["lines"]) == euro("100.00")
    assert found["final_grant"] == euro("26900.00")


@pytest.mark.parametrize(
    ("grant", "maxima"),
    [
        (29000, ["20000.00", "9000.00"]),
        (14500, ["10000.00", "4500.00"]),
        (30000, ["21000.00", "9000.00"]),
        (0, ["0.00", "0.00"]),
    ],
)
def test_lines_follow_an_amended_total_within_their_plans(grant: int, maxima: list[str]) -> None:
    found = computed("final_grant_of_lines", lines=[MODEL, GUIDES], grant=grant)
    assert [str(one["grant"]) for one in found.values["lines"]] == maxima
    assert ("lines_maxima" in keys(found)) is (grant != 29000)


def test_an_amended_total_falls_on_lines_that_had_no_money_by_their_plan() -> None:
    rows = {**MODEL, "grant": 0}, {**GUIDES, "grant": 0}
    found = computed("final_grant_of_lines", lines=rows, grant=4900).values
    assert [str(one["grant"]) for one in found["lines"]] == ["4000.00", "900.00"]


def test_expenditure_that_was_struck_from_a_line_does_not_count() -> None:
    struck = [{"item": "fines", "amount": 4000, "reason": "not eligible"}]
    assert settled({**MODEL, "disallowed": struck}, GUIDES) == (
        "27000.00",
        ["18000.00", "9000.00"],
    )


def test_the_explanation_names_every_line_and_ends_with_the_sum() -> None:
    rows = {**MODEL, "actual_expenditure": 30000}, GUIDES
    found = computed("final_grant_of_lines", lines=list(rows), actual_other_funds=15000)
    assert keys(found) == [
        "line_funds", "line_funds",
        "line_begins", "expenditure", "funds", "above_threshold", "proportional", "final_grant",
        "line_begins", "expenditure", "funds", "full_exempt", "deficit", "final_grant",
        "lines_final",
    ]  # fmt: skip
    said = [step.sentence("de") for step in found.steps]
    assert said[2] == "Position „Model project“:"
    assert said[-1] == (
        "Alle Positionen zusammen: endgültige Zuwendung 24.000,00 € (bewilligt 29.000,00 €, "
        "Minderung 5.000,00 €). (ANBest-P Nr. 2)"
    )
    assert found.steps[-1].sentence("en").startswith("All lines together: final grant €24,000.00")
    assert found.values["gap"] == euro("0.00")
    assert found.values["eligible"] == euro("39000.00")


@pytest.mark.parametrize(
    ("facts", "key", "place"),
    [
        ({"lines": []}, "rules_money.no_lines", "lines"),
        ({"lines": [MODEL, MODEL]}, "rules_money.line_twice", "lines.1.line"),
        (
            {"lines": [GUIDES, {**MODEL, "grant": 50000}]},
            "rules_money.grant_above_plan", "lines.1.grant",
        ),
        ({"lines": [{**MODEL, "rate": 1.5}]}, "rules_money.rate", "lines.0.rate"),
        ({"lines": [MODEL, GUIDES], "grant": 50000}, "rules_money.grant_above_plan", "grant"),
        (
            {"lines": [MODEL, {**GUIDES, "actual_other_funds": 5}]},
            "rules.fact_missing", "lines.0.actual_other_funds",
        ),
        (
            {"lines": [{**MODEL, "actual_other_funds": 5}], "actual_other_funds": 6},
            "rules_money.line_funds_sum", "actual_other_funds",
        ),
        (
            {"lines": [MODEL], "actual_other_funds": 5, "own_for_overrun": 6},
            "rules_money.own_above_funds", "own_for_overrun",
        ),
        (
            {"lines": [{**MODEL, "financing_type": "HALF"}]},
            "rules.fact_option", "lines.0.financing_type",
        ),
        (
            {"lines": [{**MODEL, "actual_expenditure": -1}]},
            "rules.fact_money", "lines.0.actual_expenditure",
        ),
    ],
)  # fmt: skip
def test_lines_that_contradict_themselves_are_refused_by_place(
    facts: dict[str, Any], key: str, place: str
) -> None:
    assert (key, place) in refused("final_grant_of_lines", **facts)


def test_every_faulty_line_is_named_at_once() -> None:
    rows = [{**MODEL, "rate": 2}, {**SECOND_MODEL, "grant": 11000}]
    assert refused("final_grant_of_lines", lines=rows) == [
        ("rules_money.rate", "lines.0.rate"),
        ("rules_money.grant_above_plan", "lines.1.grant"),
    ]
