"""What remains of a grant once actual expenditure and funds are known (ANBest-P Nr. 2).

Four ways of financing; amounts are Decimal euro, rates are shares (0.5 is half). The result is a
computation, not a decision: whether and on which basis a decision is changed, a person decides
(BVerwG 16.06.2015, BVerwGE 152, 211: an assessment alone voids nothing).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from grantflow.errors import Invalid, Problem
from grantflow.rules.computation import CENT
from grantflow.rules.explanation import Step
from grantflow.rules.profiles import Profile
from grantflow.rules.rounding import NOTHING, Rounding, rounded

_REDUCTION = "ANBest-P Nr. 2"
_MAXIMUM = "VV Nr. 2.2 zu § 44 BHO/LHO"


class Financing(StrEnum):
    """How a grant takes part in the expenditure of a project."""

    PROPORTIONAL = "PROPORTIONAL"
    DEFICIT = "DEFICIT"
    FIXED_AMOUNT = "FIXED_AMOUNT"
    FULL = "FULL"


class Reason(StrEnum):
    """Why the final grant is what it is."""

    RECOMPUTED = "RECOMPUTED"
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    NO_REDUCING_CHANGE = "NO_REDUCING_CHANGE"
    FIXED_AMOUNT = "FIXED_AMOUNT"


@dataclass(frozen=True)
class Plan:
    """The binding plan: the grant as maximum, and what it was computed from (euro).

    Without ``expenditure`` nothing can be compared, and every change counts from the first cent.
    """

    grant: Decimal
    expenditure: Decimal | None = None
    other_funds: Decimal = NOTHING
    rate: Decimal | None = None  # of proportional financing; default: grant / expenditure


@dataclass(frozen=True)
class Actual:
    """What was spent on eligible things, and what others and the grantee gave (euro).

    ``own_for_overrun``: the part of the other funds that the grantee paid in to cover an overrun;
    it never counts as new cover funds.
    """

    expenditure: Decimal
    other_funds: Decimal = NOTHING
    own_for_overrun: Decimal = NOTHING


@dataclass(frozen=True)
class Reduction:
    """The settings of the reduction, out of the rule profile."""

    threshold: Decimal = Decimal(500)  # a change must exceed it; then the whole change counts
    full_exempt: bool = True  # full financing knows no threshold
    adds_up: bool = False  # saving and new funds together, instead of each alone
    recurring: bool = False  # the same purpose is funded again: no threshold
    strict: bool = False  # expenditure above the plan never offsets new funds
    rounding: Rounding = Rounding.CENT

    @staticmethod
    def of(profile: Profile) -> Reduction:
        """The settings of a profile. MissingValue where one of them is not entered."""
        return Reduction(
            threshold=Decimal(str(profile.value("reduction_threshold").value)),
            full_exempt=profile.switch("reduction_full_exempt"),
            adds_up=profile.switch("reduction_adds_up"),
            strict=profile.switch("reduction_strict"),
            rounding=Rounding(str(profile.value("grant_rounding").value)),
        )


@dataclass(frozen=True)
class FinalGrant:
    """The final grant (never above the awarded one, never below zero) and how it came about."""

    amount: Decimal
    reduction: Decimal
    reason: Reason
    saving: Decimal  # planned less actual expenditure; negative when more was spent
    new_funds: Decimal  # actual less planned other funds; negative when less came in
    gap: Decimal  # expenditure that neither grant nor other funds cover
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class _Changes:
    """What differs from the plan, with overruns of the strict variant already cut off."""

    expenditure: Decimal
    funds: Decimal
    saving: Decimal
    new_funds: Decimal
    steps: tuple[Step, ...] = field(default=())


def final_grant(
    kind: Financing, plan: Plan, actual: Actual, settings: Reduction | None = None
) -> FinalGrant:
    """The final grant in euro.

    PROPORTIONAL: ``min(G0, q * (E - max(0, C - C0)))``; DEFICIT and FULL: ``min(G0, max(0, E -
    C))``; FIXED_AMOUNT: ``min(G0, E)``. Raises Invalid for a plan that contradicts itself. Legal
    source: ANBest-P Nr. 2, VV Nr. 2.2 zu § 44 BHO/LHO.
    """
    settings = settings or Reduction()
    _require_sound(kind, plan, actual)
    changes = _changes(plan, actual, settings)
    if kind is Financing.FIXED_AMOUNT:
        return _fixed(plan, actual, changes)
    reason, steps = _trigger(kind, plan, changes, settings)
    if reason is not Reason.RECOMPUTED:
        return _finished(plan.grant, plan, actual, reason, changes, steps)
    exact, step = _formula(kind, plan, changes)
    amount = min(plan.grant, max(NOTHING, rounded(exact, settings.rounding)))
    return _finished(amount, plan, actual, reason, changes, (*steps, step))


def _require_sound(kind: Financing, plan: Plan, actual: Actual) -> None:
    problems = []
    if plan.expenditure is not None and plan.grant > plan.expenditure:
        facts = {"grant": plan.grant, "expenditure": plan.expenditure}
        problems.append(Problem("rules_money.grant_above_plan", facts, "grant"))
    if plan.rate is not None and not 0 < plan.rate <= 1:
        problems.append(Problem("rules_money.rate", {"value": plan.rate}, "rate"))
    if kind is Financing.PROPORTIONAL and plan.rate is None and not plan.expenditure:
        problems.append(Problem("rules.fact_missing", {"name": "rate"}, "rate"))
    if actual.own_for_overrun > actual.other_funds:
        facts = {"own": actual.own_for_overrun, "funds": actual.other_funds}
        problems.append(Problem("rules_money.own_above_funds", facts, "own_for_overrun"))
    if problems:
        raise Invalid(problems)


def _changes(plan: Plan, actual: Actual, settings: Reduction) -> _Changes:
    planned = actual.expenditure if plan.expenditure is None else plan.expenditure
    overrun = max(NOTHING, actual.expenditure - planned)
    own = min(actual.own_for_overrun, overrun)
    steps = []
    if own:
        steps.append(Step("rules_money.step.own_for_overrun", _REDUCTION, {"amount": own}))
    spent = actual.expenditure
    if settings.strict and overrun:
        spent = planned
        steps.append(Step("rules_money.step.strict", _REDUCTION, {"amount": planned}))
    elif own:
        spent -= own  # neither side of the sum: own money for own overrun
    funds = actual.other_funds - own
    changed = _Changes(spent, funds, planned - actual.expenditure, funds - plan.other_funds)
    told = {"planned": planned, "actual": actual.expenditure, "saving": changed.saving}
    cover = {"planned": plan.other_funds, "actual": funds, "more": changed.new_funds}
    steps += [
        Step("rules_money.step.expenditure", _REDUCTION, told),
        Step("rules_money.step.funds", _REDUCTION, cover),
    ]
    return _Changes(spent, funds, changed.saving, changed.new_funds, tuple(steps))


def _trigger(
    kind: Financing, plan: Plan, changes: _Changes, settings: Reduction
) -> tuple[Reason, tuple[Step, ...]]:
    """Whether the grant is computed anew: a change must exceed the threshold."""
    if plan.expenditure is None or settings.recurring:
        key = "recurring" if settings.recurring else "no_plan"
        return Reason.RECOMPUTED, (Step(f"rules_money.step.{key}", _REDUCTION),)
    if kind is Financing.FULL and settings.full_exempt:
        return Reason.RECOMPUTED, (Step("rules_money.step.full_exempt", _REDUCTION),)
    reducing = [max(NOTHING, changes.saving), max(NOTHING, changes.new_funds)]
    largest = sum(reducing, NOTHING) if settings.adds_up else max(reducing)
    params = {"change": largest, "threshold": settings.threshold.quantize(NOTHING)}
    if largest > settings.threshold:
        return Reason.RECOMPUTED, (Step("rules_money.step.above_threshold", _REDUCTION, params),)
    if largest > 0:
        step = Step("rules_money.step.below_threshold", _REDUCTION, params)
        return Reason.BELOW_THRESHOLD, (step,)
    return Reason.NO_REDUCING_CHANGE, (Step("rules_money.step.no_change", _MAXIMUM),)


def _formula(kind: Financing, plan: Plan, changes: _Changes) -> tuple[Decimal, Step]:
    """The exact amount before rounding and before the maximum, with its step."""
    if kind is Financing.PROPORTIONAL:
        base = changes.expenditure - max(NOTHING, changes.new_funds)
        if plan.rate is not None:
            exact, rate = base * plan.rate, plan.rate * 100
        else:
            assert plan.expenditure is not None  # _require_sound has seen to it
            exact = base * plan.grant / plan.expenditure
            rate = plan.grant * 100 / plan.expenditure
        shown = rate.quantize(CENT)
        return exact, Step("rules_money.step.proportional", "ANBest-P Nr. 2.1",
                           {"rate": shown, "base": base})  # fmt: skip
    exact = changes.expenditure - changes.funds
    params = {"expenditure": changes.expenditure, "funds": changes.funds, "gap": exact}
    return exact, Step("rules_money.step.deficit", "ANBest-P Nr. 2.2", params)


def _fixed(plan: Plan, actual: Actual, changes: _Changes) -> FinalGrant:
    amount = min(plan.grant, actual.expenditure)
    params = {"grant": plan.grant, "expenditure": actual.expenditure}
    step = Step("rules_money.step.fixed_amount", _MAXIMUM, params)
    return _finished(amount, plan, actual, Reason.FIXED_AMOUNT, changes, (step,))


def _finished(
    amount: Decimal,
    plan: Plan,
    actual: Actual,
    reason: Reason,
    changes: _Changes,
    steps: tuple[Step, ...],
) -> FinalGrant:
    reduction = plan.grant - amount
    gap = max(NOTHING, actual.expenditure - actual.other_funds - amount)
    params = {"amount": amount, "grant": plan.grant, "reduction": reduction}
    closing = [Step("rules_money.step.final_grant", _MAXIMUM, params)]
    if gap:
        closing.append(Step("rules_money.step.gap", "ANBest-P Nr. 5", {"gap": gap}))
    every = (*changes.steps, *steps, *closing)
    return FinalGrant(amount, reduction, reason, changes.saving, changes.new_funds, gap, every)
