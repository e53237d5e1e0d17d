"""Reading what rules about dates are told: calendar, length of a period, dispatch."""

from __future__ import annotations

import re
from datetime import date

from grantflow.errors import Invalid, Problem
from grantflow.rules.calendar import Calendar, UnknownCalendar, calendar
from grantflow.rules.computation import Facts, wrong
from grantflow.rules.notification import Channel, Sending
from grantflow.rules.periods import Length

CALENDAR_FACTS = frozenset({"calendar", "switches", "free_days"})
SENDING_FACTS = CALENDAR_FACTS | {
    *("channel", "sent_on", "received_on", "retrieved_on"),
    *("receipt_proven", "receipt_contested", "never_received"),
    *("deemed_days", "shift_deemed_notification"),
}
_LENGTH = re.compile(r"P?(\d{1,3})([DWMY])")
_MOST = 1000
_UNITS = {"D": "days", "W": "weeks", "M": "months", "Y": "years"}
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")


def calendar_of(facts: Facts) -> Calendar:
    """The working days at the place where the declaration is made (§ 193 BGB).

    ``calendar`` is the Land (BE, HE, …), ``switches`` the local holidays that are kept there
    (catholic, augsburg), ``free_days`` further free days of the authority. Invalid for a Land or
    switch that does not exist.
    """
    switches = facts.texts("switches") if facts.has("switches") else ()
    extra = facts.texts("free_days") if facts.has("free_days") else ()
    free = [Facts({"free_days": day}).day("free_days") for day in extra]
    try:
        return calendar(facts.text("calendar"), switches, free)
    except UnknownCalendar as error:
        raise Invalid([Problem(error.key, error.params, "calendar")]) from error


def calendar_or_none(facts: Facts) -> Calendar | None:
    """The same, or None where no calendar is named; then a last day is not moved."""
    return calendar_of(facts) if facts.has("calendar") else None


def length_of(facts: Facts, suffix: str = "") -> Length | None:
    """The length in ``days``, ``weeks``, ``months`` or ``years`` (with a suffix: ``weeks_before``).

    None when no unit is given; Invalid for more than one, or for zero.
    """
    units = [unit for unit in _UNITS.values() if facts.has(unit + suffix)]
    if not units:
        return None
    counts = {unit: count(facts, unit + suffix) for unit in units}
    try:
        return Length(**counts)
    except ValueError as error:
        raise _no_length(units[-1] + suffix) from error


def count(facts: Facts, name: str, default: int | None = None, least: int = 1) -> int:
    """A number of days, weeks, months or years up to 1000; Invalid beyond."""
    found = facts.whole(name, default)
    if not least <= found <= _MOST:
        raise _no_length(name)
    return found


def _no_length(name: str) -> Invalid:
    return Invalid([Problem("rules.fact_length", {"name": name}, name)])


def written_length(value: str, name: str) -> Length:
    """A length written as 6W, 2M or P2M; Invalid for anything else."""
    found = _LENGTH.fullmatch(value.upper())
    if found is None or int(found[1]) == 0:
        raise _no_length(name)
    return Length(**{_UNITS[found[2]]: int(found[1])})


def day_of_year(year: int, written: str, name: str) -> date:
    """A day written as month and day (04-30) in a year; Invalid if there is no such day."""
    found = _MONTH_DAY.fullmatch(written)
    try:
        if found is None:
            raise ValueError(written)
        return date(year, int(found[1]), int(found[2]))
    except ValueError as error:
        raise wrong(name, "day", written) from error


def sending_of(facts: Facts) -> Sending:
    """One dispatch: its channel, the day it left, and what is known about its receipt."""
    channel = Channel(facts.choice("channel", [str(each) for each in Channel], "POST"))
    sent, received = facts.day("sent_on"), facts.day_or_none("received_on")
    for name in ("received_on", "retrieved_on"):
        if facts.has(name) and facts.day(name) < sent:
            raise Invalid([Problem("rules.fact_before", {"name": name, "than": "sent_on"}, name)])
    return Sending(channel, sent, received, facts.day_or_none("retrieved_on"), _unproved(facts))


def _unproved(facts: Facts) -> bool:
    """Whether receipt is in doubt and not proved (§ 41 Abs. 2 Satz 3 VwVfG: the authority must)."""
    if facts.flag("never_received", False):
        return True
    if facts.has("receipt_proven"):
        return not facts.flag("receipt_proven")
    return facts.flag("receipt_contested", False) and not facts.has("received_on")
