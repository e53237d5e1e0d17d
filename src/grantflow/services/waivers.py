"""A waiver of remedies: who declares it makes a decision final on the day it is received."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from grantflow.engine import Effect
from grantflow.errors import Conflict, GrantFlowError
from grantflow.services.dispatch_checks import Entry, require_day
from grantflow.services.move import Move
from grantflow.services.notification import Dates, day_of, opens_remedy
from grantflow.store import acts
from grantflow.store import deadlines as deadline_rows
from grantflow.store import letters as letter_rows
from grantflow.store.tables import Dispatch, ProcessInstance


def set_final(entry: Entry, on: date) -> None:
    """Write the day of the waiver into the register; payments are possible from that day.

    Raises Invalid for a day before the dispatch or in the future, Conflict for a letter without
    remedy, a second waiver, a letter that is not notified and a decision that is final already.
    """
    dispatch = entry.dispatch
    if not opens_remedy(entry.programme, entry.letter):
        raise Conflict("dispatches.no_remedy")
    require_day(entry, on)
    if dispatch.waived_on is not None:
        raise Conflict("dispatches.waived_already", on=dispatch.waived_on)
    if dispatch.notified_on is None or dispatch.safe_finality is None:
        raise Conflict("dispatches.not_notified_yet")
    if dispatch.safe_finality <= on:
        raise Conflict("dispatches.final_already", on=dispatch.safe_finality)
    dispatch.waived_on = dispatch.safe_finality = on


def waive(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """The diagram has received a waiver of remedies against the newest ``letter`` of a name.

    ``received_on`` is an ISO date; without it the waiver is received today. The remedy period of
    that dispatch is over; processes that wait for finality are told by the diagram's message.
    Raises Invalid and Conflict as ``set_final``, Conflict also for a letter that has not left.
    """
    name = str(effect.params["letter"])
    dispatch = acts.latest_dispatch(move.session, move.case.id, name)
    if dispatch is None or dispatch.sent_at is None:
        raise Conflict("dispatches.not_notified_yet")
    letter = letter_rows.get_letter(move.session, dispatch.letter_id)
    before, on = Dates.of(dispatch), _day(move, effect)
    set_final(Entry(move.case, dispatch, letter, move.programme), on)
    _end_period(move, dispatch)
    move.note(
        "dispatch.waived",
        instance_id=row.id,
        element_id=effect.element_id,
        letter=str(letter.id),
        dispatch=str(dispatch.id),
        title=letter.title,
        on=on.isoformat(),
        note="",
        before=before.as_facts(),
        after=Dates.of(dispatch).as_facts(),
    )
    return {}


def _day(move: Move, effect: Effect) -> date:
    """The day the waiver was received; today if nothing is said. Raises GrantFlowError."""
    raw = effect.params.get("received_on")
    if raw is None or raw == "":
        return day_of(move.now)
    try:
        return date.fromisoformat(str(raw)[:10])
    except ValueError:
        raise GrantFlowError("after_award.received_on", value=str(raw)) from None


def _end_period(move: Move, dispatch: Dispatch) -> None:
    """Only the remedy period of this very dispatch; those of other decisions go on."""
    for deadline in deadline_rows.of_dispatch(move.session, dispatch.id, ("running", "missed")):
        if deadline.kind == "remedy":
            deadline.state = "met"
