"""Payments of a case: asked for, approved or refused, ordered, each after the one before."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grantflow.clock import BERLIN
from grantflow.engine import Effect
from grantflow.errors import Conflict, NotAllowed
from grantflow.services import ledger
from grantflow.services.booking import Booking
from grantflow.services.decisions import euro, signers
from grantflow.services.move import Move
from grantflow.services.payment_account import require_confirmed
from grantflow.services.payment_checks import (
    UNHELD,
    require_final,
    require_no_overdue_statement,
    require_not_held,
    require_not_settled,
)
from grantflow.services.suspension import require_not_contested
from grantflow.store import payments as rows
from grantflow.store.tables import Payment, ProcessInstance

_BEFORE = {"approved": ("requested",), "refused": ("requested",), "ordered": ("approved",)}


def pay(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Bring the payment of this process to a state; ``requested`` begins a new one (euro).

    Raises Conflict when a state is skipped, when more would be paid than was granted or committed,
    before the grant is final (VV Nr. 7 zu § 44 BHO/LHO), while a statement is overdue, when the
    request names another account than the confirmed one or when it is ordered while another process
    decides on the money already paid, unless ``held`` is false (what was taken without a ground is
    owed whatever others decide); NotAllowed when a payment is ordered by one person alone
    (VV zu §§ 70 ff. BHO/LHO): the task that orders must bar whoever certified it as factually and
    arithmetically correct, through ``not_by``.
    """
    state = str(effect.params["state"])
    amount = euro(effect.params["amount"], effect.element_id)
    if state == "requested":
        payment = _request(move, row, amount)
    else:
        payment = _existing(move, row, state)
        if state != "refused":
            require_confirmed(move.session, move.case, row.id)
        if state == "ordered":
            if effect.params.get("held") != UNHELD:
                require_not_held(move.session, move.programme, row)
            require_not_settled(move.session, move.case, move.programme, row)
        _STEPS[state](move, payment, amount)
    move.note(
        f"payment.{state}",
        instance_id=row.id,
        element_id=effect.element_id,
        public=True,
        amount=str(payment.amount),
    )
    return {}


def _request(move: Move, row: ProcessInstance, amount: Decimal) -> Payment:
    if amount <= 0:
        raise Conflict("services.payments.nothing")
    payment = Payment(
        case_id=move.case.id,
        authority_id=move.case.authority_id,
        instance_id=row.id,
        amount=amount,
        state="requested",
        requested_at=move.now,
    )
    rows.add_payment(move.session, payment)
    return payment


def _existing(move: Move, row: ProcessInstance, state: str) -> Payment:
    payment = rows.payment_of(move.session, row.id)
    if payment is None or payment.state not in _BEFORE[state]:
        found = payment.state if payment else "none"
        raise Conflict("services.payments.wrong_state", state=state, found=found)
    return payment


def _approve(move: Move, payment: Payment, amount: Decimal) -> None:
    if amount <= 0:
        raise Conflict("services.payments.nothing")
    _require_payable(move, amount, rows.committed(move.session, move.case.id))
    payment.amount, payment.state, payment.approved_by = amount, "approved", move.last_doer()


def _require_payable(move: Move, amount: Decimal, under_way: Decimal) -> None:
    """``under_way`` are the other payments of the case, approved, ordered or paid (euro)."""
    session, case = move.session, move.case
    require_no_overdue_statement(session, case.id, move.now.astimezone(BERLIN).date())
    require_final(session, case.id, move.now.astimezone(BERLIN).date())
    require_not_contested(session, case.id)
    granted = case.approved or Decimal(0)
    if under_way - ledger.position(session, case.id).returned + amount > granted:
        key = "services.payments.more_than_granted_money"
        raise Conflict(key, amount=amount, granted=granted)
    if ledger.has_entries(session, case.id) or move.programme.file.budget_items:
        bound = ledger.position(session, case.id).committed
        if under_way + amount > bound:
            raise Conflict("ledger.not_committed_money", amount=amount, left=bound - under_way)


def _refuse(move: Move, payment: Payment, amount: Decimal) -> None:
    payment.state = "refused"


def _order(move: Move, payment: Payment, amount: Decimal) -> None:
    if amount != payment.amount:
        key = "services.payments.other_amount_money"
        raise Conflict(key, amount=amount, approved=payment.amount)
    # Grant and commitment may have changed since the approval, by an amendment or a revocation.
    others = rows.committed(move.session, move.case.id) - payment.amount
    _require_payable(move, amount, others)
    certified_by, ordered_by = signers(move)
    if ordered_by is None:
        raise NotAllowed("services.tasks.four_eyes")
    payment.certified_by, payment.ordered_by = certified_by, ordered_by
    payment.state, payment.ordered_at = "ordered", move.now
    if ledger.has_entries(move.session, move.case.id):
        booking = Booking(move.session, move.actor, move.case.authority_id, move.now, "payment")
        ledger.order(booking, payment)


_STEPS = {"approved": _approve, "refused": _refuse, "ordered": _order}
