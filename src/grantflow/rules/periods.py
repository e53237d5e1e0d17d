"""When a letter counts as notified and when a period ends (§§ 187–193 BGB, §§ 31, 41 VwVfG).

All dates are calendar days in Germany. Nothing here looks at today's date.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from grantflow.clock import BERLIN
from grantflow.rules.calendar import Calendar
from grantflow.rules.explanation import Step
from grantflow.rules.profiles import Profile

_DAY = timedelta(days=1)
_MONTHS = 12


class Channel(StrEnum):
    """How a letter reaches its addressee; each way has its own rule of notification."""

    POST = "POST"
    ELECTRONIC = "ELECTRONIC"
    PORTAL_RETRIEVAL = "PORTAL_RETRIEVAL"
    OZG_MAILBOX = "OZG_MAILBOX"
    REGISTERED = "REGISTERED"
    FORMAL_ELECTRONIC = "FORMAL_ELECTRONIC"


# Channel -> (number of days in the rule profile, legal source)
_FICTIONS = {
    Channel.POST: ("deemed_days", "§ 41 Abs. 2 Satz 1 VwVfG"),
    Channel.ELECTRONIC: ("deemed_days", "§ 41 Abs. 2 Satz 2 VwVfG"),
    Channel.OZG_MAILBOX: ("mailbox_days", "§ 9 Abs. 1 Satz 4 OZG"),
    Channel.REGISTERED: ("registered_days", "§ 4 Abs. 2 Satz 2 VwZG"),
    Channel.FORMAL_ELECTRONIC: ("formal_electronic_days", "§ 5 Abs. 7 VwZG"),
}
_RETRIEVAL_LAW = "§ 41 Abs. 2a VwVfG"
_NOT_SHIFTED_LAW = "§ 31 Abs. 3 VwVfG"


@dataclass(frozen=True)
class Sending:
    """The facts of one dispatch: when it was posted, sent, provided or announced, and received."""

    channel: Channel
    on: date
    received_on: date | None = None
    retrieved_on: date | None = None
    never_received: bool = False


@dataclass(frozen=True)
class Length:
    """The length of a period; exactly one unit is set."""

    days: int = 0
    weeks: int = 0
    months: int = 0
    years: int = 0

    def __post_init__(self) -> None:
        """Refuse a mixture, which § 188 BGB does not know."""
        given = [value for value in (self.days, self.weeks, self.months, self.years) if value]
        if len(given) != 1 or given[0] < 0:
            raise ValueError("a period has one unit and is longer than nothing")


@dataclass(frozen=True)
class Notification:
    """The day on which a letter counts as notified; None while (or because) it is not."""

    channel: Channel
    on: date | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Period:
    """A period: the day of its event, its end before and after the shift."""

    start: date
    raw_end: date
    end: date
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class RemedyDates:
    """What follows from sending a decision; none of it is ever printed in the letter."""

    notified_on: date
    raw_end: date
    end: date  # last day of the remedy period
    final_from: date  # first day on which the decision is final
    safe_final_from: date  # the same, with shifted fiction and reserve: release money from here
    steps: tuple[Step, ...]


def notification(
    sent: Sending, profile: Profile, calendar: Calendar, *, shift: bool | None = None
) -> Notification:
    """The day on which a letter counts as notified.

    The number of days comes from the profile as of the day of sending (three until 2024-12-31, four
    after). Receipt later than the fiction replaces it; earlier receipt does not help. Legal source:
    § 41 Abs. 2, 2a VwVfG, § 9 OZG, §§ 4, 5 VwZG. ``shift`` overrides the profile's
    ``shift_deemed_notification`` (by default a fiction that falls on a free day is not moved).
    """
    if sent.channel is Channel.PORTAL_RETRIEVAL:
        return _retrieval(sent, profile)
    name, law = _FICTIONS[sent.channel]
    if sent.never_received:
        return Notification(sent.channel, None, (Step("rules.step.never_received", law),))
    deemed, steps = _deemed(sent.on, profile.number(name, sent.on), law)
    moved = profile.switch("shift_deemed_notification", sent.on) if shift is None else shift
    if moved and not calendar.is_working_day(deemed):
        deemed = calendar.next_working_day(deemed)
        steps += (Step("rules.step.deemed_moved", _NOT_SHIFTED_LAW, {"on": deemed}),)
    return _received(sent, deemed, steps)


def _received(sent: Sending, deemed: date, steps: tuple[Step, ...]) -> Notification:
    """Actual receipt beside the fiction: which of the two counts depends on the channel."""
    received = sent.received_on
    if received is None or sent.channel is Channel.OZG_MAILBOX:
        return Notification(sent.channel, deemed, steps)
    if sent.channel is Channel.FORMAL_ELECTRONIC:
        on = min(received, deemed)
        step = Step("rules.step.acknowledged", "§ 5 Abs. 7 VwZG", {"on": on})
        return Notification(sent.channel, on, (step,))
    if received > deemed:
        law = "§ 41 Abs. 2 Satz 3 VwVfG"
        late = Step("rules.step.received_later", law, {"on": received})
        return Notification(sent.channel, received, (*steps, late))
    return Notification(sent.channel, deemed, steps)


def _deemed(sent_on: date, days: int, law: str) -> tuple[date, tuple[Step, ...]]:
    on = sent_on + timedelta(days=days)
    return on, (Step("rules.step.deemed", law, {"sent": sent_on, "days": days, "on": on}),)


def _retrieval(sent: Sending, profile: Profile) -> Notification:
    """Portal with consent: the day after retrieval; not retrieved in time is not notified."""
    last = sent.on + timedelta(days=profile.number("retrieval_days", sent.on))
    retrieved = sent.retrieved_on
    if retrieved is None or retrieved > last:
        step = Step("rules.step.not_retrieved", _RETRIEVAL_LAW, {"sent": sent.on, "last": last})
        return Notification(sent.channel, None, (step,))
    on = retrieved + _DAY
    step = Step("rules.step.retrieved", _RETRIEVAL_LAW, {"retrieved": retrieved, "on": on})
    return Notification(sent.channel, on, (step,))


def raw_end(start: date, length: Length) -> date:
    """The last day of a period before any shift; the day of the event is not counted.

    Legal source: §§ 187 Abs. 1, 188 Abs. 1–3 BGB.
    """
    if length.days or length.weeks:
        return start + timedelta(days=length.days, weeks=length.weeks)
    months = start.month - 1 + length.months + _MONTHS * length.years
    year, month = start.year + months // _MONTHS, months % _MONTHS + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def period(start: date, length: Length, calendar: Calendar) -> Period:
    """A period that begins with an event on ``start`` and never ends on a free day.

    Legal source: § 31 Abs. 1, 3 VwVfG with §§ 187–193 BGB.
    """
    raw = raw_end(start, length)
    law = "§ 31 Abs. 1 VwVfG, §§ 187 Abs. 1, 188 BGB"
    steps = (
        Step("rules.step.begins", "§ 187 Abs. 1 BGB", {"start": start, "first": start + _DAY}),
        Step("rules.step.raw_end", law, {"on": raw}),
    )
    end, shifted = _shifted(raw, calendar)
    return Period(start, raw, end, steps + shifted)


def fixed_day(
    day: date, calendar: Calendar, *, shift_rule_named: bool = False, cut_off: bool = False
) -> Period:
    """A last day named by the authority.

    It moves to the next working day unless the letter named the day with reference to the shift
    rule (§ 31 Abs. 3 Satz 2 VwVfG) or the guideline means a cut-off date.
    """
    if shift_rule_named or cut_off:
        key = "rules.step.cut_off" if cut_off else "rules.step.fixed_named"
        law = "" if cut_off else "§ 31 Abs. 3 Satz 2 VwVfG"
        return Period(day, day, day, (Step(key, law, {"on": day}),))
    end, shifted = _shifted(day, calendar)
    return Period(day, day, end, (Step("rules.step.fixed", "", {"on": day}), *shifted))


def _shifted(day: date, calendar: Calendar) -> tuple[date, tuple[Step, ...]]:
    end = calendar.next_working_day(day)
    if end == day:
        return day, ()
    why = calendar.holiday(day)
    key = "rules.step.shifted_holiday" if why else "rules.step.shifted_weekend"
    law = "§ 31 Abs. 3 Satz 1 VwVfG, § 193 BGB"
    return end, (Step(key, law, {"from": day, "on": end, "holiday": why}),)


def remedy_period(
    notified_on: date, profile: Profile, calendar: Calendar, *, instruction_correct: bool = True
) -> Period:
    """The period for objection or action; one year without a correct instruction.

    Legal source: §§ 58 Abs. 2, 70 Abs. 1, 74 Abs. 1 VwGO, § 57 Abs. 2 VwGO with § 222 ZPO.
    """
    name = "remedy_months" if instruction_correct else "remedy_months_without_instruction"
    counted = period(notified_on, Length(months=profile.number(name, notified_on)), calendar)
    key = "rules.step.remedy" if instruction_correct else "rules.step.no_instruction"
    law = "§§ 70 Abs. 1, 74 Abs. 1 VwGO" if instruction_correct else "§ 58 Abs. 2 VwGO"
    return Period(counted.start, counted.raw_end, counted.end, (Step(key, law), *counted.steps))


def finality(end: date) -> date:
    """The first day on which a decision is final when no remedy was filed until ``end``."""
    return end + _DAY


def remedy_dates(
    sent: Sending,
    profile: Profile,
    calendar: Calendar,
    *,
    instruction_correct: bool = True,
) -> RemedyDates | None:
    """All dates that follow from sending a decision; None if it was not notified.

    ``safe_final_from`` moves the fiction off free days (the stricter view) and adds the profile's
    ``proof_reserve_days``; nothing is paid before it without a waiver.
    """
    notified = notification(sent, profile, calendar)
    if notified.on is None:
        return None
    count = remedy_period(notified.on, profile, calendar, instruction_correct=instruction_correct)
    safe_start = calendar.next_working_day(notified.on)
    safe = remedy_period(safe_start, profile, calendar, instruction_correct=instruction_correct)
    reserve = timedelta(days=profile.number("proof_reserve_days", sent.on))
    final, safe_final = finality(count.end), finality(safe.end) + reserve
    closing = (
        Step("rules.step.final", "", {"on": final}),
        Step("rules.step.safe_final", "", {"on": safe_final, "days": reserve.days}),
    )
    steps = (*notified.steps, *count.steps, *closing)
    return RemedyDates(notified.on, count.raw_end, count.end, final, safe_final, steps)


def first_moment_after(day: date) -> datetime:
    """The first moment after a last day as UTC, for timers: midnight in Germany."""
    return datetime.combine(day + _DAY, time(), BERLIN).astimezone(UTC)
