"""Decisions about a grant: what was decided, by whom it was prepared and countersigned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from grantflow.engine import Effect
from grantflow.errors import GrantFlowError, NotAllowed
from grantflow.rules.rounding import cents
from grantflow.services import profiles
from grantflow.services.move import Move
from grantflow.services.wording import both
from grantflow.store import forms_data
from grantflow.store import payments as rows
from grantflow.store import tasks as task_rows
from grantflow.store.tables import Decision, ProcessInstance

_NOISE = Decimal("0.000001")  # euro; what binary fractions are off by


def euro(value: object, element_id: str) -> Decimal:
    """An amount in euro to the cent, not below zero. Raises GrantFlowError naming the element."""
    amount = signed_euro(value, element_id)
    if amount < 0:
        raise GrantFlowError("effects.amount", element=element_id, value=str(value))
    return amount


def signed_euro(value: object, element_id: str) -> Decimal:
    """An amount or a difference in euro to the cent. Raises GrantFlowError naming the element.

    Numbers of expressions are binary fractions, so 0.1 + 0.2 is taken as 0.30; a real third decimal
    is refused, because nobody has said how to round it.
    """
    try:
        given = Decimal(str(value))
        amount = cents(given)
    except InvalidOperation:
        raise GrantFlowError("effects.amount", element=element_id, value=str(value)) from None
    if not amount.is_finite():
        raise GrantFlowError("effects.amount", element=element_id, value=str(value))
    if abs(given - amount) >= _NOISE:
        raise GrantFlowError("effects.cents", element=element_id, value=str(value))
    return amount


def decide(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Write the decision down with preparer and countersigner.

    Whoever did the last task countersigns what the elements of its ``not_by`` have prepared; a
    task without ``not_by`` decides alone. Raises NotAllowed when one person would be both (four
    eyes), or when nobody of the authority has acted (no automatic discretion, § 35a VwVfG).
    """
    params = effect.params
    amount = params.get("amount")
    decision = Decision(
        case_id=move.case.id,
        authority_id=move.case.authority_id,
        kind=str(params["kind"]),
        outcome=str(params["outcome"]),
        amount=None if amount in (None, "") else euro(amount, effect.element_id),
        reasons=_reasons(move, str(params.get("reasons_from") or "")),
        facts={
            "element": effect.element_id,
            "process": row.process_id,
            "rules": profiles.binding(move.session, move.programme, move.now).as_facts(),
        },
        at=move.now,
    )
    decision.prepared_by, decision.countersigned_by = signers(move)
    rows.add_decision(move.session, decision)
    if decision.kind == "grant" and decision.amount is not None:
        move.case.approved = decision.amount
    move.note(
        "decision.made",
        instance_id=row.id,
        element_id=effect.element_id,
        decision=decision.kind,
        outcome=decision.outcome,
        name=both(f"effects.outcome.{decision.outcome}", decision.outcome),
        amount=None if decision.amount is None else str(decision.amount),
    )
    return {}


def signers(move: Move) -> tuple[UUID, UUID | None]:
    """Who prepared the step and (if a second person was needed) who countersigned it.

    Raises NotAllowed when one person would be both, or nobody of the authority has acted.
    """
    last, doer = move.last_task(), move.last_doer()
    if last is None or doer is None:
        raise NotAllowed("effects.nobody_decided")
    if not last.not_by:
        return doer, None
    preparers: Sequence[UUID] = task_rows.doers(move.session, move.case.id, last.not_by)
    if doer in preparers:
        raise NotAllowed("services.tasks.four_eyes")
    return (preparers[0], doer) if preparers else (doer, None)


def _reasons(move: Move, source: str) -> str:
    """The text of ``form.field``, or nothing."""
    form, _, field = source.partition(".")
    if not form or not field:
        return ""
    answers = forms_data.find_latest(move.session, move.case.id, form)
    return str((answers.answers if answers else {}).get(field) or "")
