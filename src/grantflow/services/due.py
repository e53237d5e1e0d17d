"""When a task is due: from the property of its diagram element to a moment."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from grantflow.clock import BERLIN
from grantflow.errors import GrantFlowError
from grantflow.rules.calendar import Calendar
from grantflow.rules.periods import Length, first_moment_after, raw_end
from grantflow.services.notification import HELD

_DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?"
)


def due_at(value: object, now: datetime, element_id: str, working: Calendar) -> datetime | None:
    """The moment (UTC) a task is due; None where nothing was said or the period has not begun.

    ``value`` is an ISO 8601 duration counted from ``now``, a date (the whole day is left), or a
    date-time; one without offset is German time. A duration of days or longer that would end on a
    Saturday, Sunday or holiday of ``working`` ends on the next working day at the same hour
    (§ 31 Abs. 3 VwVfG). Raises GrantFlowError naming the element.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return _aware(value)
    if isinstance(value, date):
        return first_moment_after(value)
    moment = _parsed(str(value).strip(), now, element_id, working)
    return None if moment == HELD else moment


def _parsed(text: str, now: datetime, element_id: str, working: Calendar) -> datetime:
    duration = _DURATION.fullmatch(text)
    if duration and any(duration.groups()):
        parts = {name: int(n) for name, n in duration.groupdict(default="0").items()}
        end = _later(now, parts)
        in_days = any(parts[name] for name in ("years", "months", "weeks", "days"))
        return _on_working_day(end, working) if in_days else end
    try:
        if len(text) == len("2027-01-31"):
            return first_moment_after(date.fromisoformat(text))
        return _aware(datetime.fromisoformat(text))
    except ValueError:
        key = "services.tasks.due_unreadable"
        raise GrantFlowError(key, element=element_id, value=text) from None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)


def _later(now: datetime, parts: dict[str, int]) -> datetime:
    """Months and years by the calendar, so that a month from 31 January ends in February."""
    local, months = now.astimezone(BERLIN), parts["years"] * 12 + parts["months"]
    if months:
        local = datetime.combine(raw_end(local.date(), Length(months=months)), local.timetz())
    local += timedelta(days=parts["weeks"] * 7 + parts["days"])
    return local.astimezone(now.tzinfo) + timedelta(hours=parts["hours"], minutes=parts["minutes"])


def _on_working_day(end: datetime, working: Calendar) -> datetime:
    local = end.astimezone(BERLIN)
    day = working.next_working_day(local.date())
    return end if day == local.date() else datetime.combine(day, local.timetz()).astimezone(UTC)
