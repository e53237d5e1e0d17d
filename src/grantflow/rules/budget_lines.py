"""Lines of the financing plan: how far one may be exceeded, and what is not recognised.

A line may be exceeded by the profile's tolerance without asking, as far as the overrun is saved on
other lines; the total of the plan stays binding. Amounts are Decimal euro, the tolerance is a
share (0.2 is 20 %). Legal source: ANBest-P Nr. 1.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.rounding import NOTHING, cents, shared

_LAW = "ANBest-P Nr. 1.2"


@dataclass(frozen=True)
class BudgetLine:
    """One line: planned and actual expenditure; ``approved`` if its overrun was allowed."""

    name: str
    planned: Decimal
    actual: Decimal
    approved: bool = False


@dataclass(frozen=True)
class CheckedLine:
    """One line after the check (euro)."""

    line: str
    planned: Decimal
    actual: Decimal
    limit: Decimal  # planned plus tolerance
    overrun: Decimal
    within_limit: bool
    offset_by_savings: bool  # the whole overrun is saved on other lines
    approval_needed: bool
    not_recognised: Decimal

    @property
    def recognised(self) -> Decimal:
        """What of the actual expenditure counts."""
        return self.actual - self.not_recognised


@dataclass(frozen=True)
class CheckedPlan:
    """The whole plan after the check (euro)."""

    lines: tuple[CheckedLine, ...]
    total_planned: Decimal
    total_actual: Decimal
    not_recognised: Decimal
    approval_needed: bool
    steps: tuple[Step, ...]

    def line(self, name: str) -> CheckedLine:
        """One line by its name; Invalid if there is none."""
        for one in self.lines:
            if one.line == name:
                return one
        known = ", ".join(one.line for one in self.lines)
        raise Invalid([Problem("rules_money.unknown_line", {"line": name, "known": known}, "line")])


def line_limit(planned: Decimal, tolerance: Decimal) -> Decimal:
    """What a line may reach without asking (euro): its plan and the tolerance, a share of it.

    Legal source: ANBest-P Nr. 1.2.
    """
    return cents(planned * (1 + tolerance))


def check_lines(lines: Sequence[BudgetLine], tolerance: Decimal) -> CheckedPlan:
    """Every line against its limit and against what other lines saved.

    Savings are used once: where several lines are exceeded, they share them in proportion to what
    each may exceed. Raises Invalid for a line that occurs twice or a tolerance outside 0 to 1.
    """
    _require_sound(lines, tolerance)
    over = [max(NOTHING, line.actual - line.planned) for line in lines]
    savings = sum((max(NOTHING, line.planned - line.actual) for line in lines), NOTHING)
    limits = [line_limit(line.planned, tolerance) for line in lines]
    allowed = [
        overrun if line.approved else min(overrun, limit - line.planned)
        for line, overrun, limit in zip(lines, over, limits, strict=True)
    ]
    covered = _covered(savings, allowed)
    enough = savings >= sum(over)
    checked = tuple(
        CheckedLine(
            line=line.name,
            planned=line.planned,
            actual=line.actual,
            limit=limit,
            overrun=overrun,
            within_limit=line.actual <= limit,
            offset_by_savings=enough or not overrun,
            approval_needed=line.actual > limit and not line.approved,
            not_recognised=overrun - part,
        )
        for line, limit, overrun, part in zip(lines, limits, over, covered, strict=True)
    )
    return _plan(checked, savings, tolerance)


def _covered(savings: Decimal, allowed: Sequence[Decimal]) -> Sequence[Decimal]:
    """How much of each allowed overrun the savings cover."""
    wanted = sum(allowed, NOTHING)
    if savings >= wanted or not wanted:
        return allowed
    return shared(savings, allowed, at_most=allowed)


def _require_sound(lines: Sequence[BudgetLine], tolerance: Decimal) -> None:
    names = [line.name for line in lines]
    problems = [
        Problem("rules_money.line_twice", {"line": name}, f"lines.{index}.line")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    if not names:
        problems.append(Problem("rules_money.no_lines", {}, "lines"))
    if not 0 <= tolerance <= 1:
        problems.append(Problem("rules_money.tolerance", {"value": tolerance}, "tolerance"))
    if problems:
        raise Invalid(problems)


def _plan(checked: tuple[CheckedLine, ...], savings: Decimal, tolerance: Decimal) -> CheckedPlan:
    planned = sum((one.planned for one in checked), NOTHING)
    actual = sum((one.actual for one in checked), NOTHING)
    lost = sum((one.not_recognised for one in checked), NOTHING)
    told = {"planned": planned, "actual": actual, "savings": savings}
    steps = [Step("rules_money.step.plan_totals", _LAW, told)]
    for one in checked:
        if one.overrun:
            steps += _line_steps(one, tolerance)
    steps.append(Step("rules_money.step.not_recognised", _LAW, {"amount": lost}))
    needed = any(one.approval_needed for one in checked)
    return CheckedPlan(checked, planned, actual, lost, needed, tuple(steps))


def _line_steps(one: CheckedLine, tolerance: Decimal) -> list[Step]:
    told = {"line": one.line, "overrun": one.overrun, "limit": one.limit, "rate": tolerance * 100}
    within = "line_within" if one.within_limit else "line_beyond"
    steps = [Step(f"rules_money.step.{within}", _LAW, told)]
    if one.not_recognised:
        lost = {"line": one.line, "amount": one.not_recognised}
        steps.append(Step("rules_money.step.line_not_recognised", _LAW, lost))
    return steps
