"""What a rehearsal computes by the rules of the programme: rules by name, the end of a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from grantflow.clock import BERLIN
from grantflow.programmes.deadlines import Terms
from grantflow.rules.computing import completed, compute
from grantflow.rules.periods import Channel, Sending, first_moment_after, remedy_dates


def computed_rule(terms: Terms, params: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a rule as a diagram gets them: money as number, dates as ISO text.

    Every parameter but ``rule`` is a fact; one that is null counts as not given. Raises NotFound,
    Invalid, MissingValue.
    """
    facts = dict(params)
    rule = str(facts.pop("rule"))
    usual = {"calendar": terms.calendar.land, "today": terms.profile.on}
    found = compute(rule, completed(rule, facts, usual), terms.profile)
    return {name: plain(value) for name, value in found.values.items()}


def plain(value: Any) -> Any:
    """A value of a rule as FEEL and JSON know it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def remedy_in_time(terms: Terms, sent: datetime | None, received_on: str) -> dict[str, Any]:
    """Whether a remedy received that day (ISO) is in time for a letter posted at that moment."""
    dates = None
    if sent is not None:
        sending = Sending(Channel.POST, sent.astimezone(BERLIN).date())
        dates = remedy_dates(sending, terms.profile, terms.calendar)
    if dates is None:
        return {"known": False, "in_time": False, "ends_on": ""}
    in_time = date.fromisoformat(received_on[:10]) <= dates.end
    return {"known": True, "in_time": in_time, "ends_on": dates.end.isoformat()}


def as_moment(value: Any) -> datetime:
    """A date or naive time of programme.toml as an aware moment in Germany."""
    if not isinstance(value, datetime):
        return first_moment_after(value)
    return value if value.tzinfo else value.replace(tzinfo=BERLIN)
