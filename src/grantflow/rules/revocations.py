"""The limits in time of revocation, withdrawal and interest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.explanation import Step
from grantflow.rules.periods import Length, raw_end
from grantflow.rules.profiles import Profile

_STARTS = ("reply_received_on", "hearing_ended_on", "facts_known_on")


def revocation_limit(facts: Facts, profile: Profile) -> Outcome:
    """The last day on which a revocation or withdrawal may still be notified, with alarms.

    The year starts with full knowledge, which includes the reply to the hearing; without a reply
    the end of the hearing's period counts, without a hearing the day the facts were known. Facts:
    hearing_sent_on, reply_received_on, hearing_ended_on, facts_known_on, decision_notified_on,
    fraud (deceit, threat or bribery: no limit, § 48 Abs. 4 Satz 2). The limit binds the authority
    and is not moved to its favour. Legal source: §§ 48 Abs. 4, 49 Abs. 3 Satz 2 VwVfG.
    """
    if facts.flag("fraud", False):
        step = Step("rules.step.no_limit_after_fraud", "§ 48 Abs. 4 Satz 2 VwVfG")
        return Outcome(dict.fromkeys(_LIMIT_VALUES), (step,))
    known = _known_on(facts)
    months = profile.number("revocation_limit_months", known)
    last = raw_end(known, Length(months=months))
    weeks = profile.number("revocation_warning_weeks", known)
    values: dict[str, Any] = {
        "known_on": known,
        "last_day": last,
        "first_alarm_on": _alarm(profile, "revocation_first_alarm_months", known),
        "second_alarm_on": _alarm(profile, "revocation_second_alarm_months", known),
        "warn_on": last - timedelta(weeks=weeks),
        "in_time": None,
    }
    if facts.has("decision_notified_on"):
        values["in_time"] = facts.day("decision_notified_on") <= last
    law = "§§ 48 Abs. 4, 49 Abs. 3 Satz 2 VwVfG"
    step = Step("rules.step.revocation_limit", law, {"known": known, "on": last})
    return Outcome(values, (step,))


_LIMIT_VALUES = (
    *("known_on", "last_day", "first_alarm_on", "second_alarm_on"),
    *("warn_on", "in_time"),
)


def _known_on(facts: Facts) -> date:
    for name in _STARTS:
        if facts.has(name):
            return _after_hearing(facts, name)
    raise Invalid([Problem("rules.fact_missing", {"name": _STARTS[0]}, _STARTS[0])])


def _after_hearing(facts: Facts, name: str) -> date:
    """The day of knowledge; an answer to a hearing cannot come before the hearing."""
    day, sent = facts.day(name), facts.day_or_none("hearing_sent_on")
    if name != "facts_known_on" and sent is not None and day < sent:
        raise Invalid(
            [Problem("rules.fact_before", {"name": name, "than": "hearing_sent_on"}, name)]
        )
    return day


def _alarm(profile: Profile, name: str, known: date) -> date:
    return raw_end(known, Length(months=profile.number(name, known)))


def interest_limitation(facts: Facts, profile: Profile) -> Outcome:
    """When a claim for interest is barred: three years after the end of the year it arose in.

    Facts: arose_on or arose_year; knowledge_on where it came later; today. Legal source: §§ 195,
    199 Abs. 1 BGB by analogy.
    """
    arose = facts.day("arose_on").year if facts.has("arose_on") else facts.whole("arose_year")
    known = facts.day("knowledge_on").year if facts.has("knowledge_on") else arose
    start = max(arose, known)
    if not 1990 <= start <= 2200:
        raise Invalid([Problem("rules.fact_year", {"name": "arose_year", "value": str(start)})])
    years = profile.number("interest_limitation_years", date(start, 12, 31))
    last = date(start + years, 12, 31)
    today = facts.day_or_none("today")
    values = {
        "last_day": last,
        "barred_from": last + timedelta(days=1),
        "barred": None if today is None else today > last,
    }
    params = {"year": str(start), "years": years, "on": last}
    return Outcome(values, (Step("rules.step.interest_limitation", "§§ 195, 199 BGB", params),))


RULES: Mapping[str, Rule] = {
    "revocation_limit": Rule(
        revocation_limit,
        frozenset({*_STARTS, "hearing_sent_on", "decision_notified_on", "fraud"}),
    ),
    "interest_limitation": Rule(
        interest_limitation, frozenset({"arose_on", "arose_year", "knowledge_on", "today"})
    ),
}
