"""Budget lines, eligible amounts, pay parity, procurement, payments and budget years."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.rules.money import computed, euro, keys, refused

from grantflow import texts
from grantflow.rules import rounding
from grantflow.rules.explanation import Step
from grantflow.rules.rounding import shared

PLAN = {"personnel": "40000.00", "fees": "10000.00", "materials": "10000.00"}
BERLIN_NEW, BERLIN_OLD = date(2025, 7, 25), date(2025, 7, 24)


def fees(actual: dict[str, str], area: str = "federal", **more: Any) -> dict[str, Any]:
    found = computed("budget_lines", area, plan=PLAN, actual=actual, line="fees", **more)
    return {**found.values["line"], "total": found.values["total_actual"]}


def spent(personnel: int, fees_: str, materials: int) -> dict[str, str]:
    return {"personnel": f"{personnel}.00", "fees": fees_, "materials": f"{materials}.00"}


@pytest.mark.parametrize(
    ("actual", "within", "offset", "lost"),
    [
        (spent(40000, "12000.00", 8000), True, True, "0.00"),
        (spent(40000, "12000.01", 7000), False, True, "0.01"),
        (spent(40000, "13000.00", 7000), False, True, "1000.00"),
        (spent(40000, "11500.00", 9500), True, False, "1000.00"),
        (spent(40000, "11500.00", 10000), True, False, "1500.00"),
        (spent(40000, "9000.00", 10000), True, True, "0.00"),
    ],
)
def test_a_line_may_be_exceeded_within_the_tolerance_if_it_is_saved_elsewhere(
    actual: dict[str, str], within: bool, offset: bool, lost: str
) -> None:
    found = fees(actual)
    assert found["limit"] == euro("12000.00")
    assert found["within_limit"] is within
    assert found["approval_needed"] is not within
    assert found["offset_by_savings"] is offset
    assert found["not_recognised"] == euro(lost)


def test_berlin_allows_more_from_its_new_rules_on() -> None:
    actual = spent(39000, "13000.00", 8000)
    facts = {"plan": PLAN, "actual": actual, "line": "fees"}
    new = computed("budget_lines", "berlin", BERLIN_NEW, **facts).values["line"]
    old = computed("budget_lines", "berlin", BERLIN_OLD, **facts).values["line"]
    assert (new["limit"], new["within_limit"]) == (euro("13000.00"), True)
    assert (old["limit"], old["within_limit"]) == (euro("12000.00"), False)


def test_an_approved_overrun_counts_as_far_as_it_is_saved() -> None:
    found = fees(spent(40000, "14000.00", 7000), approved=["fees"])
    assert found["approval_needed"] is False
    assert found["not_recognised"] == euro("1000.00")


def test_several_overruns_share_what_was_saved() -> None:
    actual = {"personnel": 41000, "fees": 11000, "materials": 8999.99}
    found = computed("budget_lines", plan=PLAN, actual=actual).values
    lost = {one["line"]: one["not_recognised"] for one in found["lines"]}
    assert lost == {"personnel": euro("499.99"), "fees": euro("500.00"), "materials": euro("0")}
    assert found["recognised"] == euro("60000.00")


def test_rows_of_a_statement_are_read_as_forms_give_them() -> None:
    rows = [
        {"label": "Honorare", "planned": 1000, "amount": 1100.5},
        {"label": "Neu", "planned": None, "amount": 50},
        {"label": "Reise", "planned": 500, "amount": 300},
    ]
    found = computed("budget_lines", lines=rows).values
    assert found["not_recognised"] == euro("50.00")
    assert found["lines"][1]["approval_needed"] is True


@pytest.mark.parametrize(
    ("facts", "key", "place"),
    [
        ({"plan": PLAN, "actual": PLAN, "line": "food"}, "rules_money.unknown_line", "line"),
        ({"plan": {}, "actual": {}}, "rules_money.no_lines", "lines"),
        ({"plan": PLAN, "actual": PLAN, "tolerance": 20}, "rules_money.tolerance", "tolerance"),
        ({"lines": [{"line": "a", "actual": 1}, {"line": "a", "actual": 1}]},
         "rules_money.line_twice", "lines.1.line"),
        ({"lines": [{"line": "a", "actual": 1}, {"line": "b", "actual": 1.001}]},
         "rules.fact_money", "lines.1.actual"),
        ({"lines": [{"line": "a", "actual": 1}, {"line": "b"}]},
         "rules.fact_missing", "lines.1.amount"),
    ],
)  # fmt: skip
def test_plans_that_cannot_be_are_refused(facts: dict[str, Any], key: str, place: str) -> None:
    assert (key, place) in refused("budget_lines", **facts)


@pytest.mark.parametrize(
    ("requested", "violation"),
    [("11999.99", "BELOW_MINIMUM"), ("12000", ""), ("90000", ""), ("90000.01", "ABOVE_MAXIMUM")],
)
def test_limits_of_a_call_are_included(requested: str, violation: str) -> None:
    values = computed("amount_limits", requested=requested, minimum=12000, maximum=90000).values
    assert values == {"valid": not violation, "violation": violation}


def test_crossed_limits_are_refused() -> None:
    found = refused("amount_limits", requested=1, minimum=2, maximum=1)
    assert found == [("rules_money.limits_crossed", "minimum")]


def test_struck_items_leave_the_eligible_expenditure() -> None:
    items = [{"item": "a", "amount": 1.5}, {"item": "b", "amount": "0.25"}]
    values = computed("eligible_items", declared=10, disallowed=items).values
    assert values == {"eligible": euro("8.25"), "disallowed": euro("1.75")}


@pytest.mark.parametrize(
    ("area", "on", "recipient", "grant", "usual", "simple"),
    [
        ("federal", BERLIN_NEW, "MUNICIPALITY", "450000.00", "FIXED_AMOUNT", True),
        ("federal", BERLIN_NEW, "MUNICIPALITY", "6000000.00", "FIXED_AMOUNT", True),
        ("federal", BERLIN_NEW, "MUNICIPALITY", "6000000.01", "", False),
        ("federal", BERLIN_NEW, "NONPROFIT", "450000.00", "", False),
        ("berlin", BERLIN_NEW, "NONPROFIT", "5000.00", "FIXED_AMOUNT", False),
        ("berlin", BERLIN_NEW, "NONPROFIT", "5000.01", "", False),
        ("berlin", BERLIN_OLD, "NONPROFIT", "5000.00", "", False),
    ],
)
def test_a_fixed_amount_is_the_rule_up_to_a_limit(
    area: str, on: date, recipient: str, grant: str, usual: str, simple: bool
) -> None:
    values = computed("usual_financing", area, on, recipient_type=recipient, grant=grant).values
    assert values == {"financing_type": usual, "simplified_statement": simple}


@pytest.mark.parametrize(
    ("area", "share", "eligible"),
    [
        ("federal", "0.72", "58400.00"),
        ("federal", "0.50", "62000.00"),
        ("federal", "0.5001", "58400.00"),
        ("hessen", "0.5", "62000.00"),
        ("berlin", "0.1", "58400.00"),
    ],
)
def test_pay_above_the_tariff_is_not_eligible_for_mostly_public_grantees(
    area: str, share: str, eligible: str
) -> None:
    found = computed("pay_parity", area, actual=62000, comparable=58400, public_share=share)
    assert found.values["eligible"] == euro(eligible)
    assert found.values["eligible"] + found.values["not_eligible"] == 62000


def test_lower_pay_than_the_tariff_stays_and_a_share_above_one_is_refused() -> None:
    facts = {"actual": 50000, "comparable": 58400}
    assert computed("pay_parity", **facts, public_share=1).values["not_eligible"] == 0
    assert refused("pay_parity", **facts, public_share=72) == [
        ("rules_money.share", "public_share")
    ]


@pytest.mark.parametrize(
    ("value", "tier"),
    [
        ("500.00", "DIRECT_NO_COMPARISON"),
        ("500.01", "DIRECT_WITH_INFORMAL_COMPARISON"),
        ("5000.00", "DIRECT_WITH_INFORMAL_COMPARISON"),
        ("5000.01", "THREE_OFFERS"),
        ("99999.99", "THREE_OFFERS"),
        ("100000.00", "UVGO_VOB"),
    ],
)
def test_berlin_counts_the_value_of_the_contract(value: str, tier: str) -> None:
    found = computed("procurement_tier", "berlin", BERLIN_NEW, contract_value=value)
    assert found.values == {"tier": tier}


@pytest.mark.parametrize(
    ("area", "on", "grant", "tier"),
    [
        ("federal", BERLIN_NEW, "100000.00", "THREE_OFFERS_ECONOMIC"),
        ("federal", BERLIN_NEW, "100000.01", "UVGO_VOB"),
        ("berlin", BERLIN_OLD, "100000.01", "UVGO_VOB"),
        ("hessen", BERLIN_NEW, "25000.01", "UVGO_VOB"),
    ],
)
def test_others_count_the_whole_grant(area: str, on: date, grant: str, tier: str) -> None:
    found = computed("procurement_tier", area, on, contract_value=12000, grant_total=grant)
    assert found.values == {"tier": tier}


def test_the_value_that_counts_must_be_given() -> None:
    found = refused("procurement_tier", contract_value=1)
    assert found == [("rules.fact_missing", "grant_total")]


def payable(**facts: Any) -> dict[str, Any]:
    return dict(computed("payable", **{"today": "2026-07-13", **facts}).values)


@pytest.mark.parametrize(
    ("facts", "amount"),
    [
        ({"financing_type": "DEFICIT", "need": 20000, "own_funds_available": 6000}, "14000.00"),
        ({"financing_type": "DEFICIT", "need": 5000, "own_funds_available": 6000}, "0.00"),
        ({"financing_type": "PROPORTIONAL", "need": 20000, "rate": 0.5}, "10000.00"),
        ({"financing_type": "PROPORTIONAL", "need": 20000, "rate": 0.5, "grant_unpaid": 8000},
         "8000.00"),
        ({"financing_type": "PROPORTIONAL", "need": 3000, "grant": 20000,
          "plan_expenditure": 60000}, "1000.00"),
        ({"financing_type": "FIXED_AMOUNT", "need": 20000, "rate": 0.25}, "5000.00"),
        ({"financing_type": "FIXED_AMOUNT", "need": 20000, "grant_unpaid": 10200}, "10200.00"),
        ({"financing_type": "FULL", "need": 20000}, "20000.00"),
        ({"instalment": 10000}, "10000.00"),
    ],
)  # fmt: skip
def test_the_order_of_funds_decides_what_is_payable(facts: dict[str, Any], amount: str) -> None:
    found = payable(**facts)
    assert (found["payable"], found["blocked"], found["reason"]) == (euro(amount), False, "")


def test_nothing_is_paid_before_finality() -> None:
    found = payable(instalment=10000, remedy_period_end="2026-07-13")
    assert found["payable"] == 0
    assert found["entitled"] == 10000
    assert (found["reason"], found["blocked_until"]) == ("NOT_FINAL", date(2026, 7, 14))
    later = payable(instalment=10000, remedy_period_end="2026-07-13", today="2026-07-14")
    assert (later["payable"], later["blocked_until"]) == (euro("10000.00"), None)


def test_a_waiver_frees_the_money_on_its_day() -> None:
    facts = {"instalment": 5, "remedy_period_end": "2026-08-31", "waiver_on": "2026-07-13"}
    assert payable(**facts)["payable"] == 5
    assert payable(**facts, today="2026-07-12")["blocked_until"] == date(2026, 7, 13)
    assert payable(instalment=5, waiver_on="2026-07-01")["payable"] == 5


def test_an_overdue_statement_blocks_the_next_instalment() -> None:
    found = payable(instalment=10000, overdue_statements=1)
    assert (found["payable"], found["reason"]) == (0, "OVERDUE_STATEMENT")
    assert payable(instalment=10000, overdue_statements=0)["payable"] == 10000


def test_a_need_beyond_the_window_for_prompt_use_is_not_paid_yet() -> None:
    found = payable(instalment=10, need_until="2026-08-25")
    assert found["window_end"] == date(2026, 8, 24)
    assert found["reason"] == "NEED_BEYOND_WINDOW"
    assert payable(instalment=10, need_until="2026-08-25", window="P2M")["payable"] == 10
    warned = computed(
        "payable", "hessen", instalment=10, today="2026-07-13", need_until="2027-08-25"
    )
    assert (warned.values["payable"], warned.values["reason"]) == (10, "")
    assert "beyond_window_warned" in keys(warned)
    berlin = computed("payable", "berlin", instalment=10, today="2026-07-13").values
    assert berlin["window_end"] == date(2026, 9, 13)


def test_of_needs_by_day_only_those_in_the_window_count() -> None:
    needs = [{"on": "2026-08-24", "amount": 100.1}, {"on": "2026-08-25", "amount": 900}]
    assert payable(financing_type="FULL", needs=needs)["payable"] == euro("100.10")


def test_every_reason_is_told() -> None:
    facts = {"today": "2026-01-01", "remedy_period_end": "2026-01-31", "overdue_statements": 2,
             "need_until": "2027-01-01", "instalment": 1}  # fmt: skip
    found = computed("payable", **facts)
    assert {"final_from", "overdue_statement", "beyond_window"} <= set(keys(found))
    assert found.values["reason"] == "NOT_FINAL"


@pytest.mark.parametrize(
    ("facts", "key", "place"),
    [
        ({"financing_type": "PROPORTIONAL", "need": 1}, "rules.fact_missing", "rate"),
        ({"financing_type": "PROPORTIONAL", "need": 1, "rate": 2}, "rules_money.rate", "rate"),
        ({"instalment": 1, "window": "six weeks"}, "rules_money.window", "window"),
        ({"instalment": -1}, "rules.fact_money", "instalment"),
        ({"need": 1}, "rules.fact_missing", "financing_type"),
    ],
)
def test_payment_facts_that_cannot_be_are_refused(
    facts: dict[str, Any], key: str, place: str
) -> None:
    assert (key, place) in refused("payable", today="2026-01-01", **facts)


SPLIT = {"grant": "120000.00", "period_start": "2026-07-01", "period_end": "2028-06-30",
         "decision_year": 2026}  # fmt: skip


def test_a_grant_is_split_by_months_and_later_years_need_commitment_authority() -> None:
    values = computed("cash_split", **SPLIT).values
    assert [(one["year"], one["cash"], one["commitment"]) for one in values["years"]] == [
        (2026, euro("30000.00"), 0), (2027, euro("60000.00"), 60000), (2028, 30000, 30000),
    ]  # fmt: skip
    assert values["commitment_total"] == euro("90000.00")


def test_days_count_where_the_call_says_so_and_given_amounts_are_taken() -> None:
    by_days = computed("cash_split", **SPLIT, distribution="EQUAL_DAYS").values["years"]
    assert [one["cash"] for one in by_days] == [
        euro("30205.20"), euro("59917.92"), euro("29876.88"),
    ]  # fmt: skip
    rows = [{"year": 2026, "amount": 20000}, {"year": 2027, "amount": 100000}]
    given = computed("cash_split", **SPLIT, by_year=rows).values
    assert [one["cash"] for one in given["years"]] == [20000, 100000, 0]
    assert given["commitment_total"] == 100000


@pytest.mark.parametrize(
    ("changed", "key", "place"),
    [
        ({"period_end": "2026-06-30"}, "rules_money.period_order", "period_end"),
        ({"period_end": "2062-06-30"}, "rules_money.period_order", "period_end"),
        ({"decision_year": 26}, "rules_money.year", "decision_year"),
        ({"by_year": [{"year": 2026, "amount": 1}]}, "rules_money.years_sum", "by_year"),
        ({"by_year": [{"year": 2025, "amount": 120000}]}, "rules_money.year_outside",
         "by_year.2025"),
        ({"distribution": "MOON"}, "rules.fact_option", "distribution"),
        ({"period_start": "31.12.2026"}, "rules.fact_day", "period_start"),
    ],
)  # fmt: skip
def test_splits_that_cannot_be_are_refused(changed: dict[str, Any], key: str, place: str) -> None:
    assert (key, place) in refused("cash_split", **{**SPLIT, **changed})


@pytest.mark.parametrize(
    ("used", "carried_over", "lapsed", "carried", "amendment"),
    [(22000, False, 8000, 0, False), (22000, True, 0, 8000, True), (30000, True, 0, 0, False)],
)
def test_unused_cash_lapses_unless_an_amendment_carries_it_over(
    used: int, carried_over: bool, lapsed: int, carried: int, amendment: bool
) -> None:
    values = computed("year_end", planned=30000, used=used, carried_over=carried_over).values
    assert (values["lapsed"], values["carried"]) == (lapsed, carried)
    assert values["amendment_needed"] is amendment


def test_a_year_cannot_use_more_than_it_had() -> None:
    assert refused("year_end", planned=1, used=2) == [("rules_money.used_above_planned", "used")]


def test_a_fund_is_shared_by_percentages_and_equal_parts() -> None:
    shares = [{"name": "base", "share": "0.66", "parts": 12}, {"name": "places", "share": "0.24"},
              {"name": "other", "share": "0.10"}]  # fmt: skip
    base, places, other = computed("fund_distribution", total="11300000.00", shares=shares).values[
        "parts"
    ]
    assert (base["amount"], base["each"], base["rest"]) == (7458000, euro("621500.00"), 0)
    assert (places["amount"], other["amount"]) == (2712000, 1130000)
    seven = [{"name": "all", "share": 1, "parts": 7}]
    (part,) = computed("fund_distribution", total=100, shares=seven).values["parts"]
    assert (part["each"], part["rest"]) == (euro("14.28"), euro("0.04"))
    assert refused("fund_distribution", total=1, shares=[{"name": "a", "share": 0.9}]) == [
        ("rules_money.shares_sum", "shares")
    ]
    none = [{"name": "a", "share": 1, "parts": 0}]
    assert refused("fund_distribution", total=1, shares=none) == [("rules_money.no_parts", "parts")]


def test_sharing_needs_weights_and_room() -> None:
    with pytest.raises(ValueError):
        shared(euro("1.00"), [euro("0"), euro("0")])
    with pytest.raises(ValueError):
        shared(euro("1.00"), [euro("1"), euro("1")], at_most=[euro("0.10"), euro("0.10")])
    assert shared(euro("0.01"), [euro("1")] * 3) == (0, 0, euro("0.01"))
    assert sum(shared(euro("0.05"), [euro("1")] * 8)) == euro("0.05")


def test_every_step_has_its_words_in_both_languages() -> None:
    named = re.compile(r'"(rules_money\.[a-z_.0-9]+)"')
    folder = Path(rounding.__file__).parent
    keys = {key for path in folder.glob("*.py") for key in named.findall(path.read_text("utf-8"))}
    assert len(keys) > 60
    for language in texts.LANGUAGES:
        assert keys - set(texts.catalogue(language)) == set()


def test_a_stored_step_reads_like_the_step_itself() -> None:
    step = Step("rules_money.step.payable", "VV Nr. 7", {"amount": euro("1234.50")})
    again = Step(step.key, step.law, step.as_dict()["params"])
    for language in texts.LANGUAGES:
        assert again.sentence(language) == step.sentence(language)
    assert step.sentence("de") == "Auszahlbar sind 1.234,50 €. (VV Nr. 7)"
