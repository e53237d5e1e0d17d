"""What a letter says about law and time: names of the acts, and the last day for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.letters import model as values
from grantflow.letters.model import Law, LetterModel
from grantflow.programmes import deadlines, drafted
from grantflow.programmes.deadlines import Terms
from grantflow.programmes.load import Programme
from grantflow.rules import citation
from grantflow.rules.periods import Sending, fixed_day, notification
from grantflow.services import profiles
from grantflow.services.move import Move
from grantflow.services.notification import CHANNELS, CORRECTS
from grantflow.store.tables import Letter

_CITING = ("basis",)
"""Facts in which a diagram cites the law."""


def terms_of(move: Move) -> Terms:
    """The profile and the holidays that count for a letter of this day."""
    return profiles.terms(move.session, move.programme, _today(move))


def law(terms: Terms) -> Law:
    """The names of the procedure act and of the budget code; empty where the profile has none."""
    names = citation.names_of(terms.profile)
    return Law(names.procedure, names.budget)


def cited(facts: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """The facts, with the law they cite under the names of the area."""
    names = citation.names_of(terms.profile)
    own = {name: facts[name] for name in _CITING if isinstance(facts.get(name), str)}
    return {**facts, **{name: citation.cited(said, names) for name, said in own.items()}}


def with_last_day(facts: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """The facts, with the last day a diagram sets (``due``) where the period really ends.

    What ends on a free day runs on to the next working day (§ 31 Abs. 3 Satz 1 VwVfG); the deadline
    of the case does, so its letter names the same day.
    """
    due = drafted.day_of(facts.get("due"))
    if due is None:
        return dict(facts)
    return {**facts, "due": fixed_day(due, terms.calendar).end.isoformat()}


def respond_by(terms: Terms, facts: Mapping[str, Any], channel: str, on: date) -> date | None:
    """The last day of a period that begins with a letter, if it leaves on a day by its channel.

    The same rule sets the deadline of the case once the letter has left (§ 31 VwVfG, §§ 187 to 193
    BGB). None where no length is given, or where nobody knows when it will be notified.
    """
    given = {unit: facts[unit] for unit in deadlines.UNITS if facts.get(unit)}
    sending = Sending(CHANNELS[channel], on) if channel in CHANNELS else None
    if not given or sending is None:
        return None
    if notification(sending, terms.profile, terms.calendar).on is None:
        return None
    return deadlines.computed(terms, {"kind": "response", **given}, on, sending).end


def dated(session: Session, programme: Programme, letter: Letter, on: date) -> LetterModel:
    """What a draft says if it leaves on a day: its date, and the last day for an answer.

    A letter bears the day on which somebody answers for it, not the one on which it was drafted.
    A correction leaves the periods of the letter it corrects as they were (§ 42 VwVfG).
    """
    model = values.load(letter.model)
    model = replace(model, info=replace(model.info, on=on))
    if letter.relation == CORRECTS:
        return model
    terms = profiles.terms(session, programme, on)
    return replace(model, respond_by=respond_by(terms, model.facts, letter.channel, on))


def _today(move: Move) -> date:
    return move.now.astimezone(BERLIN).date()
