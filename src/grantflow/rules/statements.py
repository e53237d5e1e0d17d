"""When statements, audits and publications are due, and how long receipts are kept."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.calendar import Calendar
from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.dates import (
    CALENDAR_FACTS,
    calendar_of,
    calendar_or_none,
    count,
    day_of_year,
    written_length,
)
from grantflow.rules.explanation import Step
from grantflow.rules.periods import Length, raw_end
from grantflow.rules.profiles import Profile

_DAY = timedelta(days=1)
_DUE_RULES = ("MONTHS", "FIXED_DAY_NEXT_YEAR")


def statement_due(facts: Facts, profile: Profile) -> Outcome:
    """When the statement of use is due.

    Six months after the purpose was fulfilled, at the latest at the end of the sixth month after
    the funding period: the earlier day counts (ANBest-P Nr. 6.1). Where the guideline names a
    fixed day (``fixed_day`` as month and day, e.g. 04-30), it is that day of the year after
    ``budget_year``. Facts: purpose_fulfilled_on, funding_period_end, months, calendar; due_rule
    (MONTHS or FIXED_DAY_NEXT_YEAR) says which of both is meant.
    """
    if facts.choice("due_rule", _DUE_RULES, _rule_given(facts)) == "FIXED_DAY_NEXT_YEAR":
        return _fixed_day(facts, facts.text("fixed_day"))
    purpose = facts.day_or_none("purpose_fulfilled_on")
    end = facts.day_or_none("funding_period_end")
    known = purpose or end
    if known is None:
        place = "funding_period_end"
        raise Invalid([Problem("rules.fact_missing", {"name": place}, place)])
    months = _months(facts, profile, "statement_of_use_months", known)
    after_purpose = raw_end(purpose, Length(months=months)) if purpose else None
    after_period = _month_end(raw_end(_month_end(end), Length(months=months))) if end else None
    raw = min(day for day in (after_purpose, after_period) if day is not None)
    params = {"months": months, "on": raw}
    step = Step("rules.step.statement_due", "ANBest-P Nr. 6.1", params)
    values = {"after_purpose": after_purpose, "after_period": after_period}
    return _due(raw, calendar_of(facts), step, values)


def _rule_given(facts: Facts) -> str:
    return "FIXED_DAY_NEXT_YEAR" if facts.has("fixed_day") else "MONTHS"


def interim_statement_due(facts: Facts, profile: Profile) -> Outcome:
    """When the interim statement of a budget year is due: four months after it ended.

    Facts: budget_year, months or fixed_day, calendar. Legal source: ANBest-P Nr. 6.1 Satz 2.
    """
    if facts.has("fixed_day"):
        return _fixed_day(facts, facts.text("fixed_day"))
    end = date(_year(facts, "budget_year"), 12, 31)
    months = _months(facts, profile, "interim_statement_months", end)
    raw = raw_end(end, Length(months=months))
    params = {"year": str(end.year), "months": months, "on": raw}
    step = Step("rules.step.interim_due", "ANBest-P Nr. 6.1 Satz 2", params)
    return _due(raw, calendar_of(facts), step, {})


def _months(facts: Facts, profile: Profile, name: str, on: date) -> int:
    return count(facts, "months") if facts.has("months") else profile.number(name, on)


def _fixed_day(facts: Facts, written: str) -> Outcome:
    year = _year(facts, "budget_year")
    raw = day_of_year(year + 1, written, "fixed_day")
    step = Step("rules.step.fixed_statement_day", "", {"year": str(year), "on": raw})
    return _due(raw, calendar_of(facts), step, {})


def _due(raw: date, days: Calendar, first: Step, values: Mapping[str, Any]) -> Outcome:
    due = days.next_working_day(raw)
    steps = [first]
    if due != raw:
        law = "§ 31 Abs. 3 Satz 1 VwVfG"
        steps.append(Step("rules.step.due_moved", law, {"from": raw, "on": due}))
    return Outcome({**values, "due_raw": raw, "due": due}, tuple(steps))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _year(facts: Facts, name: str) -> int:
    year = facts.whole(name)
    if not 1990 <= year <= 2200:
        raise Invalid([Problem("rules.fact_year", {"name": name, "value": str(year)}, name)])
    return year


def prompt_use(facts: Facts, profile: Profile) -> Outcome:
    """The last day on which money that was paid must have been used, and the earlier reading.

    Facts: credited_on, window (6W, 2M; default: the profile's ``prompt_use``),
    payment_day_counts, used_on, assumed (the money is only expected to come in on credited_on,
    e.g. on the day of the order; the period then ends no earlier). The window is no period for a
    declaration: it is not moved off free days. A court of audit has counted the day of payment as
    well; the warning therefore goes to the earlier day. Legal source: § 49a Abs. 4 VwVfG,
    VV/AV Nr. 8.2.5 zu § 44 BHO/LHO.
    """
    credited = facts.day("credited_on")
    window = facts.text("window", str(profile.value("prompt_use", credited).value))
    after = raw_end(credited, written_length(window, "window"))
    counting = _first_day_counting(credited, after, window)
    last = counting if facts.flag("payment_day_counts", False) else after
    used = facts.day_or_none("used_on")
    values = {
        **{"last_day": last, "last_day_if_payment_day_counts": counting, "warn_on": counting},
        "used_in_time": None if used is None else used <= last,
    }
    law = "§ 49a Abs. 4 VwVfG, Nr. 8.2.5 zu § 44 BHO/LHO"
    params = {"credited": credited, "on": last, "warn": counting}
    key = "prompt_use_assumed" if facts.flag("assumed", False) else "prompt_use"
    return Outcome(values, (Step(f"rules.step.{key}", law, params),))


def _first_day_counting(start: date, after: date, window: str) -> date:
    """The end if the first day counts: a day earlier, but not where the month has no such day.

    Legal source: §§ 187 Abs. 2, 188 Abs. 2, 3 BGB.
    """
    by_month = window[-1:].upper() in {"M", "Y"}
    return after if by_month and after.day != start.day else after - _DAY


def retention(facts: Facts, profile: Profile) -> Outcome:
    """Until when receipts are kept: five years after the statement of use was submitted.

    Facts: statement_submitted_on, years, purpose_binding_until, tax_until; the longest counts.
    Legal source: ANBest-P Nr. 6.5, 6.8.
    """
    submitted = facts.day("statement_submitted_on")
    years = count(facts, "years", profile.number("retention_years", submitted))
    until = raw_end(submitted, Length(years=years))
    others = ("purpose_binding_until", "tax_until")
    longest = max([until, *(facts.day(name) for name in others if facts.has(name))])
    steps = [Step("rules.step.retention", "ANBest-P Nr. 6.5, 6.8", {"years": years, "on": until})]
    if longest != until:
        steps.append(Step("rules.step.retention_longer", "", {"on": longest}))
    return Outcome({"retain_until": longest}, tuple(steps))


def audit_due(facts: Facts, profile: Profile) -> Outcome:
    """Until when the statement of use is checked: at the desk, and in depth where drawn.

    Facts: statement_received_on, calendar (optional; the days are moved only with it),
    desk_check_months and in_depth_months instead of the profile's. Legal source: VV/AV Nr. 11 zu
    § 44 BHO/LHO.
    """
    received, days = facts.day("statement_received_on"), calendar_or_none(facts)
    usual = {"desk_check": "cursory_audit_months", "in_depth": "indepth_audit_months"}
    months = {
        what: count(facts, f"{what}_months", profile.number(name, received))
        for what, name in usual.items()
    }
    found = {f"{what}_due": raw_end(received, Length(months=n)) for what, n in months.items()}
    moved = {name: days.next_working_day(day) if days else day for name, day in found.items()}
    params = {"desk": moved["desk_check_due"], "depth": moved["in_depth_due"]}
    step = Step("rules.step.audit_due", "VV/AV Nr. 11 zu § 44 BHO/LHO", params)
    return Outcome(moved, (step,))


def publication(facts: Facts, profile: Profile) -> Outcome:
    """Until when last year's grants to legal persons are published (AV Nr. 9.4 zu § 44 LHO).

    Facts: decision_year.
    """
    year = _year(facts, "decision_year")
    written = str(profile.value("publication_day", date(year, 12, 31)).value)
    by = day_of_year(year + 1, written, "publication_day")
    step = Step("rules.step.publication", "AV Nr. 1.5, 9.4 zu § 44 LHO", {"on": by})
    return Outcome({"publish_by": by}, (step,))


RULES: Mapping[str, Rule] = {
    "statement_due": Rule(
        statement_due,
        CALENDAR_FACTS
        | {"purpose_fulfilled_on", "funding_period_end", "months"}
        | {"due_rule", "fixed_day", "budget_year"},
    ),
    "interim_statement_due": Rule(
        interim_statement_due, CALENDAR_FACTS | {"budget_year", "months", "fixed_day"}
    ),
    "prompt_use": Rule(
        prompt_use, frozenset({"credited_on", "window", "payment_day_counts", "used_on", "assumed"})
    ),
    "retention": Rule(
        retention,
        frozenset({"statement_submitted_on", "years", "purpose_binding_until", "tax_until"}),
    ),
    "audit_due": Rule(
        audit_due,
        CALENDAR_FACTS | {"statement_received_on", "desk_check_months", "in_depth_months"},
    ),
    "publication": Rule(publication, frozenset({"decision_year"})),
}
