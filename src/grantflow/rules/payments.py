"""What may be paid out now: order of funds, need within the window, and what blocks a payment.

Amounts are Decimal euro. Legal source: ANBest-P Nr. 1.4, VV Nr. 7 zu § 44 BHO/LHO.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.financing import Financing
from grantflow.rules.periods import Length, raw_end
from grantflow.rules.rounding import NOTHING, cents

_ORDER_LAW = "ANBest-P Nr. 1.4"
_PAYMENT_LAW = "VV Nr. 7 zu § 44 BHO/LHO"
_UNITS = {"D": "days", "W": "weeks", "M": "months"}


class Block(StrEnum):
    """Why nothing may be paid now; ``NONE`` where nothing stands against it."""

    NONE = ""
    NOT_FINAL = "NOT_FINAL"
    OVERDUE_STATEMENT = "OVERDUE_STATEMENT"
    NEED_BEYOND_WINDOW = "NEED_BEYOND_WINDOW"


@dataclass(frozen=True)
class Need:
    """Expenditure that falls due on a day (euro)."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class Request:
    """What a grantee asks for, and what its grant is like (euro).

    ``own_available``: own and other funds not spent yet; ``rate``: share of the grant in the
    eligible expenditure, for proportional financing and fixed amounts.
    """

    financing: Financing
    need: Decimal
    unpaid: Decimal | None = None
    rate: Decimal | None = None
    own_available: Decimal = NOTHING


@dataclass(frozen=True)
class Conditions:
    """What must be fulfilled before money leaves; a condition that is None was not asked."""

    today: date
    remedy_end: date | None = None
    waiver_on: date | None = None
    overdue_statements: int = 0
    need_until: date | None = None
    window_end: date | None = None
    window_binds: bool = True  # false: a need beyond the window is only warned of


@dataclass(frozen=True)
class Payable:
    """What may be paid now (euro); ``free_from`` is the day from which finality blocks no more."""

    amount: Decimal
    entitled: Decimal  # what the order of funds gives, whether blocked or not
    block: Block
    blocked_until: date | None
    steps: tuple[Step, ...]


def window_end(paid_on: date, window: str) -> date:
    """The last day on which a payment counts as used promptly; ``window`` like P6W or P2M.

    The day of payment does not count (§ 187 Abs. 1 BGB). ValueError for another notation.
    """
    found = re.fullmatch(r"P(\d{1,3})([DWM])", window)
    if found is None:
        raise ValueError(window)
    return raw_end(paid_on, Length(**{_UNITS[found[2]]: int(found[1])}))


def need_in_window(needs: Sequence[Need], last: date) -> Decimal:
    """The expenditure due up to the last day of the window (euro)."""
    return sum((need.amount for need in needs if need.on <= last), NOTHING)


def entitled(request: Request) -> tuple[Decimal, Step]:
    """The grant's part of a need by the order of funds (euro), never above what is unpaid.

    DEFICIT: own funds first (ANBest-P Nr. 1.4.2); PROPORTIONAL and FIXED_AMOUNT: in proportion
    (Nr. 1.4.1; a fixed amount without a rate covers the need); FULL: the need.
    """
    part, step = _part(request)
    if request.unpaid is not None and part > request.unpaid:
        told = {"part": part, "unpaid": request.unpaid}
        return request.unpaid, Step("rules_money.step.unpaid_only", _ORDER_LAW, told)
    return part, step


def _part(request: Request) -> tuple[Decimal, Step]:
    need, rate = request.need, request.rate
    if request.financing is Financing.DEFICIT:
        part = max(NOTHING, need - request.own_available)
        told = {"need": need, "own": request.own_available, "part": part}
        return part, Step("rules_money.step.own_first", "ANBest-P Nr. 1.4.2", told)
    if rate is not None and not 0 < rate <= 1:
        raise Invalid([Problem("rules_money.rate", {"value": rate}, "rate")])
    if request.financing is Financing.PROPORTIONAL and rate is None:
        raise Invalid([Problem("rules.fact_missing", {"name": "rate"}, "rate")])
    if request.financing is Financing.FULL or rate is None:
        return need, Step("rules_money.step.whole_need", _ORDER_LAW, {"need": need})
    part = cents(need * rate)
    told = {"need": need, "rate": rate * 100, "part": part}
    return part, Step("rules_money.step.pro_rata", "ANBest-P Nr. 1.4.1", told)


def payable(request: Request, conditions: Conditions) -> Payable:
    """What may be paid out today (euro): nothing while something blocks it, else its part.

    Blocks: a decision that is not final and not waived, an overdue statement, a need beyond the
    window where the window binds. Raises Invalid for a proportional grant without a rate.
    """
    amount, how = entitled(request)
    block, until, steps = blocked(conditions)
    if block:
        return Payable(NOTHING, amount, block, until, (how, *steps))
    closing = Step("rules_money.step.payable", _PAYMENT_LAW, {"amount": amount})
    return Payable(amount, amount, block, None, (how, *steps, closing))


def blocked(conditions: Conditions) -> tuple[Block, date | None, tuple[Step, ...]]:
    """What stands against a payment today, until when (if that is known), and all the reasons."""
    free, steps = _free_from(conditions)
    until = free if free and free > conditions.today else None
    found = Block.NOT_FINAL if until else Block.NONE
    if conditions.overdue_statements:
        told = {"count": conditions.overdue_statements}
        law = "VV Nr. 7.3 zu § 44 BHO; AV Nr. 11.9 Satz 3 zu § 44 LHO"
        steps.append(Step("rules_money.step.overdue_statement", law, told))
        found = found or Block.OVERDUE_STATEMENT
    last, wanted = conditions.window_end, conditions.need_until
    if last is not None and wanted is not None and wanted > last:
        told_days = {"until": wanted, "last": last}
        if conditions.window_binds:
            found = found or Block.NEED_BEYOND_WINDOW
        key = "beyond_window" if conditions.window_binds else "beyond_window_warned"
        steps.append(Step(f"rules_money.step.{key}", _PAYMENT_LAW, told_days))
    return found, until, tuple(steps)


def _free_from(conditions: Conditions) -> tuple[date | None, list[Step]]:
    """The first day on which finality or a waiver lets money go; None if nobody asked."""
    end, waiver = conditions.remedy_end, conditions.waiver_on
    if end is None and waiver is None:
        return None, [Step("rules_money.step.finality_not_asked", _PAYMENT_LAW)]
    final = None if end is None else end + timedelta(days=1)
    if waiver is not None and (final is None or waiver < final):
        return waiver, [Step("rules_money.step.waived", _PAYMENT_LAW, {"on": waiver})]
    return final, [Step("rules_money.step.final_from", _PAYMENT_LAW, {"on": final})]
