"""Interest: segments over base rates, ways of counting days, late use, small amounts, waiver."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.rules.money import computed, euro, keys, refused

from grantflow.errors import BadProgramme, Invalid
from grantflow.rules import base_rates
from grantflow.rules.base_rates import BaseRateMissing
from grantflow.texts import LANGUAGES, text


def interest(
    principal: object, start: str, end: str, day_count: str = "act/365", **more: Any
) -> dict[str, Any]:
    found = computed("recovery_interest", principal=principal, interest_from=start,
                     interest_until=end, day_count=day_count, **more)  # fmt: skip
    return dict(found.values)


@pytest.mark.parametrize(
    ("principal", "start", "end", "days", "act_365", "act_act", "d30_360"),
    [
        (10000, "2022-10-01", "2024-02-15", 502, "947.74", "947.45", "945.36"),
        (10000, "2026-06-15", "2026-10-05", 112, "198.97", "198.97", "198.11"),
        (25000, "2021-01-01", "2022-01-01", 365, "1030.00", "1030.00", "1030.00"),
        (100000, "2026-06-30", "2026-07-01", 1, "17.18", "17.18", "17.42"),
    ],
)
def test_every_way_of_counting_days_gives_its_interest(
    principal: int, start: str, end: str, days: int, act_365: str, act_act: str, d30_360: str
) -> None:
    found = interest(principal, start, end)
    assert (found["interest"], found["days"]) == (euro(act_365), days)
    assert interest(principal, start, end, "act/act")["interest"] == euro(act_act)
    assert interest(principal, start, end, "30/360")["interest"] == euro(d30_360)


def test_every_base_rate_has_its_segment_and_they_add_up() -> None:
    found = interest("10000.00", "2022-10-01", "2024-02-15")
    assert [
        (str(s["from"]), str(s["to"]), s["days"], str(s["base_rate"]), str(s["rate"]),
         str(s["amount_unrounded"]))
        for s in found["segments"]
    ] == [
        ("2022-10-01", "2022-12-31", 92, "-0.88", "4.12", "103.846575"),
        ("2023-01-01", "2023-06-30", 181, "1.62", "6.62", "328.279452"),
        ("2023-07-01", "2023-12-31", 184, "3.12", "8.12", "409.336986"),
        ("2024-01-01", "2024-02-14", 45, "3.62", "8.62", "106.273973"),
    ]  # fmt: skip
    assert sum(s["amount"] for s in found["segments"]) == found["interest"] == euro("947.74")


def test_the_rounding_difference_is_printed_with_the_last_segment() -> None:
    found = interest("10000.00", "2022-10-01", "2024-02-15")
    assert [str(s["amount"]) for s in found["segments"]] == [
        "103.85", "328.28", "409.34", "106.27",
    ]  # fmt: skip
    small = interest("3.00", "2025-06-16", "2025-07-16")
    assert sum(s["amount"] for s in small["segments"]) == small["interest"]


def test_leap_years_have_a_day_more_by_the_calendar() -> None:
    assert interest(36600, "2024-01-01", "2024-07-01", "act/act")["days"] == 182
    whole = interest(10000, "2024-01-01", "2025-01-01", "act/act")
    assert whole["interest"] == cents_of("10000", ("8.62", 182), ("8.37", 184), year=366)
    common = interest(10000, "2024-01-01", "2025-01-01")
    assert common["interest"] == cents_of("10000", ("8.62", 182), ("8.37", 184), year=365)


def cents_of(principal: str, *parts: tuple[str, int], year: int) -> Decimal:
    total = sum(Decimal(principal) * Decimal(rate) / 100 * days / year for rate, days in parts)
    return Decimal(total).quantize(Decimal("0.01"))


def test_the_day_the_money_came_back_bears_no_interest() -> None:
    assert interest(1000, "2026-01-01", "2026-01-01") == {
        "interest": 0, "days": 0, "day_count": "act/365", "segments": [],
    }  # fmt: skip


def test_beyond_the_known_base_rates_nothing_is_computed() -> None:
    with pytest.raises(BaseRateMissing) as caught:
        interest(1000, "2026-11-01", "2027-02-01")
    assert caught.value.first_missing_day == date(2027, 1, 1)
    assert caught.value.params["code"] == "BASE_RATE_MISSING"
    assert interest(1000, "2026-11-01", "2027-01-01")["days"] == 61
    with pytest.raises(BaseRateMissing) as early:
        interest(1000, "2014-12-31", "2015-02-01")
    assert early.value.first_missing_day == date(2014, 12, 31)
    with pytest.raises(BaseRateMissing) as later:
        interest(1000, "2027-03-01", "2027-04-01")
    assert later.value.first_missing_day == date(2027, 3, 1)


def test_part_repayments_reduce_the_principal_from_their_day() -> None:
    found = interest(10000, "2026-01-01", "2026-04-01",
                     repayments=[{"on": "2026-02-01", "amount": 4000},
                                 {"on": "2026-03-01", "amount": 6000}])  # fmt: skip
    assert [(s["principal"], s["days"]) for s in found["segments"]] == [(10000, 31), (6000, 28)]
    first = interest(10000, "2026-01-01", "2026-02-01")["segments"][0]["amount_unrounded"]
    second = interest(6000, "2026-02-01", "2026-03-01")["segments"][0]["amount_unrounded"]
    assert found["interest"] == (first + second).quantize(Decimal("0.01"))


def test_repayments_before_and_after_the_interest_period_do_no_harm() -> None:
    early = interest(100, "2026-01-01", "2026-02-01",
                     repayments=[{"on": "2025-01-01", "amount": 40}])  # fmt: skip
    assert [s["principal"] for s in early["segments"]] == [60]
    late = interest(100, "2026-01-01", "2026-02-01", repayments=[{"on": "2027-01-01", "amount": 4}])
    assert late["interest"] == interest(100, "2026-01-01", "2026-02-01")["interest"]


def test_interest_ends_where_a_timely_audit_would_have_ended_it() -> None:
    found = computed("recovery_interest", principal=1000, interest_from="2024-01-01",
                     interest_until="2026-03-01", audit_due_on="2025-01-01")  # fmt: skip
    assert found.values["interest"] == interest(1000, "2024-01-01", "2025-01-01")["interest"]
    assert "audit_cap" in keys(found)
    none = interest(1000, "2024-01-01", "2024-06-01", audit_due_on="2023-01-01")
    assert none["interest"] == 0


@pytest.mark.parametrize(
    ("facts", "key", "place"),
    [
        ({"principal": "10.001"}, "rules.fact_money", "principal"),
        ({"interest_until": "2025-12-31"}, "rules_money.interest_order", "interest_until"),
        ({"margin": 50}, "rules_money.margin", "margin"),
        ({"day_count": "act/360"}, "rules.fact_option", "day_count"),
        ({"base_rates": [1]}, "rules.fact_table", "base_rates"),
        ({"repayments": [{"on": "2026-01-02", "amount": 1001}]},
         "rules_money.back_above_principal", "repayments"),
        ({"repayments": [{"on": "gestern", "amount": 1}]}, "rules.fact_day", "repayments.0.on"),
    ],
)  # fmt: skip
def test_interest_facts_that_cannot_be_are_refused(
    facts: dict[str, Any], key: str, place: str
) -> None:
    usual = {"principal": 1000, "interest_from": "2026-01-01", "interest_until": "2026-02-01"}
    assert (key, place) in refused("recovery_interest", **{**usual, **facts})


def late(uses: list[tuple[str, object]], area: str = "federal", **more: Any) -> dict[str, Any]:
    found = computed(
        "late_use_interest",
        area,
        **{
            "payments": [{"on": "2026-06-15", "amount": 30000}],
            "uses": [{"on": on, "amount": amount} for on, amount in uses],
            **more,
        },
    )
    return dict(found.values)


def test_what_is_used_after_the_window_bears_interest_from_the_payment_on() -> None:
    uses = [("2026-07-20", 20000), ("2026-10-05", 10000)]
    found = late(uses)
    assert (found["late"], found["interest"], found["days"]) == (10000, euro("198.97"), 112)
    assert [one["late"] for one in found["slices"]] == [False, True]
    assert found["slices"][0]["window_end"] == date(2026, 7, 27)
    assert late([("2026-07-27", 30000)])["interest"] == 0
    assert late([("2026-07-28", 30000)])["late"] == 30000


def test_berlin_gives_two_months() -> None:
    assert late([("2026-08-10", 30000)], "berlin")["interest"] == 0
    assert late([("2026-08-16", 30000)], "berlin")["late"] == 30000


def test_the_oldest_money_is_used_first() -> None:
    payments = [{"on": "2026-03-01", "amount": 1000}, {"on": "2026-01-01", "amount": 1000}]
    found = late([("2026-01-10", 500), ("2026-03-20", 1000), ("2026-05-01", 600)],
                 payments=payments)  # fmt: skip
    assert [
        (str(s["paid_on"]), str(s["used_on"]), int(s["amount"]), s["late"])
        for s in found["slices"]
    ] == [
        ("2026-01-01", "2026-01-10", 500, False),
        ("2026-01-01", "2026-03-20", 500, True),
        ("2026-03-01", "2026-03-20", 500, False),
        ("2026-03-01", "2026-05-01", 500, True),
    ]  # fmt: skip
    both = [interest(500, "2026-01-01", "2026-03-20"), interest(500, "2026-03-01", "2026-05-01")]
    exact = sum(s["amount_unrounded"] for one in both for s in one["segments"])
    assert found["interest"] == exact.quantize(Decimal("0.01"))


def test_own_money_spent_before_the_payment_and_money_paid_back_count_as_used() -> None:
    assert late([("2026-05-01", 30000)])["late"] == 0
    found = late([], returned=[{"on": "2026-07-01", "amount": 30000}])
    assert (found["late"], found["unused"]) == (0, 0)


def test_unused_money_is_named_and_bears_interest_up_to_a_day_that_is_given() -> None:
    idle = late([("2026-07-01", 10000)])
    assert (idle["late"], idle["unused"], idle["interest"]) == (0, 20000, 0)
    until = late([("2026-07-01", 10000)], interest_until="2026-09-01")
    assert (until["late"], until["unused"]) == (20000, 20000)
    assert until["interest"] == interest(20000, "2026-06-15", "2026-09-01")["interest"]
    assert late([], interest_until="2026-07-27")["late"] == 0


def test_late_use_needs_a_payment() -> None:
    assert refused("late_use_interest") == [("rules_money.no_payments", "payments")]


@pytest.mark.parametrize(
    ("claim", "charged", "reclaim", "charge"),
    [
        ("450.00", "48.00", False, False),
        ("500.00", "50.00", True, False),
        ("500.01", "50.01", True, True),
        ("0.00", "0.00", False, False),
    ],
)
def test_small_amounts_are_dropped_by_their_own_limits(
    claim: str, charged: str, reclaim: bool, charge: bool
) -> None:
    facts = {"small_claim": 500, "small_claim_rule": "LESS_THAN", "small_interest": 50,
             "small_interest_rule": "MUST_EXCEED"}  # fmt: skip
    found = computed("small_amounts", claim=claim, interest=charged, **facts).values
    assert found == {"reclaim": reclaim, "charge_interest": charge}


def test_without_an_entered_limit_nothing_is_dropped_and_that_is_said() -> None:
    found = computed("small_amounts", claim="0.01", interest="0.01")
    assert found.values == {"reclaim": True, "charge_interest": True}
    assert keys(found) == ["claim_no_limit", "interest_no_limit"]


def test_where_nothing_accrued_no_limit_is_spoken_of() -> None:
    found = computed("small_amounts", claim="500")
    assert found.values == {"reclaim": True, "charge_interest": False}
    assert keys(found) == ["claim_no_limit", "interest_none"]


def waived(**facts: Any) -> dict[str, Any]:
    return dict(computed("interest_waiver", interest=100, **facts).values)


def test_a_waiver_is_proposed_and_always_needs_a_reason_in_the_file() -> None:
    kind = waived(responsible=False, paid_in_time=True)
    assert kind == {"proposal": "WAIVE", "interest_charged": 0, "reasons_required": True}
    assert waived(responsible=True, paid_in_time=True)["interest_charged"] == 100
    assert waived(responsible=False, paid_in_time=False)["proposal"] == "CHARGE"


def test_a_person_decides_otherwise_with_a_reason() -> None:
    facts = {"responsible": True, "paid_in_time": True}
    assert waived(**facts, decision="WAIVE", reason="Härte")["interest_charged"] == 0
    strict = waived(responsible=False, paid_in_time=True, decision="CHARGE")
    assert strict["interest_charged"] == 100
    assert refused("interest_waiver", **facts, decision="WAIVE", reason=" ") == [
        ("rules_money.waiver_reason", "reason")
    ]
    assert refused("interest_waiver", **facts, decision="MAYBE") == [
        ("rules.fact_option", "decision")
    ]


def rate(since: str, percent: str, **changed: str) -> dict[str, str]:
    return {"from": since, "rate": percent, "source": "Bundesbank", "confidence": "published",
            **changed}  # fmt: skip


RATES = {"rates": [rate("2026-01-01", "1.00"), rate("2026-07-01", "2")], "until": "2026-12-31"}
UNMARKED = {"from": "2026-07-01", "rate": "1"}


def test_rates_may_be_given_with_the_facts() -> None:
    found = interest(36500, "2026-06-30", "2026-07-02", base_rates=RATES)
    assert found["interest"] == euro("13.00")
    table = base_rates.base_rates(RATES, "here")
    assert interest(36500, "2026-06-30", "2026-07-02", base_rates=table)["interest"] == 13
    assert table.on(date(2026, 7, 1)).rate == 2
    assert len(table.digest) == 12


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"rates": []}, "rules.wrong_field"),
        ({"rates": [rate("2026-01-01", "99")]}, "rules.wrong_field"),
        ({"rates": [rate("2026-07-02", "1")]}, "rules_money.rate_day"),
        ({"rates": [rate("2026-07-01", "1"), rate("2026-07-01", "2")]}, "rules_money.rate_order"),
        ({"rates": [UNMARKED | {"confidence": "law"}]}, "rules.wrong_field"),
        ({"rates": [UNMARKED | {"source": "Bundesbank"}]}, "rules.wrong_field"),
        ({"rates": [rate("2026-07-01", "1", source=" ")]}, "rules_money.rate_source"),
        ({"until": "2026-06-30"}, "rules_money.rate_end"),
        ({"until": "2026-12-30"}, "rules_money.rate_end"),
        ({"until": "2027-06-30"}, "rules_money.rate_end"),
        ({"until": "2099-12-31"}, "rules_money.rate_end"),
        ({"rates": [rate("2026-01-01", "1")]}, "rules_money.rate_end"),
    ],
)  # fmt: skip
def test_a_table_of_rates_that_cannot_be_is_refused(changed: dict[str, Any], key: str) -> None:
    with pytest.raises(BadProgramme) as caught:
        base_rates.base_rates({**RATES, **changed}, "here")
    assert {problem.key for problem in caught.value.problems} == {key}
    for problem in caught.value.problems:
        assert all("{" not in text(problem.key, told, **problem.params) for told in LANGUAGES)


def test_a_rate_that_is_known_too_long_says_until_when_it_is() -> None:
    with pytest.raises(BadProgramme) as caught:
        base_rates.base_rates({**RATES, "until": "2099-12-31"}, "here")
    (problem,) = caught.value.problems
    assert problem.place == "here#until"
    assert text(problem.key, "de", **problem.params).count("31. Dezember 2026") == 2


def test_a_file_that_is_no_toml_is_refused_and_the_shipped_one_is_sound() -> None:
    with pytest.raises(BadProgramme):
        base_rates.parse(b"= broken", "rates.toml")
    assert base_rates.shipped().until == date(2026, 12, 31)
    with pytest.raises(Invalid):
        interest(1000, "never", "2026-01-01")
