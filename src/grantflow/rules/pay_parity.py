"""Pay of project staff above comparable public tariff is not eligible (ANBest-P Nr. 1.3).

Amounts are Decimal euro of employer's cost, shares are parts of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.rounding import NOTHING

_LAW = "ANBest-P Nr. 1.3"


@dataclass(frozen=True)
class PayParity:
    """What of the pay is eligible, and whether the rule applies at all (euro)."""

    applies: bool
    eligible: Decimal
    not_eligible: Decimal
    steps: tuple[Step, ...]


def pay_parity(
    actual: Decimal, comparable: Decimal, public_share: Decimal, above_share: Decimal
) -> PayParity:
    """The eligible part of an employer's cost.

    ``comparable``: cost of comparable staff of the public service; ``public_share``: part of the
    grantee's total expenditure that is public money; the rule applies when it exceeds
    ``above_share`` (0.5: predominantly public; 0: whatever the share). Raises Invalid for a share
    outside 0 to 1.
    """
    if not 0 <= public_share <= 1:
        raise Invalid([Problem("rules_money.share", {"value": public_share}, "public_share")])
    told = {"share": public_share * 100, "limit": above_share * 100}
    if public_share <= above_share:
        step = Step("rules_money.step.parity_not_applied", _LAW, told)
        return PayParity(False, actual, NOTHING, (step,))
    above = max(NOTHING, actual - comparable)
    compared = {"actual": actual, "comparable": comparable, "above": above}
    steps = (
        Step("rules_money.step.parity_applied", _LAW, told),
        Step("rules_money.step.parity_compared", _LAW, compared),
    )
    return PayParity(True, actual - above, above, steps)
