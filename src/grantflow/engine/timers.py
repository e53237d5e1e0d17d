"""ISO 8601 as timers use it: durations, moments, cycles; days are days in Germany."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from grantflow.clock import BERLIN

_DURATION = re.compile(
    r"P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?"
)
_CYCLE = re.compile(r"R(\d*)/(?:([^/]+)/)?(P[^/]+)")
_MOST_YEARS = 100


@dataclass(frozen=True)
class Duration:
    """A length of time; months and days are counted on the calendar, the rest on the clock."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def after(self, start: datetime, times: int = 1) -> datetime:
        """The moment this much after the start (aware), as UTC; wall time stays over days."""
        here = start.astimezone(BERLIN)
        month = here.year * 12 + here.month - 1 + self.months * times
        year, index = divmod(month, 12)
        day = min(here.day, monthrange(year, index + 1)[1])
        there = here.replace(year=year, month=index + 1, day=day) + timedelta(self.days * times)
        return there.astimezone(UTC) + timedelta(seconds=self.seconds * times)


@dataclass(frozen=True)
class Cycle:
    """A repetition: how often (-1 = for ever), from when (None = one interval from now)."""

    times: int
    start: datetime | None
    every: Duration


def parse_duration(text: str) -> Duration | None:
    """``P14D``, ``P1Y6M``, ``PT36H``, ``P2W``; None when it is none of these or too long."""
    found = _DURATION.fullmatch(text.strip().upper())
    if not found:
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(g or 0) for g in found.groups())
    length = Duration(years * 12 + months, weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)
    total = length.months * 31 + length.days + length.seconds // 86_400
    return length if total <= _MOST_YEARS * 366 else None


def parse_moment(text: str) -> datetime | None:
    """A date (its first moment in Germany) or a date-time (German time if it says nothing)."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if len(text.strip()) == len("2026-01-31"):
            moment = datetime.combine(date.fromisoformat(text.strip()), time())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=BERLIN)
    return moment.astimezone(UTC)


def parse_cycle(text: str) -> Cycle | None:
    """``R3/P14D``, ``R/P1M``, ``R2/2026-01-31T08:00:00/P1M``; None when it is none of these."""
    found = _CYCLE.fullmatch(text.strip().upper())
    if not found:
        return None
    start = parse_moment(found[2]) if found[2] else None
    every = parse_duration(found[3])
    if every is None or every == Duration() or (found[2] and start is None):
        return None
    return Cycle(int(found[1]) if found[1] else -1, start, every)


def due(text: str, now: datetime) -> datetime | None:
    """When a timer of this text, started now, is due (UTC); None when the text is no ISO 8601."""
    length = parse_duration(text)
    return length.after(now) if length is not None else parse_moment(text)
