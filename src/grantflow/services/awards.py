"""The terms of a grant after an amendment or a partial revocation: amount and end of the period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.engine import Effect
from grantflow.errors import GrantFlowError
from grantflow.services.decisions import euro
from grantflow.services.move import Move
from grantflow.store import awards as rows
from grantflow.store.tables import AwardTerm, ProcessInstance

AMOUNT, UNTIL = "approved_amount", "period_until"
"""The routing values that hold amount and end of the funding period."""


def award(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Set what the grant amounts to (euro) and when its funding period ends (ISO) from now on.

    Raises GrantFlowError naming the element for an amount or a day that is none.
    """
    amount = euro(effect.params["amount"], effect.element_id)
    until = _day(effect)
    rows.add(
        move.session,
        AwardTerm(
            case_id=move.case.id,
            authority_id=move.case.authority_id,
            instance_id=row.id,
            amount=amount,
            until=until,
            at=move.now,
        ),
    )
    move.case.approved = amount
    move.note(
        "award.changed",
        instance_id=row.id,
        element_id=effect.element_id,
        public=True,
        amount=str(amount),
        until=until.isoformat(),
    )
    return {}


def _day(effect: Effect) -> date:
    raw = str(effect.params["until"])
    try:
        return date.fromisoformat(raw[:10])
    except ValueError:
        raise GrantFlowError("after_award.until", value=raw) from None


def award_terms(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """The terms that count now, as a context of amount and until; both null if never amended."""
    found = rows.latest(move.session, move.case.id)
    if found is None:
        return {"value": {"amount": None, "until": None}}
    return {"value": {"amount": float(found.amount), "until": found.until.isoformat()}}


def facts(session: Session, case_id: UUID) -> dict[str, Any]:
    """The routing values that a new side process begins with, where the grant was amended."""
    found = rows.latest(session, case_id)
    if found is None:
        return {}
    return {AMOUNT: float(found.amount), UNTIL: found.until.isoformat()}
