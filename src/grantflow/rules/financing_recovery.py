"""Who gives back what: recovery and last instalment, several funders, time of proper use.

Amounts are Decimal euro. Legal source: § 49a Abs. 1 VwVfG, ANBest-P Nr. 2 and 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.rounding import NOTHING, cents, shared

_REPAY_LAW = "§ 49a Abs. 1 VwVfG"


@dataclass(frozen=True)
class Recovery:
    """What the grantee repays, or what is still paid out; never both (euro)."""

    repay: Decimal
    pay_out: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Shares:
    """A reduction shared by several funders; the shares add up to it (euro)."""

    shares: tuple[Decimal, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Used:
    """How much of a grant is kept for the time in which it served its purpose (euro)."""

    kept: Decimal
    recoverable: Decimal
    steps: tuple[Step, ...]


def recovery(paid: Decimal, final_grant: Decimal) -> Recovery:
    """The difference between what was paid and the final grant, as claim or as last instalment."""
    repay, pay_out = max(NOTHING, paid - final_grant), max(NOTHING, final_grant - paid)
    told = {"paid": paid, "final": final_grant, "repay": repay, "pay_out": pay_out}
    if repay:
        step = Step("rules_money.step.repay", _REPAY_LAW, told)
    elif pay_out:
        step = Step("rules_money.step.pay_out", "ANBest-P Nr. 1.4", told)
    else:
        step = Step("rules_money.step.settled", "", told)
    return Recovery(repay, pay_out, (step,))


def share_reduction(reduction: Decimal, grants: Sequence[Decimal]) -> Shares:
    """A reduction of deficit financing shared by public funders in proportion to their grants.

    No funder takes back more than it gave and no cent is lost. Raises Invalid when the reduction
    exceeds all grants together. Legal source: ANBest-P Nr. 2.2.
    """
    every = sum(grants, NOTHING)
    if reduction > every or not every:
        facts = {"reduction": reduction, "grants": every}
        raise Invalid([Problem("rules_money.reduction_above_grants", facts, "reduction")])
    shares = shared(reduction, grants, at_most=grants)
    steps = tuple(
        Step("rules_money.step.funder_share", "ANBest-P Nr. 2.2",
             {"number": number, "grant": grant, "all": every, "share": share})
        for number, (grant, share) in enumerate(zip(grants, shares, strict=True), 1)
    )  # fmt: skip
    return Shares(shares, steps)


def time_of_use(grant: Decimal, bound_months: int, used_months: int) -> Used:
    """What may be claimed back when a purpose binding was kept for a part of its time only.

    The kept part is grant * used / bound; the whole where the time was kept. A proposal for the
    exercise of discretion (§ 49 Abs. 3 VwVfG), not a rule of law.
    """
    if bound_months < 1:
        raise Invalid(
            [Problem("rules_money.bound_months", {"value": bound_months}, "bound_months")]
        )
    used = min(used_months, bound_months)
    kept = cents(grant * used / bound_months)
    told = {"grant": grant, "used": used, "bound": bound_months, "back": grant - kept}
    step = Step("rules_money.step.time_of_use", "§ 49 Abs. 3 VwVfG", told)
    return Used(kept, grant - kept, (step,))
