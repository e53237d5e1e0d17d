"""A letter gives time: what it asks for is due no earlier than a working day after notification.

A hearing is known by its answer or fact ``respond_until``, a day of payment by ``repay_until``,
``interest_due_on``, ``first_due`` or ``relief_until``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from grantflow.errors import Problem
from grantflow.programmes.deadlines import Terms
from grantflow.programmes.drafted import day_of
from grantflow.rules.periods import earliest_due

RESPOND = "respond_until"
PAYMENT_DAYS = ("repay_until", "interest_due_on", "first_due", "relief_until")


def gives_time(answers: Mapping[str, Any]) -> bool:
    """Whether answers name a last day that a letter will carry."""
    return any(answers.get(name) for name in (RESPOND, *PAYMENT_DAYS))


def first_day(terms: Terms, on: date) -> date:
    """As ``periods.earliest_due``, by the profile and holidays that count for a programme."""
    return earliest_due(terms.profile, terms.calendar, on)


def refused(terms: Terms, on: date, answers: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the last days a letter names that leaves ``on`` a day.

    A period that ends on a free day runs on to the next working day (§ 31 Abs. 3 Satz 1 VwVfG, for
    payments § 193 BGB), so the letter would name another day than counts. Nobody has to pay before
    the decision is notified (§ 43 Abs. 1 VwVfG).
    """
    first = first_day(terms, on)
    for name in (*PAYMENT_DAYS, RESPOND):
        until = day_of(answers.get(name))
        if until is None:
            continue
        if until < first:
            early = "too_early" if name == RESPOND else "pay_too_early"
            yield Problem(f"programmes.hearing.{early}", {"until": until, "first": first}, name)
        elif not terms.calendar.is_working_day(until):
            told = {"until": until, "next": terms.calendar.next_working_day(until)}
            yield Problem("programmes.hearing.free_day", told, name)
