"""The rules about grants of several lines by name: what is planned, and what finally remains."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.financing import Plan
from grantflow.rules.financing_final_lines import FundedLine, SettledLine, final_grant_of_lines
from grantflow.rules.financing_lines import Line, grant_of_lines
from grantflow.rules.financing_rules import (
    REDUCTION_FACTS,
    counted_of,
    financing_of,
    maybe_money,
    maybe_number,
    reduction_of,
)
from grantflow.rules.profiles import Profile
from grantflow.rules.rounding import NOTHING


def _line(row: Facts) -> Line:
    return Line(
        name=row.text("line"),
        eligible=maybe_money(row, "eligible"),
        rate=maybe_number(row, "rate"),
        quantity=maybe_number(row, "quantity"),
        unit_amount=maybe_money(row, "unit_amount"),
        lump_sum=maybe_money(row, "lump_sum"),
        cap=maybe_money(row, "cap"),
        condition=row.flag("condition", True),
        size=row.whole("size") if row.has("size") else None,
        minimum_size=row.whole("minimum_size") if row.has("minimum_size") else None,
    )


def _grant_of_lines(facts: Facts, profile: Profile) -> Outcome:
    found = grant_of_lines(
        [_line(row) for row in facts.items("lines")],
        cap=maybe_money(facts, "cap"),
        minimum_own_share=facts.number("minimum_own_share", Decimal(0)),
        rounding=reduction_of(facts, profile).rounding,
    )
    values = {
        "lines": [
            {"line": one.line, "eligible": one.eligible, "grant": one.grant} for one in found.lines
        ],
        "eligible": found.eligible,
        "total": found.total,
        "other_needed": found.other_needed,
        "minimum_own": found.minimum_own,
    }
    return Outcome(values, found.steps)


def _funded(row: Facts) -> FundedLine:
    """A line of the award; what the plan does not give is to be covered otherwise."""
    grant, planned = row.money("grant"), row.money("plan_expenditure")
    others = row.money("plan_other_funds", max(NOTHING, planned - grant))
    return FundedLine(
        name=row.text("line"),
        kind=financing_of(row),
        plan=Plan(grant, planned, others, maybe_number(row, "rate")),
        spent=counted_of(row, row.money("actual_expenditure")).eligible,
        other_funds=maybe_money(row, "actual_other_funds"),
    )


def _final_grant_of_lines(facts: Facts, profile: Profile) -> Outcome:
    found = final_grant_of_lines(
        [_funded(row) for row in facts.items("lines")],
        grant=maybe_money(facts, "grant"),
        other_funds=facts.money("actual_other_funds", NOTHING),
        own_for_overrun=facts.money("own_for_overrun", NOTHING),
        settings=reduction_of(facts, profile),
    )
    values = {
        "final_grant": found.amount,
        "reduction": found.reduction,
        "eligible": found.eligible,
        "gap": found.gap,
        "lines": [_settled(one) for one in found.lines],
    }
    return Outcome(values, found.steps)


def _settled(one: SettledLine) -> dict[str, Any]:
    return {
        "line": one.line.name,
        "financing_type": str(one.line.kind),
        "plan_expenditure": one.line.plan.expenditure,
        "eligible": one.actual.expenditure,
        "actual_other_funds": one.actual.other_funds,
        "grant": one.line.plan.grant,
        "reduction": one.found.reduction,
        "final_grant": one.found.amount,
        "reason": str(one.found.reason),
    }


_FINAL_FACTS = frozenset({"lines", "grant", "actual_other_funds", "own_for_overrun"})

RULES: Mapping[str, Rule] = {
    "grant_of_lines": Rule(
        _grant_of_lines, frozenset({"lines", "cap", "minimum_own_share", "rounding"})
    ),
    "final_grant_of_lines": Rule(_final_grant_of_lines, _FINAL_FACTS | REDUCTION_FACTS),
}
