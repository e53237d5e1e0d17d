"""What a programme's lines give: rates, caps, unit costs, lump sums with conditions, pools.

Amounts are Decimal euro, rates are shares. Legal source: the funding guideline of the programme,
VV Nr. 2 zu § 44 BHO/LHO.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.rounding import NOTHING, Rounding, rounded

_LAW = "VV Nr. 2 zu § 44 BHO/LHO"


@dataclass(frozen=True)
class Line:
    """One line of an application: exactly one of rate, unit cost or lump sum, and its limits.

    ``rate``: share of ``eligible``; ``quantity`` times ``unit_amount``: e.g. hours and the
    allowance for one; ``lump_sum``: an amount (times ``quantity``, if given). ``condition`` false,
    or a ``size`` (of a pool) below ``minimum_size``: the line gives nothing.
    """

    name: str
    eligible: Decimal | None = None
    rate: Decimal | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    lump_sum: Decimal | None = None
    cap: Decimal | None = None
    condition: bool = True
    size: int | None = None
    minimum_size: int | None = None


@dataclass(frozen=True)
class LineGrant:
    """What one line gives, and the expenditure it rests on (euro)."""

    line: str
    eligible: Decimal
    grant: Decimal


@dataclass(frozen=True)
class LinesGrant:
    """All lines together (euro)."""

    lines: tuple[LineGrant, ...]
    eligible: Decimal
    total: Decimal
    other_needed: Decimal  # eligible expenditure that own and other funds must cover
    minimum_own: Decimal
    steps: tuple[Step, ...]


def grant_of_lines(
    lines: Iterable[Line],
    *,
    cap: Decimal | None = None,
    minimum_own_share: Decimal = Decimal(0),
    rounding: Rounding = Rounding.CENT,
) -> LinesGrant:
    """The grant of an application as the sum of its lines, each rounded for itself (euro).

    ``cap`` limits the whole (the last lines lose first), ``minimum_own_share`` is the share of the
    eligible expenditure that must be own money. Raises Invalid for a line without a way to compute
    it or with more than one.
    """
    found, steps = [], []
    left = cap
    for index, line in enumerate(lines):
        given, told = _line(line, index, rounding)
        if left is not None:
            if given.grant > left:
                told.append(_step("cap_of_all", line, amount=left))
                given = LineGrant(given.line, given.eligible, left)
            left -= given.grant
        found.append(given)
        steps += told
    eligible = sum((one.eligible for one in found), NOTHING)
    total = sum((one.grant for one in found), NOTHING)
    own = rounded(eligible * minimum_own_share, Rounding.CENT)
    params = {"total": total, "eligible": eligible, "other": eligible - total}
    steps.append(Step("rules_money.step.lines_total", _LAW, params))
    if own:
        told_own = {"own": own, "rate": minimum_own_share * 100}
        steps.append(Step("rules_money.step.minimum_own", _LAW, told_own))
    return LinesGrant(tuple(found), eligible, total, eligible - total, own, tuple(steps))


def _line(line: Line, index: int, rounding: Rounding) -> tuple[LineGrant, list[Step]]:
    exact, eligible, steps = _amount(line, index)
    amount = rounded(exact, rounding)
    if not line.condition:
        amount = NOTHING
        steps.append(_step("condition_missing", line))
    elif line.minimum_size is not None and (line.size or 0) < line.minimum_size:
        amount = NOTHING
        steps.append(_step("pool_too_small", line, size=line.size or 0, least=line.minimum_size))
    elif line.cap is not None and amount > line.cap:
        amount = line.cap
        steps.append(_step("cap", line, amount=line.cap))
    return LineGrant(line.name, eligible, amount), steps


def _amount(line: Line, index: int) -> tuple[Decimal, Decimal, list[Step]]:
    """The exact amount of a line, its eligible expenditure, and the step that says how."""
    _require_one_way(line, index)
    if line.rate is not None:
        eligible = line.eligible or NOTHING
        exact = eligible * line.rate
        return exact, eligible, [_step("rate", line, rate=line.rate * 100, eligible=eligible)]
    quantity = Decimal(1) if line.quantity is None else line.quantity
    if line.lump_sum is not None:
        exact = quantity * line.lump_sum
        step = _step("lump_sum", line, quantity=quantity, amount=line.lump_sum)
    else:
        unit = line.unit_amount or NOTHING
        exact = quantity * unit
        step = _step("unit_cost", line, quantity=quantity, amount=unit)
    eligible = rounded(exact, Rounding.CENT) if line.eligible is None else line.eligible
    return exact, eligible, [step]


def _require_one_way(line: Line, index: int) -> None:
    ways = [line.rate is not None, line.unit_amount is not None, line.lump_sum is not None]
    place = f"lines.{index}"
    problems = []
    if sum(ways) != 1:
        problems.append(Problem("rules_money.line_one_way", {"line": line.name}, place))
    if line.rate is not None and not 0 < line.rate <= 1:
        problems.append(Problem("rules_money.rate", {"value": line.rate}, f"{place}.rate"))
    if line.rate is not None and line.eligible is None:
        name = f"{place}.eligible"
        problems.append(Problem("rules.fact_missing", {"name": name}, name))
    if line.unit_amount is not None and line.quantity is None:
        name = f"{place}.quantity"
        problems.append(Problem("rules.fact_missing", {"name": name}, name))
    if problems:
        raise Invalid(problems)


def _step(name: str, line: Line, **params: Decimal | int) -> Step:
    return Step(f"rules_money.step.line_{name}", _LAW, {"line": line.name, **params})
