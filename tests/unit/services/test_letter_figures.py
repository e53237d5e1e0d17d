"""Figures of a letter that disagree are found before it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from grantflow.errors import Problem
from grantflow.letters.model import (
    Computed,
    Decision,
    FundingLine,
    Instalment,
    LetterModel,
    PlanLine,
)
from grantflow.services import letter_figures
from grantflow.web.refusals import say

SEGMENTS = [
    {"from": "2026-05-15", "to": "2026-06-30", "amount": "96.88"},
    {"from": "2026-07-01", "to": "2026-09-30", "amount": "197.21"},
]
CAPPED = {"recovery_interest": Computed({"interest": "294.09", "segments": SEGMENTS})}


@dataclass(frozen=True)
class Page:
    """As much of a letter's model as the checks look at."""

    facts: dict[str, Any] = field(default_factory=dict)
    decision: Decision | None = None
    computations: dict[str, Computed] = field(default_factory=dict)


def found(check: Any, page: Page) -> list[str]:
    return [name for name, _ in check(cast(LetterModel, page))]


def interest(until: str, amount: str = "294.09") -> Page:
    told = {"interest_from": "2026-05-15", "interest_until": until, "amount": amount}
    return Page(told, computations=CAPPED)


def test_the_period_of_interest_is_that_of_the_segments() -> None:
    assert found(letter_figures.interest_period, interest("2026-09-30")) == []
    assert found(letter_figures.interest_period, interest("2026-10-25")) == ["interest_period"]
    wrong_sum = interest("2026-09-30", "300.00")
    assert found(letter_figures.interest_period, wrong_sum) == ["interest_sum_money"]
    assert found(letter_figures.interest_period, Page({"amount": "5"})) == []


def test_late_use_is_compared_with_its_own_computation() -> None:
    late = Computed({"interest": "5.00", "segments": [{"from": "2026-01-01", "to": "2026-01-31"}]})
    told = {"interest_from": "2026-01-01", "interest_until": "2026-01-31", "amount": 5}
    page = Page({**told, "late_use": True}, computations={**CAPPED, "late_use_interest": late})
    assert found(letter_figures.interest_period, page) == []


def plan(spent: str, own: str, granted: str, eligible: str) -> Page:
    return Page(
        decision=Decision(
            outcome="PARTLY_GRANTED",
            amount=Decimal(granted),
            eligible=Decimal(eligible),
            expenditure=(PlanLine("Personal", Decimal(spent)),),
            cover_funds=(PlanLine("Eigenmittel", Decimal(own)),) if own else (),
        )
    )


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (plan("60000.00", "6000.00", "54000.00", "60000.00"), []),
        (plan("66666.67", "6666.67", "54000.00", "66666.67"), ["plan_unbalanced_money"]),
        (plan("66666.67", "12666.67", "54000.00", "60000.00"), ["plan_not_eligible_money"]),
        (plan("60000.00", "", "54000.00", "60000.00"), []),
        (Page(), []),
    ],
)
def test_a_binding_plan_balances(page: Page, expected: list[str]) -> None:
    assert found(letter_figures.plan_balanced, page) == expected


def test_amounts_that_disagree_are_written_for_people() -> None:
    page = plan("180000.00", "18000.00", "162000.00", "999000")
    ((name, told),) = letter_figures.plan_balanced(cast(LetterModel, page))
    said = say(Problem(f"letters_checks.{name}", {"law": "§ 44 BHO", **told}), "de")
    assert "999.000,00\u00a0€" in said
    assert "180.000,00\u00a0€" in said


@pytest.mark.parametrize(
    ("first", "last", "years", "expected"),
    [
        ("2026-03-01", "2027-02-28", (2026, 2027), []),
        ("2026-03-01", "2026-03-01", (2026,), []),
        ("2027-12-31", "2027-01-01", (2027,), ["period_reversed"]),
        ("2026-03-01", "2027-02-28", (2020, 2026), ["plan_outside_period"]),
    ],
)
def test_the_period_of_any_grant_ends_after_its_start_and_holds_its_years(
    first: str, last: str, years: tuple[int, ...], expected: list[str]
) -> None:
    decision = Decision(
        outcome="GRANTED",
        amount=Decimal(12000),
        period_from=date.fromisoformat(first),
        period_until=date.fromisoformat(last),
        instalments=tuple(Instalment(year, Decimal(6000)) for year in years),
    )
    assert found(letter_figures.plan_balanced, Page(decision=decision)) == expected


MORE = {
    "old_amount": "60000.00",
    "new_amount": "63000.00",
    "rate_percent": 90,
    "period_from": "2026-03-01",
    "new_end": "2027-03-31",
    "instalments": [{"year": 2026, "amount": "60000.00"}, {"year": 2027, "amount": 3000}],
}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (MORE, ["plan_of_change"]),
        ({**MORE, "new_eligible": 70000, "plan": [{"amount": "70000.00"}]}, []),
        ({**MORE, "new_eligible": "66666.67", "plan": [{"amount": "66666.67"}]},
         ["amount_above_rate"]),
        (
            {**MORE, "new_eligible": 70000, "plan": [{"amount": "1.00"}]},
            ["plan_not_eligible_money"],
        ),
        ({"old_amount": "60000.00", "new_amount": "60000.00"}, []),
    ],
)  # fmt: skip
def test_another_amount_comes_with_a_plan_that_bears_it(
    facts: dict[str, Any], expected: list[str]
) -> None:
    assert found(letter_figures.plan_of_change, Page(facts)) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"granted": "162000", "final_grant": "165000"}, ["not_above_grant_money"]),
        ({"granted": "162000", "final_grant": "162000.01"}, ["not_above_grant_money"]),
        ({"granted": "162000", "final_grant": "162000"}, []),
        ({"granted": "162000"}, []),
        ({"final_grant": "165000"}, []),
    ],
)
def test_no_settlement_fixes_more_than_was_granted(
    facts: dict[str, Any], expected: list[str]
) -> None:
    assert found(letter_figures.not_above_grant, Page(facts)) == expected


def test_a_lower_final_grant_names_its_basis() -> None:
    lower = {"granted": "20000", "final_grant": "18000"}
    assert found(letter_figures.reduction_founded, Page(lower)) == ["reduction_founded_money"]
    assert found(letter_figures.reduction_founded, Page({**lower, "basis": "CONDITION"})) == []
    assert found(letter_figures.reduction_founded, Page({"final_grant": "18000"})) == []


def granted(amount: str, requested: str | None, *lines: FundingLine) -> Page:
    return Page(
        decision=Decision(
            outcome="GRANTED",
            amount=Decimal(amount),
            requested=None if requested is None else Decimal(requested),
            funding_lines=lines,
        )
    )


def line(amount: str, most: str | None) -> FundingLine:
    return FundingLine(
        "Modellprojekt", Decimal(amount), most=None if most is None else Decimal(most)
    )


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (granted("35000", "35000", line("20000", "20000"), line("15000", None)), []),
        (
            granted("39000", "35000", line("30000", "20000")),
            ["above_request_money", "above_line_money"],
        ),
        (granted("39000", None), []),
        (Page(), []),
    ],
)
def test_no_more_is_granted_than_was_asked_for_and_a_line_allows(
    page: Page, expected: list[str]
) -> None:
    assert found(letter_figures.within_request, page) == expected


@pytest.mark.parametrize(("amount", "expected"), [("4500", []), ("4500.01", ["above_rate_money"])])
def test_the_rate_of_a_decision_bears_its_amount(amount: str, expected: list[str]) -> None:
    shares = {"eligible": Decimal(5000), "rate": Decimal("0.9")}
    page = Page(decision=Decision(outcome="GRANTED", amount=Decimal(amount), **shares))
    assert found(letter_figures.within_request, page) == expected


PLANNED = {**MORE, "new_eligible": 70000, "plan": [{"amount": "70000.00"}]}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(2026, "60000.00"), (2027, "3000.00")], []),
        ([(2026, "60000.00"), (2027, "2999.99")], ["split_not_amount_money"]),
        ([], ["split_not_amount_money"]),
        ([(2025, "60000.00"), (2027, "3000.00")], ["plan_outside_period"]),
        ([(2026, "60000.00"), (2028, "3000.00")], ["plan_outside_period"]),
    ],
)
def test_the_years_of_a_change_bear_its_amount_and_lie_in_its_period(
    parts: list[tuple[int, str]], expected: list[str]
) -> None:
    split = [{"year": year, "amount": amount} for year, amount in parts]
    page = Page({**PLANNED, "instalments": split})
    assert found(letter_figures.plan_of_change, page) == expected
    assert found(letter_figures.plan_of_change, Page({**page.facts, "new_amount": 60000})) == []
