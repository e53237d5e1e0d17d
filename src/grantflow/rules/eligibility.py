"""Whether an amount fits a call, what of a declaration is eligible, which financing is usual.

Amounts are Decimal euro.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.financing import Financing
from grantflow.rules.profiles import MissingValue, Profile
from grantflow.rules.rounding import NOTHING

BELOW_MINIMUM = "BELOW_MINIMUM"
ABOVE_MAXIMUM = "ABOVE_MAXIMUM"
MUNICIPALITY = "MUNICIPALITY"
_ITEMS_LAW = "ANBest-P Nr. 1, 6; VV Nr. 2 zu § 44 BHO/LHO"


@dataclass(frozen=True)
class Limits:
    """Whether an amount keeps its limits; ``violation`` says which one it breaks, or nothing."""

    valid: bool
    violation: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Item:
    """One item of a declaration that is not eligible, and why (euro)."""

    name: str
    amount: Decimal
    reason: str = ""


@dataclass(frozen=True)
class Eligible:
    """What is left of the declared expenditure (euro)."""

    eligible: Decimal
    disallowed: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Usual:
    """The way of financing the law prefers for a grantee; None where it prefers none."""

    financing: Financing | None
    simplified_statement: bool
    steps: tuple[Step, ...]


def amount_limits(requested: Decimal, least: Decimal | None, most: Decimal | None) -> Limits:
    """Whether the requested amount lies within the limits of a call, both included (euro).

    Raises Invalid for limits that exclude everything. Legal source: funding guideline and call.
    """
    if least is not None and most is not None and least > most:
        told = {"least": least, "most": most}
        raise Invalid([Problem("rules_money.limits_crossed", told, "minimum")])
    if least is not None and requested < least:
        step = Step("rules_money.step.below_minimum", "", {"amount": requested, "limit": least})
        return Limits(False, BELOW_MINIMUM, (step,))
    if most is not None and requested > most:
        step = Step("rules_money.step.above_maximum", "", {"amount": requested, "limit": most})
        return Limits(False, ABOVE_MAXIMUM, (step,))
    return Limits(True, "", (Step("rules_money.step.within_limits", "", {"amount": requested}),))


def eligible_items(declared: Decimal, items: Sequence[Item]) -> Eligible:
    """The declared expenditure without the items that are not eligible (euro).

    Raises Invalid when more is struck out than was declared.
    """
    struck = sum((item.amount for item in items), NOTHING)
    if struck > declared:
        told = {"struck": struck, "declared": declared}
        raise Invalid([Problem("rules_money.struck_above_declared", told, "disallowed")])
    steps = [
        Step("rules_money.step.item_struck", _ITEMS_LAW,
             {"item": item.name, "amount": item.amount, "reason": item.reason or "–"})
        for item in items
    ]  # fmt: skip
    told = {"declared": declared, "struck": struck, "eligible": declared - struck}
    steps.append(Step("rules_money.step.eligible", _ITEMS_LAW, told))
    return Eligible(declared - struck, struck, tuple(steps))


def usual_financing(recipient: str, grant: Decimal, profile: Profile) -> Usual:
    """The preferred way of financing: a fixed amount for municipalities and for small grants.

    The limits are values of the profile (``fixed_amount_municipal_limit``, ``fixed_amount_limit``,
    euro, included); where none is entered, none is preferred. Legal source: § 44 Abs. 2 BHO, AV
    Nr. 2.2.3 zu § 44 LHO (Berlin).
    """
    if recipient == MUNICIPALITY:
        found = _preferred("fixed_amount_municipal_limit", grant, profile, simplified=True)
        if found:
            return found
    usual = _preferred("fixed_amount_limit", grant, profile, simplified=False)
    return usual or Usual(None, False, (Step("rules_money.step.no_usual_financing", ""),))


def _preferred(name: str, grant: Decimal, profile: Profile, *, simplified: bool) -> Usual | None:
    try:
        version = profile.value(name)
    except MissingValue:  # this book prefers nothing here
        return None
    limit = Decimal(str(version.value)).quantize(NOTHING)
    if grant > limit:
        return None
    step = Step("rules_money.step.usual_fixed", version.source, {"limit": limit, "grant": grant})
    return Usual(Financing.FIXED_AMOUNT, simplified, (step,))
