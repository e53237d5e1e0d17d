"""Payments of a case: asked for, approved or refused, ordered, each after the one before."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grantflow.engine import Effect
from grantflow.errors import Conflict, NotAllowed
from grantflow.services.decisions import euro, signers
from grantflow.services.move import Move
from grantflow.store import payments as rows
from grantflow.store.tables import Payment, ProcessInstance

_BEFORE = {"approved": ("requested",), "refused": ("requested",), "ordered": ("approved",)}


def pay(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Bring the payment of this process to a state; ``requested`` begins a new one (euro).

    Raises Conflict when a state is skipped or more would be paid than was granted, NotAllowed when
    a payment is ordered by one person alone (VV zu §§ 70 ff. BHO/LHO): the task that orders must
    bar whoever checked, through ``not_by``.
    """
    state = str(effect.params["state"])
    amount = euro(effect.params["amount"], effect.element_id)
    if state == "requested":
        payment = Payment(
            case_id=move.case.id,
            authority_id=move.case.authority_id,
            instance_id=row.id,
            amount=amount,
            state=state,
            requested_at=move.now,
        )
        rows.add_payment(move.session, payment)
    else:
        payment = _existing(move, row, state)
        _STEPS[state](move, payment, amount)
    move.note(
        f"payment.{state}",
        instance_id=row.id,
        element_id=effect.element_id,
        public=True,
        amount=str(payment.amount),
    )
    return {}


def _existing(move: Move, row: ProcessInstance, state: str) -> Payment:
    payment = rows.payment_of(move.session, row.id)
    if payment is None or payment.state not in _BEFORE[state]:
        found = payment.state if payment else "none"
        raise Conflict("services.payments.wrong_state", state=state, found=found)
    return payment


def _approve(move: Move, payment: Payment, amount: Decimal) -> None:
    granted = move.case.approved or Decimal(0)
    if rows.committed(move.session, move.case.id) + amount > granted:
        key = "services.payments.more_than_granted"
        raise Conflict(key, amount=str(amount), granted=str(granted))
    payment.amount, payment.state, payment.approved_by = amount, "approved", move.last_doer()


def _refuse(move: Move, payment: Payment, amount: Decimal) -> None:
    payment.state = "refused"


def _order(move: Move, payment: Payment, amount: Decimal) -> None:
    if amount != payment.amount:
        key = "services.payments.other_amount"
        raise Conflict(key, amount=str(amount), approved=str(payment.amount))
    _, countersigned_by = signers(move)
    if countersigned_by is None:
        raise NotAllowed("services.tasks.four_eyes")
    payment.state, payment.ordered_at = "ordered", move.now


_STEPS = {"approved": _approve, "refused": _refuse, "ordered": _order}
