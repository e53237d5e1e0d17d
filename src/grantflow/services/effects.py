"""The closed vocabulary of what a diagram may ask for, each name with the service that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grantflow.engine import Effect
from grantflow.errors import GrantFlowError
from grantflow.services import (
    awards,
    balances,
    computations,
    deadlines,
    decisions,
    ledger_effects,
    letter_effects,
    notices,
    payments,
    register,
    standing,
    suspension,
    waivers,
)
from grantflow.services.closing import require_nothing_open
from grantflow.services.move import Move
from grantflow.services.wording import both
from grantflow.store.tables import ProcessInstance

NOTHING: Mapping[str, Any] = {}
CLOSED = "CLOSED"
Carry = Callable[[Move, ProcessInstance, Effect], Mapping[str, Any]]


def status(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Set what lists show; the stage only where it is said. Some statuses set money free.

    Raises Conflict where the case would be closed while something else is left to do in it.
    """
    if effect.params["status"] == CLOSED:
        require_nothing_open(move, row)
    move.case.status = str(effect.params["status"])
    ledger_effects.release_when_over(move, row, effect)
    if effect.params.get("stage"):
        move.case.stage = str(effect.params["stage"])
    move.note(
        "status.changed",
        instance_id=row.id,
        element_id=effect.element_id,
        public=True,
        status=move.case.status,
        name=both(f"status.{move.case.status}", move.case.status),
    )
    return NOTHING


def start_process(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Remember to start a side process; it begins once the present step is written."""
    move.starts.append(str(effect.params["process"]))
    return NOTHING


EFFECTS: Mapping[str, Carry] = {
    "letter": letter_effects.letter,
    "dispatch": letter_effects.dispatch,
    "discard": letter_effects.discard,
    "status": status,
    "decide": decisions.decide,
    "deadline": deadlines.start,
    "meet_deadline": deadlines.meet,
    "notify": notices.notify,
    "start_process": start_process,
    "pay": payments.pay,
    "balance": balances.read,
    "compute": computations.run,
    "compute_grant": computations.of_grant,
    "publish": register.publish,
    "reserve": ledger_effects.reserve,
    "commit": ledger_effects.commit,
    "release": ledger_effects.release,
    "record_return": ledger_effects.record_return,
    "award": awards.award,
    "award_terms": awards.award_terms,
    "suspend": suspension.suspend,
    "resume": suspension.resume,
    "remedy_check": suspension.remedy_check,
    "standing": standing.read,
    "waive": waivers.waive,
}


def carry_out(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Do what a service task asks; the result is handed back to the diagram.

    Raises GrantFlowError naming diagram and element when the effect cannot be done.
    """
    carry = EFFECTS.get(effect.name)
    if carry is None:
        raise GrantFlowError(
            "effects.unknown", effect=effect.name, diagram=row.process_id, element=effect.element_id
        )
    try:
        return carry(move, row, effect)
    except GrantFlowError as error:
        # Whoever draws the diagram must find the place, whatever went wrong there.
        place = {"diagram": row.process_id, "element": effect.element_id}
        error.params = {**place, **error.params}
        raise
