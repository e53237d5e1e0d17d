"""Orders that have not left: confirmed again for another account, or withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotAllowed, Problem
from grantflow.services import audit, ledger, notices
from grantflow.services.booking import Booking
from grantflow.services.ledger_effects import still_granted
from grantflow.services.payment_account import masked
from grantflow.services.payment_checks import counted
from grantflow.services.policy import Actor, require_account
from grantflow.store import bank_accounts, cases
from grantflow.store import payment_files as rows
from grantflow.store.payment_files import Payable
from grantflow.store.tables import Payment


def replaced(session: Session, lines: Sequence[Payable]) -> frozenset[UUID]:
    """The payments whose organisation has another account now than when they were ordered.

    Where none was confirmed at the order, the first that is confirmed is paid.
    """
    now = bank_accounts.in_use(session, {line.organisation_id for line in lines})
    then = bank_accounts.at_order(session, [line.payment.id for line in lines])
    return frozenset(
        line.payment.id
        for line in lines
        if line.payment.id in then
        and line.organisation_id in now
        and then[line.payment.id].iban != now[line.organisation_id].iban
    )


def require_as_ordered(session: Session, lines: Sequence[Payable]) -> None:
    """Raises Invalid naming each payment that was ordered for another account than it would get."""
    held = replaced(session, lines)
    found = [line for line in lines if line.payment.id in held]
    if found:
        told = ({"name": one.organisation, "reference": one.reference} for one in found)
        raise Invalid([Problem("money.order_other_account", one) for one in told])


def confirm(session: Session, actor: Actor, line: Payable) -> None:
    """Order a payment again, for the account that is confirmed now.

    Raises Conflict when nothing was replaced, NotAllowed for who certified the payment (VV zu
    §§ 70 ff. BHO/LHO). Whoever confirms counts as having ordered it and releases no file with it.
    """
    who, payment = require_account(actor), line.payment
    cases.lock_case(session, payment.case_id)
    rows.lock_payments(session, [payment.id])
    if payment.state != "ordered" or payment.id not in replaced(session, [line]):
        raise Conflict("money.order_not_held")
    if payment.certified_by == who:
        raise NotAllowed("money.certifier_orders")
    payment.ordered_by, payment.ordered_at = who, clock.now()
    session.flush()
    account = bank_accounts.in_use(session, [line.organisation_id])[line.organisation_id]
    audit.record(
        session, payment.case_id, payment.authority_id, actor, "payment.ordered_again",
        data={"amount": str(payment.amount), "account": masked(account.iban)},
        instance_id=payment.instance_id,
    )  # fmt: skip


def withdraw(session: Session, actor: Actor, payment: Payment, reason: str) -> None:
    """Take back the order of a payment that stands in no file; its money is committed again.

    The grantee sees it with its reason and can ask for the money anew. Raises Invalid without a
    reason, Conflict when the payment has left, or while a process decides on the money paid, with
    this payment counted in.
    """
    if not reason.strip():
        raise Invalid([Problem("money.withdrawal_reason", place="reason")])
    case = cases.lock_case(session, payment.case_id)
    rows.lock_payments(session, [payment.id])
    if payment.state != "ordered" or not rows.payable(session, case.authority_id, [payment.id]):
        raise Conflict("money.withdrawal_left")
    _require_not_counted(session, payment)
    booking = Booking(session, actor, case.authority_id, clock.now(), "withdrawn", reason.strip())
    ledger.take_back(booking, payment, still_granted(case))
    payment.state = "withdrawn"
    session.flush()
    audit.record(
        session, case.id, case.authority_id, actor, "payment.withdrawn", public=True,
        data={"amount": str(payment.amount), "reason": reason.strip()},
        instance_id=payment.instance_id,
    )  # fmt: skip
    notices.tell(session, case, notices.APPLICANT, "order_withdrawn", reason=reason.strip())


def _require_not_counted(session: Session, payment: Payment) -> None:
    """Whoever decides on the money paid has read its sum with this payment in it."""
    deciding = counted(session, [payment]).get(payment.id)
    if deciding is not None:
        raise Conflict("money.withdrawal_counted", process=deciding)
