"""When a small claim or small interest is dropped, and when interest may be waived.

Amounts are Decimal euro. Limits are values of the funder; where none is entered, nothing is
dropped. Waiving is discretion: the rule proposes, a person decides and says why. Legal source:
§ 49a Abs. 3 Satz 2 VwVfG, VV Nr. 8.6, 8.8, 8.9 zu § 44 BHO/LHO.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.rounding import NOTHING

_SMALL_LAW = "VV Nr. 8.8, 8.9 zu § 44 BHO/LHO"
_WAIVER_LAW = "§ 49a Abs. 3 Satz 2 VwVfG; VV Nr. 8.6 zu § 44 BHO/LHO"


class Bound(StrEnum):
    """Whether an amount that equals a limit is still small."""

    LESS_THAN = "LESS_THAN"  # dropped below the limit, claimed from it on
    AT_LEAST = "AT_LEAST"  # the same, said from the claim's side
    MUST_EXCEED = "MUST_EXCEED"  # claimed above the limit only
    AT_MOST = "AT_MOST"  # the same, said from the other side


@dataclass(frozen=True)
class Limit:
    """A small-amount limit (euro); ``amount`` None: the funder has entered none."""

    amount: Decimal | None
    bound: Bound = Bound.LESS_THAN

    def reached(self, value: Decimal) -> bool:
        """Whether a value is large enough to be claimed; nothing at all never is."""
        if not value:
            return False
        if self.amount is None:
            return True
        if self.bound in (Bound.LESS_THAN, Bound.AT_LEAST):
            return value >= self.amount
        return value > self.amount


@dataclass(frozen=True)
class SmallAmounts:
    """Whether a claim and its interest are pursued."""

    reclaim: bool
    charge_interest: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Waiver:
    """What becomes of interest: the proposal, what is charged (euro), and if reasons are needed."""

    proposal: str  # WAIVE | CHARGE
    charged: Decimal
    reasons_required: bool
    steps: tuple[Step, ...]


WAIVE, CHARGE = "WAIVE", "CHARGE"


def small_amounts(
    claim: Decimal, interest: Decimal, least_claim: Limit, least_interest: Limit
) -> SmallAmounts:
    """Whether claim and interest are large enough to be pursued, each by its own limit (euro)."""
    steps = (
        _step("claim", claim, least_claim),
        _step("interest", interest, least_interest),
    )
    return SmallAmounts(least_claim.reached(claim), least_interest.reached(interest), steps)


def _step(what: str, value: Decimal, limit: Limit) -> Step:
    if not value:
        return Step(f"rules_money.step.{what}_none", "")
    if limit.amount is None:
        return Step(f"rules_money.step.{what}_no_limit", _SMALL_LAW, {"amount": value})
    key = f"{what}_pursued" if limit.reached(value) else f"{what}_dropped"
    told = {"amount": value, "limit": limit.amount}
    return Step(f"rules_money.step.{key}", _SMALL_LAW, told)


def interest_waiver(
    interest: Decimal,
    *,
    responsible: bool,
    paid_in_time: bool,
    decision: str = "",
    reason: str = "",
) -> Waiver:
    """Whether interest is charged (euro): a proposal, or what a person decided with a reason.

    Proposed is to waive where the grantee is not responsible for what went wrong and has paid
    within the time set. Either way the reason belongs into the file. Raises Invalid for a decision
    that departs from charging without a reason.
    """
    proposal = WAIVE if not responsible and paid_in_time else CHARGE
    if decision not in ("", WAIVE, CHARGE):
        told = {"value": decision, "options": f"{CHARGE}, {WAIVE}"}
        raise Invalid([Problem("rules.fact_option", told, "decision")])
    if decision == WAIVE and not reason.strip():
        raise Invalid([Problem("rules_money.waiver_reason", {}, "reason")])
    chosen = decision or proposal
    charged = NOTHING if chosen == WAIVE else interest
    steps = [Step(f"rules_money.step.propose_{proposal.lower()}", _WAIVER_LAW)]
    if decision:
        told = {"reason": reason.strip() or "–"}
        steps.append(Step(f"rules_money.step.decided_{decision.lower()}", _WAIVER_LAW, told))
    return Waiver(proposal, charged, True, tuple(steps))
