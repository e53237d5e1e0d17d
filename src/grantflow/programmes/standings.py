"""How a decision stands after the remedies against it; the same in cases and in rehearsals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from grantflow.forms.amounts import as_number

UPHELD = "upheld"
IN_PART = frozenset({"partly", "compromise"})


class Remedy(Protocol):
    """An objection or a court action: without an outcome while it is pending."""

    suspends: bool
    outcome: str
    remaining: Decimal | None


def standing(remedies: Sequence[Remedy], *, over: bool, disputed: Decimal | None) -> dict[str, Any]:
    """What diagrams read of a decision; ``remedies`` oldest first, ``over``: the period is.

    What a remedy has taken away stays away: a court that dismisses the action leaves the part that
    was granted on the objection. Amounts are euro. See ``services.standing.read`` for the names.
    """
    pending = [one for one in remedies if not one.outcome]
    annulled = any(one.outcome == UPHELD for one in remedies)
    in_part = [] if annulled else [one for one in remedies if one.outcome in IN_PART]
    left = [one.remaining for one in in_part if one.remaining is not None]
    return {
        "pending": bool(pending),
        "contested": any(one.suspends for one in pending),
        "annulled": annulled,
        "partly": bool(in_part),
        "remaining": as_number(min(left)) if left else None,
        "final": not pending and not annulled and (over or bool(remedies)),
        "disputed": None if disputed is None else as_number(min([disputed, *left])),
    }


def in_time(received_on: date, ends_on: date | None, waived_on: date | None) -> dict[str, Any]:
    """Whether a remedy received that day comes in time, as the effect ``remedy_check`` says it."""
    said = {"waived_on": waived_on.isoformat() if waived_on else ""}
    if ends_on is None:
        return {"known": False, "in_time": False, "ends_on": "", **said}
    timely = received_on <= ends_on
    return {"known": True, "in_time": timely, "ends_on": ends_on.isoformat(), **said}
