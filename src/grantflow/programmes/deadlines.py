"""From the parameters of a ``deadline`` effect to a computed period, by the programme's rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from grantflow.errors import GrantFlowError
from grantflow.programmes.load import Programme
from grantflow.rules.calendar import Calendar, calendar
from grantflow.rules.periods import (
    Channel,
    Length,
    Period,
    Sending,
    fixed_day,
    notification,
    period,
    remedy_dates,
)
from grantflow.rules.profiles import Profile, at, parse

UNITS = ("days", "weeks", "months")


@dataclass(frozen=True)
class Terms:
    """What periods are counted by: the rule profile of a day and the authority's holidays."""

    profile: Profile
    calendar: Calendar

    @staticmethod
    def of(programme: Programme, on: date) -> Terms:
        """The frozen rules of a programme version as of a day. Raises BadProgramme."""
        file = programme.file
        path = f"_shared/rules/{file.profile}.toml"
        book = parse(programme.package.files[path], path)
        return Terms(
            at(book, on, file.profile_overrides), calendar(file.authority.holiday_calendar)
        )


def computed(
    terms: Terms, params: Mapping[str, Any], on: date, sending: Sending | None = None
) -> Period:
    """The period a ``deadline`` effect asks for; days are calendar days in Germany.

    ``on`` is the day the diagram reached the effect, ``sending`` says how and when its ``letter``
    left: the period then begins with the notification (§ 41 VwVfG). Kinds: ``response`` and
    ``fixed`` with ``days``/``weeks``/``months`` or ``date``; ``remedy`` (§§ 70, 74 VwGO; ends with
    the last day before safe finality); ``statement_of_use`` and ``interim_statement`` count the
    profile's months from ``date`` (ANBest-P Nr. 6.1).
    Raises GrantFlowError when a parameter is missing.
    """
    kind = str(params["kind"])
    if kind == "remedy":
        return _remedy(terms, sending or Sending(Channel.POST, on))
    start = _start(terms, on, sending)
    if kind == "statement_of_use":
        return _statement(terms, _date(params, kind), "statement_of_use_months")
    if kind == "interim_statement":
        return _statement(terms, _date(params, kind), "interim_statement_months")
    if params.get("date"):
        return fixed_day(_date(params, kind), terms.calendar)
    return period(start, _length(params, kind), terms.calendar)


def _start(terms: Terms, on: date, sending: Sending | None) -> date:
    if sending is None:
        return on
    return notification(sending, terms.profile, terms.calendar).on or sending.on


def _remedy(terms: Terms, sending: Sending) -> Period:
    """The remedy period, prolonged to the last day before money may safely be paid."""
    dates = remedy_dates(sending, terms.profile, terms.calendar)
    if dates is None:
        raise GrantFlowError("programmes.deadline_not_notified", channel=str(sending.channel))
    last = date.fromordinal(dates.safe_final_from.toordinal() - 1)
    return Period(dates.notified_on, dates.raw_end, last, dates.steps)


def _statement(terms: Terms, end: date, name: str) -> Period:
    return period(end, Length(months=terms.profile.number(name)), terms.calendar)


def _date(params: Mapping[str, Any], kind: str) -> date:
    raw = params.get("date")
    try:
        return date.fromisoformat(str(raw)[:10])
    except ValueError:
        raise GrantFlowError("programmes.deadline_date", kind=kind, value=str(raw)) from None


def _length(params: Mapping[str, Any], kind: str) -> Length:
    for unit in UNITS:
        if params.get(unit):
            return Length(**{unit: int(params[unit])})
    raise GrantFlowError("programmes.deadline_length", kind=kind)
