"""Interest on grants that were not used promptly, first in first out (§ 49a Abs. 4 VwVfG).

Amounts are Decimal euro. Every use takes the oldest money that is still there; what a use takes
after the window of its payment bears interest from the day of payment to the day before the use.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from grantflow.errors import Invalid, Problem
from grantflow.rules.base_rates import BaseRates
from grantflow.rules.explanation import Step
from grantflow.rules.interest import (
    Interest,
    Movement,
    Segment,
    Settings,
    explained,
    segments,
    total,
)
from grantflow.rules.payments import window_end
from grantflow.rules.rounding import NOTHING

LAW = "§ 49a Abs. 4 VwVfG; VV Nr. 8.7 zu § 44 BHO/LHO"


@dataclass(frozen=True)
class Slice:
    """A part of a payment and the day on which it was used; None while it lies idle (euro)."""

    paid_on: date
    used_on: date | None
    amount: Decimal
    last_day: date  # of the window for prompt use

    def late(self, until: date | None) -> bool:
        """Whether the slice was used (or still lies there ``until``) after its window."""
        day = self.used_on or until
        return day is not None and day > self.last_day


@dataclass(frozen=True)
class LateUse:
    """What was used late, what is unused, and the interest on it (euro)."""

    slices: tuple[Slice, ...]
    late: Decimal
    unused: Decimal
    interest: Interest


def slices(payments: Sequence[Movement], uses: Sequence[Movement], window: str) -> list[Slice]:
    """Payments cut by the uses that took them, oldest first (euro).

    A use before the payment counts on the day of payment: the grantee had spent its own money.
    Uses beyond all payments are the grantee's own money and left out.
    """
    found = []
    waiting = [(one.on, one.amount) for one in sorted(uses, key=lambda use: use.on)]
    for payment in sorted(payments, key=lambda paid: paid.on):
        left, last = payment.amount, window_end(payment.on, window)
        while left and waiting:
            on, amount = waiting.pop(0)
            taken = min(left, amount)
            found.append(Slice(payment.on, max(on, payment.on), taken, last))
            left -= taken
            if amount > taken:
                waiting.insert(0, (on, amount - taken))
        if left:
            found.append(Slice(payment.on, None, left, last))
    return found


def late_use_interest(
    payments: Sequence[Movement],
    uses: Iterable[Movement],
    rates: BaseRates,
    settings: Settings | None = None,
    *,
    window: str,
    until: date | None = None,
) -> LateUse:
    """The interest on everything used after the window of its payment (euro).

    ``window`` is the profile's ``prompt_use`` (P6W, P2M); money paid back counts as used on that
    day. What is still unused bears interest up to ``until`` (exclusive) if that is beyond its
    window; without ``until`` it is only named. Raises Invalid where nothing was paid,
    BaseRateMissing for a day without a rate.
    """
    settings = settings or Settings()
    if not payments:
        raise Invalid([Problem("rules_money.no_payments", {}, "payments")])
    found = slices(payments, list(uses), window)
    late = [one for one in found if one.late(until)]
    raw: list[Segment] = []
    for one in late:
        stop = one.used_on or until
        assert stop is not None  # late() has seen to it
        raw += segments(one.amount, one.paid_on, stop, rates, settings)
    amount, printed = total(raw, settings)
    steps = _steps(found, until, printed, amount, settings)
    interest = Interest(amount, sum(one.days for one in printed), printed, steps)
    unused = sum((one.amount for one in found if one.used_on is None), NOTHING)
    return LateUse(tuple(found), sum((one.amount for one in late), NOTHING), unused, interest)


def _steps(
    found: Sequence[Slice],
    until: date | None,
    printed: Sequence[Segment],
    amount: Decimal,
    settings: Settings,
) -> tuple[Step, ...]:
    told = [_told(one, until) for one in found]
    counted = Step(f"rules_money.day_count.{settings.day_count.name.lower()}", "")
    closing = Step("rules_money.step.interest_total", LAW, {"amount": amount})
    return (Step("rules_money.step.first_in_first_out", LAW), *told, counted,
            *explained(printed), closing)  # fmt: skip


def _told(one: Slice, until: date | None) -> Step:
    params = {"amount": one.amount, "paid": one.paid_on, "last": one.last_day}
    if one.used_on is None:
        key = "unused_late" if one.late(until) else "unused"
        return Step(f"rules_money.step.{key}", LAW, params)
    key = "used_late" if one.late(until) else "used_promptly"
    return Step(f"rules_money.step.{key}", LAW, {**params, "used": one.used_on})
