"""What a rehearsal computes by the rules of the programme: rules by name, the end of a remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from grantflow.clock import BERLIN
from grantflow.programmes.deadlines import Terms
from grantflow.rules.computing import completed, compute
from grantflow.rules.periods import first_moment_after


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


def balance(
    grant: tuple[Decimal, Decimal],
    paid: Decimal,
    returned: Decimal,
    today: date,
    *,
    overdue: bool,
    won: Sequence[str],
    came_back: Decimal,
) -> dict[str, Any]:
    """What the effect of that name tells: sums in euro, days as ISO text.

    ``grant`` is what is granted now, and what it was at most; ``won`` what remedies overcame.
    """
    granted, most = grant
    sums = {"granted": granted, "most_granted": most, "paid": paid, "returned": returned}
    rest = {"kept": paid - returned, "unpaid": max(Decimal(0), granted - paid)}
    days = {"first_paid_on": None, "paid_on": None, "today": today}
    rest["unreceived"] = max(Decimal(0), returned - paid)
    told = {**sums, **rest, **days, "overdue_statements": int(overdue)}
    more = {
        "renounced": 0,
        "withdrawn": 0,
        "came_back": plain(came_back),
        "remedies_won": [*won],
        "held": False,
    }
    return {name: plain(value) for name, value in told.items()} | more


def as_moment(value: Any) -> datetime:
    """A date or naive time of programme.toml as an aware moment in Germany."""
    if not isinstance(value, datetime):
        return first_moment_after(value)
    return value if value.tzinfo else value.replace(tzinfo=BERLIN)
