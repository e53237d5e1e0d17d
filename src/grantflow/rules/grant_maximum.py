"""How much may be granted at most, and how that comes about: the reckoning behind a grant decision.

Amounts are Decimal euro, rates are shares. Legal source: VV Nr. 2 zu § 44 BHO/LHO (ways of
financing, maximum amount), VV Nr. 1.2 zu § 44 (the whole financing must be secured).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.explanation import Step
from grantflow.rules.financing_lines import Line, grant_of_lines
from grantflow.rules.financing_rules import maybe_money, maybe_number
from grantflow.rules.grant_limits import at_most
from grantflow.rules.profiles import Profile
from grantflow.rules.rounding import NOTHING

_MAXIMUM = "VV Nr. 2.2 zu § 44 BHO/LHO"
_WHOLE = Decimal(1)


@dataclass(frozen=True)
class GrantedLine:
    """What a line could give at most, and what it is granted (euro)."""

    line: Line
    granted: Decimal


@dataclass(frozen=True)
class LineMaximum:
    """A line beside its maximum (euro)."""

    line: str
    eligible: Decimal
    most: Decimal
    granted: Decimal


@dataclass(frozen=True)
class GrantMaximum:
    """The grant beside its maximum (euro); ``valid`` is false where something is above it."""

    lines: tuple[LineMaximum, ...]
    eligible: Decimal
    most: Decimal
    granted: Decimal
    other_needed: Decimal  # eligible expenditure that is to be covered otherwise
    valid: bool
    steps: tuple[Step, ...]


def grant_maximum(
    lines: Iterable[GrantedLine],
    *,
    requested: Decimal | None = None,
    other_funds: Decimal | None = None,
) -> GrantMaximum:
    """The most that may be granted: what the lines give, what is asked for, what is not covered.

    A line without a rate gives all of its eligible expenditure, up to its cap. ``other_funds`` is
    what the binding plan shows as cover without the grant; a grant beyond the rest would finance
    more than there is to finance. Computes only: whether a grant above the maximum is refused is
    for the caller. Legal source: VV Nr. 2.2 zu § 44 BHO/LHO.
    """
    given = tuple(lines)
    whole = [
        one.line if one.line.rate is not None else replace(one.line, rate=_WHOLE) for one in given
    ]
    found = grant_of_lines(whole)
    steps, most = list(found.steps), found.total
    for key, limit in (
        ("asked_for", requested),
        ("not_covered", None if other_funds is None else _rest(found.eligible, other_funds)),
    ):
        if limit is not None and limit < most:
            most = limit
            steps.append(Step(f"rules_money.step.most_{key}", _MAXIMUM, {"amount": limit}))
    granted = sum((one.granted for one in given), NOTHING)
    pairs = tuple(zip(found.lines, given, strict=True))
    maxima = tuple(
        LineMaximum(limit.line, limit.eligible, limit.grant, one.granted) for limit, one in pairs
    )
    valid = granted <= most and all(one.granted <= one.most for one in maxima)
    steps.append(_compared(granted, most, valid))
    return GrantMaximum(
        maxima, found.eligible, most, granted, found.eligible - granted, valid, tuple(steps)
    )


def _rest(eligible: Decimal, other_funds: Decimal) -> Decimal:
    return max(NOTHING, eligible - other_funds)


def _compared(granted: Decimal, most: Decimal, valid: bool) -> Step:
    told = {"granted": granted, "most": most}
    if not valid:
        return Step("rules_money.step.granted_above", _MAXIMUM, told)
    key = "granted_in_full" if granted == most else "granted_below"
    return Step(f"rules_money.step.{key}", _MAXIMUM, {**told, "less": most - granted})


# ---- by name


def _line(facts: Facts, row: Facts) -> GrantedLine:
    first, last = facts.day_or_none("period_from"), facts.day_or_none("period_until")
    cap = at_most(maybe_money(row, "maximum"), maybe_money(row, "maximum_per_year"), first, last)
    line = Line(
        row.text("line"), eligible=row.money("eligible"), rate=maybe_number(row, "rate"), cap=cap
    )
    return GrantedLine(line, row.money("granted"))


def _grant_maximum(facts: Facts, _: Profile) -> Outcome:
    found = grant_maximum(
        [_line(facts, row) for row in facts.items("lines")],
        requested=maybe_money(facts, "requested"),
        other_funds=maybe_money(facts, "other_funds"),
    )
    values = {
        "granted": found.granted,
        "most": found.most,
        "valid": found.valid,
        "eligible": found.eligible,
        "other_needed": found.other_needed,
        "lines": [
            {"line": one.line, "eligible": one.eligible, "most": one.most, "granted": one.granted}
            for one in found.lines
        ],
    }
    return Outcome(values, found.steps)


RULES: Mapping[str, Rule] = {
    "grant_maximum": Rule(
        _grant_maximum,
        frozenset({"lines", "requested", "other_funds", "period_from", "period_until"}),
    ),
}
