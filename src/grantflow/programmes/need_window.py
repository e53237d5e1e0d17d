"""A payment request asks for what falls due within the window of prompt use and is left to pay.

A request is known by its answers: ``payment_amount`` and ``needed_until``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from grantflow.errors import Problem
from grantflow.programmes.drafted import amount_of, day_of
from grantflow.rules.computing import compute
from grantflow.rules.payments import Block
from grantflow.rules.profiles import Profile
from grantflow.rules.rounding import cents
from grantflow.texts import Said

RULE = "payable"


def is_request(answers: Mapping[str, Any]) -> bool:
    """Whether answers ask for money that is needed until a day."""
    named = day_of(answers.get("needed_until"))
    return named is not None and amount_of(answers.get("payment_amount")) is not None


def exceeded(profile: Profile, on: date, answers: Mapping[str, Any]) -> Iterator[Problem]:
    """Where a request reaches beyond the window that begins ``on`` its day, if that is refused.

    Whether it is refused or only warned of says the profile (``need_beyond_window``). Raises
    MissingValue where it says nothing. Legal source: VV Nr. 7 zu § 44 BHO/LHO.
    """
    if not is_request(answers):
        return
    until = day_of(answers.get("needed_until"))
    asked = {"instalment": amount_of(answers["payment_amount"]), "need_until": until, "today": on}
    found = compute(RULE, asked, profile).values
    if found["reason"] == Block.NEED_BEYOND_WINDOW:
        rule = Said(f"computations.rule.{RULE}", {})
        told = {"until": until, "last": found["window_end"], "rule": rule}
        yield Problem("programmes.payment.beyond_window", told, "needed_until")


def above_rest(rest: Decimal, answers: Mapping[str, Any]) -> Iterator[Problem]:
    """Where a request asks for more than can still be paid of the grant (``rest``, euro)."""
    asked = amount_of(answers.get("payment_amount"))
    if is_request(answers) and asked is not None and asked > rest:
        told = {"asked": cents(asked), "rest": cents(rest)}
        yield Problem("programmes.payment.above_rest_money", told, "payment_amount")
