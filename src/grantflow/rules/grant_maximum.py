"""How much may be granted at most, and how that comes about: the reckoning behind a grant decision.

Amounts are Decimal euro, rates are shares. Legal source: VV Nr. 2 zu § 44 BHO/LHO (ways of
financing, maximum amount), VV Nr. 1.2 zu § 44 (the whole financing must be secured).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import starmap

from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.explanation import Step
from grantflow.rules.financing_lines import Line, LineGrant, grant_of_lines
from grantflow.rules.financing_rules import maybe_money, maybe_number
from grantflow.rules.grant_limits import at_most, share
from grantflow.rules.profiles import Profile
from grantflow.rules.rounding import NOTHING

_MAXIMUM = "VV Nr. 2.2 zu § 44 BHO/LHO"
_WHOLE = Decimal(1)


class Limit(StrEnum):
    """What may limit a grant or one of its lines."""

    ELIGIBLE = "eligible"
    RATE = "rate"
    MAXIMUM = "maximum"
    ASKED_FOR = "asked_for"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True)
class GrantedLine:
    """What a line could give at most, and what it is granted (euro)."""

    line: Line
    granted: Decimal


@dataclass(frozen=True)
class LineMaximum:
    """A line beside its maximum and the limits that make it (euro); None where nothing limits."""

    line: str
    eligible: Decimal
    most: Decimal
    granted: Decimal
    rate: Decimal | None
    by_rate: Decimal | None
    maximum: Decimal | None

    @property
    def above(self) -> frozenset[Limit]:
        """The limits of the line that what it is granted exceeds."""
        limits = {
            Limit.ELIGIBLE: self.eligible,
            Limit.RATE: self.by_rate,
            Limit.MAXIMUM: self.maximum,
        }
        return _exceeded(self.granted, limits)


@dataclass(frozen=True)
class GrantMaximum:
    """The grant beside its maximum (euro); ``valid`` is false where something is above it."""

    lines: tuple[LineMaximum, ...]
    eligible: Decimal
    most: Decimal
    granted: Decimal
    other_needed: Decimal  # eligible expenditure that is to be covered otherwise
    asked_for: Decimal | None
    not_covered: Decimal | None  # what other funds leave of the eligible expenditure
    valid: bool
    steps: tuple[Step, ...]

    @property
    def above(self) -> frozenset[Limit]:
        """The limits of the whole grant, beside those of its lines, that it exceeds."""
        limits = {Limit.ASKED_FOR: self.asked_for, Limit.NOT_COVERED: self.not_covered}
        return _exceeded(self.granted, limits)


def _exceeded(granted: Decimal, limits: Mapping[Limit, Decimal | None]) -> frozenset[Limit]:
    return frozenset(kind for kind, most in limits.items() if most is not None and granted > most)


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
    rest = None if other_funds is None else max(NOTHING, found.eligible - other_funds)
    for key, limit in ((Limit.ASKED_FOR, requested), (Limit.NOT_COVERED, rest)):
        if limit is not None and limit < most:
            most = limit
            steps.append(Step(f"rules_money.step.most_{key}", _MAXIMUM, {"amount": limit}))
    granted = sum((one.granted for one in given), NOTHING)
    maxima = tuple(starmap(_beside, zip(found.lines, given, strict=True)))
    valid = granted <= most and all(one.granted <= one.most for one in maxima)
    steps.append(_compared(granted, most, valid))
    return GrantMaximum(
        lines=maxima,
        eligible=found.eligible,
        most=most,
        granted=granted,
        other_needed=found.eligible - granted,
        asked_for=requested,
        not_covered=rest,
        valid=valid,
        steps=tuple(steps),
    )


def _beside(found: LineGrant, given: GrantedLine) -> LineMaximum:
    rate, cap = given.line.rate, given.line.cap
    by_rate = None if rate is None else share(rate, found.eligible)
    return LineMaximum(found.line, found.eligible, found.grant, given.granted, rate, by_rate, cap)


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


def of_facts(facts: Facts) -> GrantMaximum:
    """What ``grant_maximum`` finds of facts as the rule of that name is told them (euro, shares).

    Raises Invalid naming a fact that is missing or of a wrong type. VV Nr. 2.2 zu § 44 BHO/LHO.
    """
    return grant_maximum(
        [_line(facts, row) for row in facts.items("lines")],
        requested=maybe_money(facts, "requested"),
        other_funds=maybe_money(facts, "other_funds"),
    )


def _grant_maximum(facts: Facts, _: Profile) -> Outcome:
    found = of_facts(facts)
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
