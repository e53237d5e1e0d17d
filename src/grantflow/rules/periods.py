"""When a period ends (§§ 187–193 BGB, § 31 VwVfG) and what follows from a notification.

All dates are calendar days in Germany. Nothing here looks at today's date.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from grantflow.clock import BERLIN
from grantflow.rules.calendar import Calendar
from grantflow.rules.explanation import Step
from grantflow.rules.notification import Channel, Notification, Sending, notification
from grantflow.rules.profiles import Profile

__all__ = [
    "Channel",
    "Length",
    "Notification",
    "Period",
    "RemedyDates",
    "Sending",
    "backward",
    "extended",
    "finality",
    "first_moment_after",
    "fixed_day",
    "last_day",
    "notification",
    "period",
    "raw_end",
    "remedy_dates",
    "remedy_period",
]
_DAY = timedelta(days=1)
_MONTHS = 12


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


def raw_end(start: date, length: Length) -> date:
    """The last day of a period before any shift; the day of the event is not counted.

    Legal source: §§ 187 Abs. 1, 188 Abs. 1–3 BGB.
    """
    if length.days or length.weeks:
        return start + timedelta(days=length.days, weeks=length.weeks)
    return _months_on(start, length.months + _MONTHS * length.years)


def _months_on(start: date, months: int) -> date:
    """The same number of the day some months on (or back); a missing day becomes the last one."""
    count = start.month - 1 + months
    year, month = start.year + count // _MONTHS, count % _MONTHS + 1
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


def backward(event: date, length: Length, calendar: Calendar) -> Period:
    """The last day to act before an event, e.g. an application four weeks before the start.

    ``raw_end`` is the last calendar day, ``end`` the last working day on or before it: a period
    counted backwards is never moved towards the event. Legal source: §§ 187, 188 BGB by analogy.
    """
    raw = _before(event, length)
    end = calendar.previous_working_day(raw)
    law = "§§ 187 Abs. 1, 188 BGB"
    counted = Step("rules.step.backward", law, {"event": event, "on": raw})
    if end == raw:
        return Period(event, raw, end, (counted,))
    moved = Step("rules.step.backward_moved", "§ 193 BGB", {"from": raw, "on": end})
    return Period(event, raw, end, (counted, moved))


def _before(event: date, length: Length) -> date:
    if length.days or length.weeks:
        return event - timedelta(days=length.days, weeks=length.weeks)
    return _months_on(event, -length.months - _MONTHS * length.years)


def extended(before: Period, length: Length, calendar: Calendar) -> Period:
    """A period set by an authority and extended, even after it ended (§ 31 Abs. 7 VwVfG).

    The extension is counted from the end of the period before it, moved off free days (§ 190 BGB;
    BGH 10.03.2009 VII ZB 87/08).
    """
    raw = raw_end(before.end, length)
    end, shifted = _shifted(raw, calendar)
    law = "§ 31 Abs. 7 VwVfG, § 190 BGB"
    step = Step("rules.step.extended", law, {"from": before.end, "on": raw})
    return Period(before.start, raw, end, (*before.steps, step, *shifted))


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


def earliest_due(profile: Profile, calendar: Calendar, on: date) -> date:
    """The earliest day by which a letter that leaves ``on`` a day may ask for something.

    That is a working day after the fiction of notification by post. Legal source: § 28 Abs. 1,
    § 41 Abs. 2, § 43 Abs. 1 VwVfG.
    """
    notified = notification(Sending(Channel.POST, on), profile, calendar).on or on
    return calendar.next_working_day(notified + timedelta(days=1))


def first_moment_after(day: date) -> datetime:
    """The first moment after a last day as UTC, for timers: midnight in Germany."""
    return datetime.combine(day + _DAY, time(), BERLIN).astimezone(UTC)


def last_day(moment: datetime) -> date:
    """The last calendar day (Germany) a limit leaves, the inverse of ``first_moment_after``.

    What ends at midnight ends with the day before (§ 188 BGB); any other time ends on its own day.
    """
    there = moment.astimezone(BERLIN)
    return there.date() - _DAY if there.time() == time() else there.date()
