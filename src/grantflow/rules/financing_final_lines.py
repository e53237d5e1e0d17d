"""The final grant of an award with several funding lines, each with its own plan and rate.

Every line is settled for itself (ANBest-P Nr. 2): what one line saves must not be multiplied by
the rate of another. Amounts are Decimal euro, rates are shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.financing import (
    Actual,
    FinalGrant,
    Financing,
    Plan,
    Reduction,
    final_grant,
)
from grantflow.rules.rounding import NOTHING, shared

_LAW = "ANBest-P Nr. 2"
_AMENDED = "ANBest-P Nr. 1.2"


@dataclass(frozen=True)
class FundedLine:
    """One line of the award: its way of financing, its plan and what was recognised of it (euro).

    ``other_funds``: what own and other money came in for this line; None where the statement
    tells it for the whole project only.
    """

    name: str
    kind: Financing
    plan: Plan
    spent: Decimal
    other_funds: Decimal | None = None


@dataclass(frozen=True)
class SettledLine:
    """One line after the settlement: what was assumed of it, and its final grant (euro)."""

    line: FundedLine
    actual: Actual
    found: FinalGrant


@dataclass(frozen=True)
class SettledLines:
    """All lines together; ``amount`` is the sum of the lines, to the cent (euro)."""

    lines: tuple[SettledLine, ...]
    amount: Decimal
    reduction: Decimal
    eligible: Decimal
    gap: Decimal
    steps: tuple[Step, ...]


def final_grant_of_lines(
    lines: Iterable[FundedLine],
    *,
    grant: Decimal | None = None,
    other_funds: Decimal = NOTHING,
    own_for_overrun: Decimal = NOTHING,
    settings: Reduction | None = None,
) -> SettledLines:
    """The final grant of every line by its own plan and rate, and their sum (euro).

    ``grant`` is the maximum of the whole award: where it differs from the sum of the lines (it was
    amended), the lines' maxima follow in proportion. ``other_funds`` of the whole project are
    shared by the other funds that the lines planned, ``own_for_overrun`` (part of them) by what
    the lines overran. Raises Invalid for lines that are missing, named twice or contradict
    themselves; the place is ``lines.<number>.<fact>``. Legal source: ANBest-P Nr. 2.
    """
    given = tuple(lines)
    _require_sound(given, other_funds, own_for_overrun)
    planned, steps = _with_maxima(given, grant)
    actuals, told = _actuals(planned, other_funds, own_for_overrun)
    settled = _settled(planned, actuals, settings or Reduction())
    return _together(settled, (*steps, *told))


def _require_sound(lines: Sequence[FundedLine], funds: Decimal, own: Decimal) -> None:
    names = [line.name for line in lines]
    problems = [
        Problem("rules_money.line_twice", {"line": name}, f"lines.{index}.line")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    if not names:
        problems.append(Problem("rules_money.no_lines", {}, "lines"))
    missing = [i for i, line in enumerate(lines) if line.other_funds is None]
    if missing and len(missing) < len(lines):
        places = [f"lines.{index}.actual_other_funds" for index in missing]
        problems += [Problem("rules.fact_missing", {"name": place}, place) for place in places]
    every = funds if missing else _sum(line.other_funds or NOTHING for line in lines)
    if not missing and funds and funds != every:
        facts = {"lines": every, "total": funds}
        problems.append(Problem("rules_money.line_funds_sum", facts, "actual_other_funds"))
    elif own > every:
        facts = {"own": own, "funds": every}
        problems.append(Problem("rules_money.own_above_funds", facts, "own_for_overrun"))
    if problems:
        raise Invalid(problems)


def _with_maxima(
    lines: tuple[FundedLine, ...], grant: Decimal | None
) -> tuple[tuple[FundedLine, ...], list[Step]]:
    """The lines with maxima that add up to the award."""
    awarded = _sum(line.plan.grant for line in lines)
    if grant is None or grant == awarded:
        return lines, []
    limits = [grant if one.plan.expenditure is None else one.plan.expenditure for one in lines]
    if grant > _sum(limits):
        facts = {"grant": grant, "expenditure": _sum(limits)}
        raise Invalid([Problem("rules_money.grant_above_plan", facts, "grant")])
    weights = _weights([one.plan.grant for one in lines], limits)
    maxima = shared(grant, weights, at_most=limits)
    changed = tuple(
        replace(line, plan=replace(line.plan, grant=maximum))
        for line, maximum in zip(lines, maxima, strict=True)
    )
    told = {"before": awarded, "grant": grant}
    steps = [Step("rules_money.step.lines_maxima", _AMENDED, told)]
    return changed, [*steps, *_each("line_maximum", _AMENDED, lines, maxima)]


def _actuals(
    lines: Sequence[FundedLine], funds: Decimal, own: Decimal
) -> tuple[list[Actual], list[Step]]:
    """What each line spent and which other funds count for it."""
    whole = any(line.other_funds is None for line in lines)
    over = [_overrun(line) if whole else min(_overrun(line), _told(line)) for line in lines]
    counted = min(own, _sum(over))
    owns = _shared(counted, over, over)
    if not whole:
        parts, steps = [_told(line) for line in lines], []
    else:
        planned = [line.plan.other_funds for line in lines]
        by_plan = _shared(funds - counted, _weights(planned, [_planned(one) for one in lines]))
        parts = [part + mine for part, mine in zip(by_plan, owns, strict=True)]
        steps = _each("line_funds", _LAW, lines, parts) if funds else []
    rows = zip(lines, parts, owns, strict=True)
    return [Actual(line.spent, part, mine) for line, part, mine in rows], steps


def _overrun(line: FundedLine) -> Decimal:
    return max(NOTHING, line.spent - _planned(line))


def _planned(line: FundedLine) -> Decimal:
    """Planned expenditure; without a plan nothing is an overrun."""
    return line.spent if line.plan.expenditure is None else line.plan.expenditure


def _told(line: FundedLine) -> Decimal:
    return line.other_funds or NOTHING


def _weights(*choices: Sequence[Decimal]) -> Sequence[Decimal]:
    """The first weights by which anything can be shared; else every line alike."""
    return next((one for one in choices if any(one)), [Decimal(1)] * len(choices[0]))


def _shared(
    total: Decimal, weights: Sequence[Decimal], at_most: Sequence[Decimal] | None = None
) -> Sequence[Decimal]:
    return shared(total, weights, at_most=at_most) if total else [NOTHING] * len(weights)


def _settled(
    lines: Sequence[FundedLine], actuals: Sequence[Actual], settings: Reduction
) -> tuple[SettledLine, ...]:
    settled, problems = [], []
    for index, (line, actual) in enumerate(zip(lines, actuals, strict=True)):
        try:
            found = final_grant(line.kind, line.plan, actual, settings)
        except Invalid as error:
            problems += [replace(one, place=f"lines.{index}.{one.place}") for one in error.problems]
        else:
            settled.append(SettledLine(line, actual, found))
    if problems:
        raise Invalid(problems)
    return tuple(settled)


def _together(settled: tuple[SettledLine, ...], steps: tuple[Step, ...]) -> SettledLines:
    every = list(steps)
    for one in settled:
        every += [Step("rules_money.step.line_begins", "", {"line": one.line.name})]
        every += one.found.steps
    amount = _sum(one.found.amount for one in settled)
    reduction = _sum(one.found.reduction for one in settled)
    told = {"amount": amount, "grant": amount + reduction, "reduction": reduction}
    every.append(Step("rules_money.step.lines_final", _LAW, told))
    return SettledLines(
        lines=settled,
        amount=amount,
        reduction=reduction,
        eligible=_sum(one.line.spent for one in settled),
        gap=_sum(one.found.gap for one in settled),
        steps=tuple(every),
    )


def _each(
    name: str, law: str, lines: Sequence[FundedLine], amounts: Sequence[Decimal]
) -> list[Step]:
    """One step for every line with its amount."""
    return [
        Step(f"rules_money.step.{name}", law, {"line": line.name, "amount": amount})
        for line, amount in zip(lines, amounts, strict=True)
    ]


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)
