"""Notification, remedy period, finality and waiver as rules that are computed by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.dates import (
    CALENDAR_FACTS,
    SENDING_FACTS,
    calendar_of,
    calendar_or_none,
    count,
    length_of,
    sending_of,
)
from grantflow.rules.explanation import Step
from grantflow.rules.notification import Channel, Notification
from grantflow.rules.notification import notification as notified
from grantflow.rules.periods import (
    Length,
    Period,
    backward,
    extended,
    finality,
    fixed_day,
    period,
    raw_end,
    remedy_period,
)
from grantflow.rules.profiles import Profile

_DAY = timedelta(days=1)
_LENGTHS = frozenset({"days", "weeks", "months"})
_REMEDIES = ("OBJECTION", "COURT_ACTION")
_FICTIONS = {"rules.step.deemed", "rules.step.public_notice"}


def notification(facts: Facts, profile: Profile) -> Outcome:
    """The day on which a letter counts as notified; ``notified`` is false while it does not.

    Facts: channel, sent_on (posted, sent, provided, announced or published on), received_on,
    retrieved_on, receipt_contested, receipt_proven, never_received, calendar; deemed_days and
    shift_deemed_notification replace the
    profile's values. Legal source: § 41 VwVfG, § 9 OZG, §§ 2 to 5 VwZG.
    """
    found = _notified(facts, profile)
    return Outcome(_notice(found, facts, profile), found.steps)


def _notified(facts: Facts, profile: Profile) -> Notification:
    """The notification itself, from a dispatch or as a day that is already known."""
    if facts.has("notified_on"):
        day = facts.day("notified_on")
        return Notification(Channel.POST, day, (Step("rules.step.notified", "", {"on": day}),))
    shift = facts.flag("shift_deemed_notification", False)
    days = count(facts, "deemed_days", least=0) if facts.has("deemed_days") else None
    given = shift if facts.has("shift_deemed_notification") else None
    return notified(sending_of(facts), profile, calendar_of(facts), shift=given, days=days)


def _notice(found: Notification, facts: Facts, profile: Profile) -> dict[str, Any]:
    values: dict[str, Any] = {"notified": found.on is not None, "notified_on": found.on}
    values["fiction_applies"] = any(step.key in _FICTIONS for step in found.steps) and not any(
        step.key == "rules.step.received_later" for step in found.steps
    )
    if found.channel is Channel.PORTAL_RETRIEVAL:
        sent = facts.day("sent_on")
        days = profile.number("retrieval_days", sent)
        values["last_retrieval_day"] = sent + timedelta(days=days)
    return values


def remedy(facts: Facts, profile: Profile) -> Outcome:
    """The period for objection or action and the first day of finality.

    Facts of ``notification``, or notified_on; remedy (OBJECTION, COURT_ACTION), period_months,
    instruction_correct. ``safe_final_from`` is the day from which money may leave: the stricter
    view of the fiction plus the profile's reserve. Legal source: §§ 58, 70, 74 VwGO, § 57 Abs. 2
    VwGO with § 222 ZPO.
    """
    if facts.has("remedy"):
        facts.choice("remedy", _REMEDIES)
    found = _notified(facts, profile)
    values = _notice(found, facts, profile)
    if found.on is None:
        nothing = dict.fromkeys(("period_end_raw", "period_end", "final_from", "safe_final_from"))
        return Outcome({**values, **nothing}, found.steps)
    counted = _remedy_from(found.on, facts, profile)
    safe_start = calendar_of(facts).next_working_day(found.on)
    reserve = profile.number("proof_reserve_days", found.on)
    safe = finality(_remedy_from(safe_start, facts, profile).end) + timedelta(days=reserve)
    final = finality(counted.end)
    closing = (
        Step("rules.step.final", "", {"on": final}),
        Step("rules.step.safe_final", "", {"on": safe, "days": reserve}),
    )
    ends = {"period_end_raw": counted.raw_end, "period_end": counted.end}
    return Outcome(
        {**values, **ends, "final_from": final, "safe_final_from": safe},
        (*found.steps, *counted.steps, *closing),
    )


def _remedy_from(day: date, facts: Facts, profile: Profile) -> Period:
    correct = facts.flag("instruction_correct", True)
    if correct and facts.has("period_months"):
        return period(day, Length(months=count(facts, "period_months")), calendar_of(facts))
    return remedy_period(day, profile, calendar_of(facts), instruction_correct=correct)


def authority_period(facts: Facts, profile: Profile) -> Outcome:
    """A period set by the authority for an answer, with its extension (§ 31 Abs. 2, 7 VwVfG).

    Facts of ``notification``, or notified_on; days, weeks or months; extension_days,
    extension_weeks or extension_months.
    """
    found = _notified(facts, profile)
    values: dict[str, Any] = {**_notice(found, facts, profile)}
    if found.on is None:
        return Outcome({**values, "period_end_raw": None, "period_end": None}, found.steps)
    length = length_of(facts)
    if length is None:
        raise Invalid([Problem("rules.fact_missing", {"name": "weeks"}, "weeks")])
    counted = period(found.on, length, calendar_of(facts))
    more = _extension(facts)
    if more is not None:
        counted = extended(counted, more, calendar_of(facts))
    ends = {"period_end_raw": counted.raw_end, "period_end": counted.end}
    return Outcome({**values, **ends}, (*found.steps, *counted.steps))


def _extension(facts: Facts) -> Length | None:
    names = {name: f"extension_{name}" for name in _LENGTHS}
    given = {name: facts.given[long] for name, long in names.items() if facts.has(long)}
    return length_of(Facts(given))


def named_day(facts: Facts, _profile: Profile) -> Outcome:
    """A last day that the authority or a guideline has named.

    Facts: end_day, shift_rule_named, cut_off, calendar. The day moves to the next working day,
    unless it was named with reference to the shift rule (§ 31 Abs. 3 Satz 2 VwVfG) or is a cut-off
    date; both readings are given.
    """
    day, days = facts.day("end_day"), calendar_of(facts)
    named = facts.flag("shift_rule_named", False)
    cut_off = facts.flag("cut_off", False)
    found = fixed_day(day, days, shift_rule_named=named, cut_off=cut_off)
    values = {
        "day": day,
        "period_end": found.end,
        "period_end_if_period": fixed_day(day, days, shift_rule_named=named).end,
        "period_end_if_cut_off": day,
    }
    return Outcome(values, found.steps)


def backward_period(facts: Facts, _profile: Profile) -> Outcome:
    """The last day to apply before a measure starts, and whether the measure ends in time.

    Facts: start, days_before, weeks_before or months_before, filed_on, end, latest_end, calendar.
    Legal source: the guideline, §§ 187, 188 BGB by analogy.
    """
    length = length_of(facts, "_before")
    if length is None:
        raise Invalid([Problem("rules.fact_missing", {"name": "weeks_before"}, "weeks_before")])
    found = backward(facts.day("start"), length, calendar_of(facts))
    values: dict[str, Any] = {
        "latest_calendar_day": found.raw_end,
        "latest_working_day": found.end,
        "in_time": None,
        "end_within_limit": None,
    }
    if facts.has("filed_on"):
        values["in_time"] = facts.day("filed_on") <= found.raw_end
    if facts.has("latest_end"):
        values["end_within_limit"] = facts.day("end") <= facts.day("latest_end")
    return Outcome(values, found.steps)


def finality_rule(facts: Facts, _profile: Profile) -> Outcome:
    """The first day on which a decision is final: after the period, or with the waiver.

    Facts: notified_on, period_end, waiver_received_on, remedy_filed_on. A waiver counts from the
    day the declaration arrives; one before the notification counts for nothing. A remedy filed in
    time keeps the decision from becoming final.
    """
    end, waiver = facts.day_or_none("period_end"), facts.day_or_none("waiver_received_on")
    filed, start = facts.day_or_none("remedy_filed_on"), facts.day_or_none("notified_on")
    valid = waiver is not None and (start is None or waiver >= start)
    steps: list[Step] = []
    final = finality(end) if end is not None else None
    if final is not None:
        steps.append(Step("rules.step.final", "§§ 70, 74 VwGO", {"on": final}))
    if waiver is not None and not valid:
        steps.append(Step("rules.step.waiver_early", "§ 43 VwVfG", {"on": waiver}))
    if filed is not None and (end is None or filed <= end) and not valid:
        steps.append(Step("rules.step.remedy_filed", "§ 80 Abs. 1 VwGO", {"on": filed}))
        return Outcome(_final(None, valid), tuple(steps))
    if valid and waiver is not None and (final is None or waiver < final):
        final = waiver
        steps.append(Step("rules.step.waiver", "", {"on": waiver}))
    return Outcome(_final(final, valid), tuple(steps))


def _final(day: date | None, valid: bool) -> Mapping[str, Any]:
    return {"final_on": day, "payment_allowed_from": day, "waiver_valid": valid}


def failure_to_act(facts: Facts, profile: Profile) -> Outcome:
    """From when an action for failure to act is admissible (§ 75 Satz 2 VwGO).

    Facts: application_received_on. Also a good day for an alarm of the authority's own.
    """
    received = facts.day("application_received_on")
    months = profile.number("failure_to_act_months", received)
    on = raw_end(received, Length(months=months))
    step = Step("rules.step.failure_to_act", "§ 75 Satz 2 VwGO", {"from": received, "on": on})
    return Outcome({"action_admissible_from": on}, (step,))


def reinstatement(facts: Facts, profile: Profile) -> Outcome:
    """Until when reinstatement may be asked for, and the one year after which it is too late.

    Facts: obstacle_removed_on, missed_period_end, requested_on, calendar (all but the first
    optional). Without the end of the missed period the year is not checked, and a step says so.
    Legal source: § 32 Abs. 2, 3 VwVfG, § 60 Abs. 2, 3 VwGO.
    """
    removed, asked = facts.day("obstacle_removed_on"), facts.day_or_none("requested_on")
    weeks = profile.number("reinstatement_weeks", removed)
    days = calendar_or_none(facts)
    raw = raw_end(removed, Length(weeks=weeks))
    request = days.next_working_day(raw) if days else raw
    barred = _year_limit(facts, profile, removed)
    last = request if barred is None else min(request, barred)
    law = "§ 32 Abs. 2, 3 VwVfG, § 60 Abs. 2, 3 VwGO"
    if barred is None:
        step = Step("rules.step.reinstatement_no_limit", law, {"from": removed, "on": last})
    else:
        told = {"from": removed, "on": last, "limit": barred}
        step = Step("rules.step.reinstatement", law, told)
    values = {
        **{"request_until_raw": raw, "request_until": request, "absolute_limit": barred},
        **{"last_day": last, "admissible": None if asked is None else asked <= last},
        "still_possible": None if barred is None else removed <= barred,
    }
    return Outcome(values, (step,))


def _year_limit(facts: Facts, profile: Profile, removed: date) -> date | None:
    """The day after which reinstatement is barred; None where the missed period is not known."""
    missed = facts.day_or_none("missed_period_end")
    if missed is None:
        return None
    limit = raw_end(missed, Length(months=profile.number("reinstatement_limit_months", removed)))
    days = calendar_or_none(facts)
    return days.next_working_day(limit) if days else limit


_REMEDY_FACTS = {*SENDING_FACTS, "notified_on"}
_EXTENSIONS = {f"extension_{unit}" for unit in _LENGTHS}
RULES: Mapping[str, Rule] = {
    "notification": Rule(notification, SENDING_FACTS),
    "remedy_period": Rule(
        remedy, frozenset({*_REMEDY_FACTS, "remedy", "period_months", "instruction_correct"})
    ),
    "authority_period": Rule(
        authority_period, frozenset({*_REMEDY_FACTS, *_LENGTHS, *_EXTENSIONS})
    ),
    "named_day": Rule(named_day, CALENDAR_FACTS | {"end_day", "shift_rule_named", "cut_off"}),
    "backward_period": Rule(
        backward_period,
        CALENDAR_FACTS
        | {f"{unit}_before" for unit in _LENGTHS}
        | {"start", "filed_on", "end", "latest_end"},
    ),
    "finality": Rule(
        finality_rule,
        frozenset({"notified_on", "period_end", "waiver_received_on", "remedy_filed_on"}),
    ),
    "failure_to_act": Rule(failure_to_act, frozenset({"application_received_on"})),
    "reinstatement": Rule(
        reinstatement,
        CALENDAR_FACTS | {"obstacle_removed_on", "missed_period_end", "requested_on"},
    ),
}
