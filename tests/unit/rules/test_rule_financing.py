"""What remains of a grant: four ways of financing, thresholds, caps, lines, funders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.rules.money import computed, euro, keys, refused

from grantflow.rules.financing import Actual as Spent
from grantflow.rules.financing import Financing, Plan, Reduction, final_grant

MODEL = {
    "financing_type": "PROPORTIONAL",
    "plan_expenditure": "80000.00",
    "grant": "40000.00",
    "plan_other_funds": "40000.00",
    "rate": "0.50",
}
DEFICIT = {
    "financing_type": "DEFICIT",
    "plan_expenditure": "60000.00",
    "grant": "54000.00",
    "plan_other_funds": "6000.00",
}


def final(plan: dict[str, str], spent: object, funds: object, **more: Any) -> tuple[str, str]:
    values = computed(
        "final_grant", **plan, actual_expenditure=spent, actual_other_funds=funds, **more
    ).values
    return str(values["final_grant"]), values["reason"]


@pytest.mark.parametrize(
    ("spent", "funds", "grant", "reason"),
    [
        ("72000.00", "40000.00", "36000.00", "RECOMPUTED"),
        ("80000.00", "48000.00", "36000.00", "RECOMPUTED"),
        ("76000.00", "46000.00", "35000.00", "RECOMPUTED"),
        ("90000.00", "50000.00", "40000.00", "RECOMPUTED"),
        ("79500.00", "40000.00", "40000.00", "BELOW_THRESHOLD"),
        ("79499.99", "40000.00", "39750.00", "RECOMPUTED"),
        ("79499.00", "40000.00", "39749.50", "RECOMPUTED"),
        ("80000.00", "40500.00", "40000.00", "BELOW_THRESHOLD"),
        ("79600.00", "40400.00", "40000.00", "BELOW_THRESHOLD"),
        ("80000.00", "38000.00", "40000.00", "NO_REDUCING_CHANGE"),
        ("0", "0", "0.00", "RECOMPUTED"),
        ("1000.00", "60000.00", "0.00", "RECOMPUTED"),
    ],
)
def test_proportional_financing_shares_savings_and_new_funds(
    spent: str, funds: str, grant: str, reason: str
) -> None:
    assert final(MODEL, spent, funds) == (grant, reason)


@pytest.mark.parametrize(
    ("spent", "funds", "grant", "reason"),
    [
        ("57500.00", "6000.00", "51500.00", "RECOMPUTED"),
        ("60000.00", "8500.00", "51500.00", "RECOMPUTED"),
        ("60000.00", "4000.00", "54000.00", "NO_REDUCING_CHANGE"),
        ("63000.00", "9000.00", "54000.00", "RECOMPUTED"),
        ("5000.00", "9500.00", "0.00", "RECOMPUTED"),
    ],
)
def test_deficit_financing_takes_the_whole_change(
    spent: str, funds: str, grant: str, reason: str
) -> None:
    assert final(DEFICIT, spent, funds) == (grant, reason)


def test_in_the_strict_variant_an_overrun_does_not_offset_new_income() -> None:
    assert final(DEFICIT, "63000.00", "9000.00", strict=True) == ("51000.00", "RECOMPUTED")


def test_own_money_for_an_overrun_is_no_new_cover_money_even_in_the_strict_variant() -> None:
    strict = {"strict": True}
    assert final(MODEL, "90000.00", "50000.00", **strict)[0] == "35000.00"
    assert final(MODEL, "90000.00", "50000.00", own_for_overrun="10000", **strict)[0] == "40000.00"
    assert final(MODEL, "90000.00", "55000.00", own_for_overrun="10000")[0] == "37500.00"


def test_some_funders_add_savings_and_new_income_up() -> None:
    assert final(MODEL, "79600.00", "40400.00", adds_up=True) == ("39600.00", "RECOMPUTED")


def test_recurring_funding_knows_no_threshold() -> None:
    assert final(MODEL, "79999.98", "40000.00", recurring=True) == ("39999.99", "RECOMPUTED")


def test_a_fixed_amount_is_capped_at_the_expenditure_only() -> None:
    plan = {"financing_type": "FIXED_AMOUNT", "plan_expenditure": 10200, "grant": 10200}
    assert final(plan, 11500, 1300) == ("10200.00", "FIXED_AMOUNT")
    assert final(plan, 9800, 5000) == ("9800.00", "FIXED_AMOUNT")


def test_full_financing_knows_no_threshold_unless_the_profile_says_so() -> None:
    plan = {"financing_type": "FULL", "plan_expenditure": "6800.00", "grant": "6800.00"}
    assert final(plan, "6500.00", 0) == ("6500.00", "RECOMPUTED")
    assert final(plan, "6500.00", 0, full_exempt=False) == ("6800.00", "BELOW_THRESHOLD")


def test_a_funder_may_round_down_to_full_euros() -> None:
    assert final(MODEL, "79499.00", 40000, rounding="FULL_EURO_DOWN")[0] == "39749.00"


def test_without_a_rate_the_grant_keeps_its_share_of_the_plan() -> None:
    thirds = Plan(euro("20000.00"), euro("60000.00"), euro("40000.00"))
    found = final_grant(
        Financing.PROPORTIONAL, thirds, Spent(euro("50000.00"), euro("40000.00")), Reduction()
    )
    assert found.amount == euro("16666.67")


def test_struck_items_come_off_before_the_rate_and_without_a_plan_every_cent_counts() -> None:
    found = computed(
        "final_grant",
        financing_type="PROPORTIONAL",
        rate="0.5",
        grant="40000.00",
        actual_expenditure="80000.00",
        disallowed=[{"item": "Empfang", "amount": "420.00"},
                    {"item": "Rechnung vor Beginn", "amount": 1580, "reason": "zu früh"}],
    )  # fmt: skip
    assert found.values["eligible"] == euro("78000.00")
    assert found.values["final_grant"] == euro("39000.00")
    assert found.values["reduction"] == euro("1000.00")
    assert keys(found)[:2] == ["item_struck", "item_struck"]


def test_a_gap_in_the_financing_is_named() -> None:
    found = computed("final_grant", **DEFICIT, actual_expenditure=60000, actual_other_funds=4000)
    assert found.values["gap"] == euro("2000.00")
    assert keys(found)[-1] == "gap"


def test_a_computation_tells_its_steps_with_paragraphs_in_both_languages() -> None:
    found = computed("final_grant", **MODEL, actual_expenditure=72000, actual_other_funds=40000)
    said = [step.sentence("de") for step in found.steps]
    assert "Anteilfinanzierung: 50,00 % von 72.000" in said[3]
    assert said[-1].startswith("Endgültige Zuwendung: 36.000,00 € (bewilligt 40.000,00 €")
    assert said[2].endswith("(ANBest-P Nr. 2)")
    assert "€36,000.00" in found.steps[-1].sentence("en")
    assert found.steps[-1].as_dict()["params"]["amount"] == {"de": "36.000,00", "en": "36,000.00"}
    assert found.version.startswith("federal 2026-03-01 ")


@pytest.mark.parametrize(
    ("changed", "key", "place"),
    [
        ({"grant": "40000.001"}, "rules.fact_money", "grant"),
        ({"grant": 40000.001}, "rules.fact_money", "grant"),
        ({"grant": "40.000,00"}, "rules.fact_money", "grant"),
        ({"grant": -1}, "rules.fact_money", "grant"),
        ({"grant": 10**15}, "rules.fact_money", "grant"),
        ({"grant": 80000.01}, "rules_money.grant_above_plan", "grant"),
        ({"rate": 50}, "rules_money.rate", "rate"),
        ({"rate": 0}, "rules_money.rate", "rate"),
        ({"rate": None, "plan_expenditure": None}, "rules.fact_missing", "rate"),
        ({"own_for_overrun": 50000}, "rules_money.own_above_funds", "own_for_overrun"),
        ({"financing_type": "HALF"}, "rules.fact_option", "financing_type"),
        ({"disallowed": [{"item": "x", "amount": 90000}]},
         "rules_money.struck_above_declared", "disallowed"),
    ],
)  # fmt: skip
def test_facts_that_cannot_be_are_refused(changed: dict[str, Any], key: str, place: str) -> None:
    facts = {**MODEL, "actual_expenditure": 80000, "actual_other_funds": 40000, **changed}
    assert (key, place) in refused("final_grant", **facts)


def lines(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return dict(computed("grant_of_lines", lines=list(rows), **more).values)


def test_lines_with_different_rates_add_up() -> None:
    found = lines(
        {"line": "MODEL", "eligible": "48000.00", "rate": "0.50"},
        {"line": "GUIDES", "eligible": "6800.00", "rate": 1},
    )
    assert [one["grant"] for one in found["lines"]] == [euro("24000.00"), euro("6800.00")]
    assert found["total"] == euro("30800.00")
    assert found["other_needed"] == euro("24000.00")


def test_a_rate_is_capped_and_own_money_has_a_minimum() -> None:
    line = {"line": "A", "eligible": "80000.00", "rate": "0.90", "cap": "70000.00"}
    found = lines(line, minimum_own_share="0.05")
    assert found["total"] == euro("70000.00")
    assert found["other_needed"] == euro("10000.00")
    assert found["minimum_own"] == euro("4000.00")


def test_hours_and_a_lump_sum_with_condition_and_pool() -> None:
    hours = {"line": "HOURS", "quantity": 960, "unit_amount": "5.00"}
    lump = {"line": "COORDINATION", "lump_sum": "2000.00", "minimum_size": 5}
    assert lines(hours, {**lump, "size": 12})["total"] == euro("6800.00")
    assert lines(hours, {**lump, "size": 5})["total"] == euro("6800.00")
    assert lines(hours, {**lump, "size": 4})["total"] == euro("4800.00")
    assert lines(hours, {**lump, "size": 12, "condition": False})["total"] == euro("4800.00")
    assert lines({"line": "L", "lump_sum": 3000, "quantity": 2})["total"] == euro("6000.00")


def test_a_cap_of_all_lines_takes_from_the_last() -> None:
    row = {"eligible": 1000, "rate": "1"}
    found = lines({"line": "A", **row}, {"line": "B", **row}, {"line": "C", **row}, cap=1500)
    assert [str(one["grant"]) for one in found["lines"]] == ["1000.00", "500.00", "0.00"]


@pytest.mark.parametrize(
    ("row", "key", "place"),
    [
        ({"line": "A"}, "rules_money.line_one_way", "lines.0"),
        ({"line": "A", "rate": 1, "eligible": 1, "lump_sum": 1}, "rules_money.line_one_way",
         "lines.0"),
        ({"line": "A", "rate": 2, "eligible": 1}, "rules_money.rate", "lines.0.rate"),
        ({"line": "A", "rate": 1}, "rules.fact_missing", "lines.0.eligible"),
        ({"line": "A", "unit_amount": 5}, "rules.fact_missing", "lines.0.quantity"),
    ],
)  # fmt: skip
def test_a_line_without_one_way_to_compute_it_is_refused(
    row: dict[str, Any], key: str, place: str
) -> None:
    assert (key, place) in refused("grant_of_lines", lines=[row])


@pytest.mark.parametrize(
    ("paid", "granted", "repay", "pay_out"),
    [(40000, 36000, "4000.00", "0.00"), (30000, 36000, "0.00", "6000.00"), (5, 5, "0.00", "0.00")],
)
def test_what_is_paid_too_much_comes_back(
    paid: int, granted: int, repay: str, pay_out: str
) -> None:
    values = computed("recovery", paid=paid, final_grant=granted).values
    assert (str(values["repay"]), str(values["pay_out"])) == (repay, pay_out)


def test_funders_share_a_reduction_by_the_size_of_their_grants() -> None:
    funders = [{"funder": "A", "grant": 30000}, {"funder": "B", "grant": 10000}, {"grant": 20000}]
    found = computed("funder_shares", reduction="1000.00", funders=funders).values
    assert [one["reduction"] for one in found["funders"]] == [
        euro("500.00"), euro("166.67"), euro("333.33"),
    ]  # fmt: skip
    assert [one["funder"] for one in found["funders"]] == ["A", "B", "3"]
    assert refused("funder_shares", reduction=60000.01, funders=funders) == [
        ("rules_money.reduction_above_grants", "reduction")
    ]


def test_the_time_of_proper_use_keeps_a_part_of_the_grant() -> None:
    found = computed("time_of_use", grant=24000, bound_months=60, used_months=45).values
    assert found == {"kept": euro("18000.00"), "recoverable": euro("6000.00")}
    assert computed("time_of_use", grant=1, bound_months=6, used_months=9).values[
        "recoverable"
    ] == Decimal(0)
    assert refused("time_of_use", grant=1, bound_months=0, used_months=0) == [
        ("rules_money.bound_months", "bound_months")
    ]


def test_traces_of_binary_sums_are_no_third_decimal() -> None:
    assert 0.1 + 0.2 != 0.3
    found = computed("recovery", paid=3000.3, final_grant=0.1 + 0.2).values
    assert found["repay"] == euro("3000.00")
    thirds = {"line": "A", "eligible": 1000, "rate": 33.3 / 100}
    assert lines(thirds)["total"] == euro("333.00")
