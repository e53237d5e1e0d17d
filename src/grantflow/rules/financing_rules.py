"""The rules about grants by name: what each is told, and what it gives (euro)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.budget_lines import BudgetLine, CheckedLine, check_lines
from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.eligibility import (
    Eligible,
    Item,
    amount_limits,
    eligible_items,
    usual_financing,
)
from grantflow.rules.financing import Actual, Financing, Plan, Reduction, final_grant
from grantflow.rules.financing_recovery import recovery, share_reduction, time_of_use
from grantflow.rules.pay_parity import pay_parity
from grantflow.rules.procurement import procurement_tier
from grantflow.rules.profiles import Profile
from grantflow.rules.rounding import NOTHING, Rounding


def maybe_money(facts: Facts, name: str) -> Decimal | None:
    """An amount in euro, or None where it is not given."""
    return facts.money(name) if facts.has(name) else None


def maybe_number(facts: Facts, name: str) -> Decimal | None:
    """A number, or None where it is not given."""
    return facts.number(name) if facts.has(name) else None


def profile_number(facts: Facts, name: str, profile: Profile, value: str) -> Decimal:
    """A number that is given, else the profile's value. MissingValue if there is neither."""
    if facts.has(name):
        return facts.number(name)
    return Decimal(str(profile.value(value).value))


def financing_of(facts: Facts) -> Financing:
    """The way of financing. Invalid if it is missing or unknown."""
    return Financing(facts.choice("financing_type", Financing))


def reduction_of(facts: Facts, profile: Profile) -> Reduction:
    """The settings of the profile, each of which a fact may replace. Invalid, MissingValue."""
    usual = Reduction.of(profile)
    rounding = facts.choice("rounding", Rounding, usual.rounding)
    return Reduction(
        threshold=facts.money("threshold", usual.threshold),
        full_exempt=facts.flag("full_exempt", usual.full_exempt),
        adds_up=facts.flag("adds_up", usual.adds_up),
        recurring=facts.flag("recurring", False),
        strict=facts.flag("strict", usual.strict),
        rounding=Rounding(rounding),
    )


def counted_of(facts: Facts, declared: Decimal) -> Eligible:
    """The declared expenditure less what was struck (fact ``disallowed``), in euro. Invalid."""
    rows = facts.items("disallowed") if facts.has("disallowed") else ()
    items = [Item(row.text("item"), row.money("amount"), row.text("reason", "")) for row in rows]
    return eligible_items(declared, items)


def _final_grant(facts: Facts, profile: Profile) -> Outcome:
    kind = financing_of(facts)
    plan = Plan(
        grant=facts.money("grant"),
        expenditure=maybe_money(facts, "plan_expenditure"),
        other_funds=facts.money("plan_other_funds", NOTHING),
        rate=maybe_number(facts, "rate"),
    )
    counted = counted_of(facts, facts.money("actual_expenditure"))
    actual = Actual(
        expenditure=counted.eligible,
        other_funds=facts.money("actual_other_funds", NOTHING),
        own_for_overrun=facts.money("own_for_overrun", NOTHING),
    )
    found = final_grant(kind, plan, actual, reduction_of(facts, profile))
    values = {
        "final_grant": found.amount,
        "reduction": found.reduction,
        "reason": str(found.reason),
        "eligible": counted.eligible,
        "disallowed": counted.disallowed,
        "saving": found.saving,
        "new_funds": found.new_funds,
        "gap": found.gap,
    }
    struck = counted.steps if counted.disallowed else ()
    return Outcome(values, (*struck, *found.steps))


def _budget_lines(facts: Facts, profile: Profile) -> Outcome:
    tolerance = profile_number(facts, "tolerance", profile, "line_tolerance")
    approved = facts.texts("approved") if facts.has("approved") else ()
    found = check_lines(_rows(facts, approved), tolerance)
    values: dict[str, Any] = {
        "lines": [_checked(one) for one in found.lines],
        "total_planned": found.total_planned,
        "total_actual": found.total_actual,
        "recognised": found.total_actual - found.not_recognised,
        "not_recognised": found.not_recognised,
        "approval_needed": found.approval_needed,
    }
    if facts.has("line"):
        values["line"] = _checked(found.line(facts.text("line")))
    return Outcome(values, found.steps)


def _rows(facts: Facts, approved: tuple[str, ...]) -> list[BudgetLine]:
    """Rows of a statement (line or label, planned, actual or amount), or two tables by line."""
    if facts.has("lines"):
        rows = []
        for row in facts.items("lines"):
            name = row.text("line" if row.has("line") else "label")
            actual = row.money("actual" if row.has("actual") else "amount")
            planned = row.money("planned", NOTHING)
            rows.append(BudgetLine(name, planned, actual, name in approved))
        return rows
    plan, actuals = facts.table("plan"), facts.table("actual")
    return [
        BudgetLine(name, plan.get(name, NOTHING), actuals.get(name, NOTHING), name in approved)
        for name in {**plan, **actuals}
    ]


def _checked(one: CheckedLine) -> dict[str, Any]:
    return {
        "line": one.line,
        "planned": one.planned,
        "actual": one.actual,
        "limit": one.limit,
        "overrun": one.overrun,
        "within_limit": one.within_limit,
        "offset_by_savings": one.offset_by_savings,
        "approval_needed": one.approval_needed,
        "recognised": one.recognised,
        "not_recognised": one.not_recognised,
    }


def _recovery(facts: Facts, profile: Profile) -> Outcome:
    found = recovery(facts.money("paid"), facts.money("final_grant"))
    return Outcome({"repay": found.repay, "pay_out": found.pay_out}, found.steps)


def _funder_shares(facts: Facts, profile: Profile) -> Outcome:
    funders = facts.items("funders")
    grants = [row.money("grant") for row in funders]
    found = share_reduction(facts.money("reduction"), grants)
    rows = [
        {"funder": row.text("funder", str(number)), "grant": grant, "reduction": share,
         "final_grant": grant - share}
        for number, (row, grant, share) in enumerate(
            zip(funders, grants, found.shares, strict=True), 1)
    ]  # fmt: skip
    return Outcome({"funders": rows, "reduction": sum(found.shares, NOTHING)}, found.steps)


def _time_of_use(facts: Facts, profile: Profile) -> Outcome:
    found = time_of_use(
        facts.money("grant"), facts.whole("bound_months"), facts.whole("used_months")
    )
    return Outcome({"kept": found.kept, "recoverable": found.recoverable}, found.steps)


def _pay_parity(facts: Facts, profile: Profile) -> Outcome:
    above = profile_number(facts, "above_share", profile, "pay_parity_share")
    found = pay_parity(
        facts.money("actual"), facts.money("comparable"), facts.number("public_share"), above
    )
    values = {
        "applies": found.applies,
        "eligible": found.eligible,
        "not_eligible": found.not_eligible,
    }
    return Outcome(values, found.steps)


def _procurement_tier(facts: Facts, profile: Profile) -> Outcome:
    value, grant = maybe_money(facts, "contract_value"), maybe_money(facts, "grant_total")
    found = procurement_tier(value, grant, profile)
    return Outcome({"tier": str(found.tier)}, found.steps)


def _amount_limits(facts: Facts, profile: Profile) -> Outcome:
    least, most = maybe_money(facts, "minimum"), maybe_money(facts, "maximum")
    found = amount_limits(facts.money("requested"), least, most)
    return Outcome({"valid": found.valid, "violation": found.violation}, found.steps)


def _eligible_items(facts: Facts, profile: Profile) -> Outcome:
    found = counted_of(facts, facts.money("declared"))
    return Outcome({"eligible": found.eligible, "disallowed": found.disallowed}, found.steps)


def _usual_financing(facts: Facts, profile: Profile) -> Outcome:
    found = usual_financing(facts.text("recipient_type"), facts.money("grant"), profile)
    values = {
        "financing_type": str(found.financing or ""),
        "simplified_statement": found.simplified_statement,
    }
    return Outcome(values, found.steps)


REDUCTION_FACTS = frozenset({
    "threshold", "full_exempt", "adds_up", "recurring", "strict", "rounding",
})  # fmt: skip
_FINAL_GRANT_FACTS = REDUCTION_FACTS | {
    "financing_type", "grant", "plan_expenditure", "plan_other_funds", "rate",
    "actual_expenditure", "actual_other_funds", "own_for_overrun", "disallowed",
}  # fmt: skip

RULES: Mapping[str, Rule] = {
    "final_grant": Rule(_final_grant, _FINAL_GRANT_FACTS),
    "budget_lines": Rule(
        _budget_lines, frozenset({"lines", "plan", "actual", "line", "tolerance", "approved"})
    ),
    "recovery": Rule(_recovery, frozenset({"paid", "final_grant"})),
    "funder_shares": Rule(_funder_shares, frozenset({"reduction", "funders"})),
    "time_of_use": Rule(_time_of_use, frozenset({"grant", "bound_months", "used_months"})),
    "pay_parity": Rule(
        _pay_parity, frozenset({"actual", "comparable", "public_share", "above_share"})
    ),
    "procurement_tier": Rule(_procurement_tier, frozenset({"contract_value", "grant_total"})),
    "amount_limits": Rule(_amount_limits, frozenset({"requested", "minimum", "maximum"})),
    "eligible_items": Rule(_eligible_items, frozenset({"declared", "disallowed"})),
    "usual_financing": Rule(_usual_financing, frozenset({"recipient_type", "grant"})),
}


def refused(key: str, place: str, **params: Any) -> Invalid:
    """A refusal of one fact with its text."""
    return Invalid([Problem(key, params, place)])
