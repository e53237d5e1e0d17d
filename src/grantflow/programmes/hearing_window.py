"""A hearing gives time to answer: its period ends on a working day after the letter is notified.

A hearing is known by its answer or fact ``respond_until``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from grantflow.errors import Problem
from grantflow.programmes.deadlines import Terms
from grantflow.programmes.drafted import day_of
from grantflow.rules.periods import Channel, Sending, notification

RESPOND = "respond_until"


def first_day(terms: Terms, on: date) -> date:
    """The earliest last day of a hearing that leaves ``on`` a day: a working day after the fiction.

    Legal source: § 28 Abs. 1, § 41 Abs. 2 VwVfG.
    """
    notified = notification(Sending(Channel.POST, on), terms.profile, terms.calendar).on or on
    return terms.calendar.next_working_day(notified + timedelta(days=1))


def refused(terms: Terms, on: date, answers: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the last day of a hearing that leaves ``on`` a day.

    A period that ends on a free day runs on to the next working day (§ 31 Abs. 3 Satz 1 VwVfG), so
    the letter would name another day than counts.
    """
    until = day_of(answers.get(RESPOND))
    if until is None:
        return
    first = first_day(terms, on)
    if until < first:
        told = {"until": until, "first": first}
        yield Problem("programmes.hearing.too_early", told, RESPOND)
    elif not terms.calendar.is_working_day(until):
        told = {"until": until, "next": terms.calendar.next_working_day(until)}
        yield Problem("programmes.hearing.free_day", told, RESPOND)
