"""The payments of a case, what is left of the grant, and orders taken back before they leave."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.errors import Conflict, Invalid
from grantflow.services import ledger, payment_files
from grantflow.services.policy import Actor
from grantflow.store import casefile as names
from grantflow.store import payment_files as file_rows
from grantflow.store import payments as rows
from grantflow.store.tables import Payment
from grantflow.web import casefile, pages, refusals
from grantflow.web.caseworker import required_id
from grantflow.web.deps import CurrentDoor, Door, Posted, StaffActor
from grantflow.web.refusals import Refusal

router = APIRouter(prefix="/cases")


@router.get("/{case_id}/payments")
def show_payments(
    case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor
) -> Response:
    """The payments of the case and what is left of the grant."""
    return _payments(request, actor, door, case_id)


@router.post("/{case_id}/payments")
def withdraw_order(
    case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Take back the order of a payment that stands in no file yet."""
    payment_id, reason = required_id(str(form.get("payment", ""))), str(form.get("reason", ""))
    try:
        with door.transaction(actor) as session:
            casefile.open_file(session, actor, case_id)
            payment_files.withdraw_order(session, actor, case_id, payment_id, reason)
    except (Conflict, Invalid) as error:
        typed = {"payment": str(payment_id), "reason": reason}
        refused = refusals.refusal(request, error, ("reason",), typed)
        return _payments(request, actor, door, case_id, refused)
    return pages.redirect(request, f"/cases/{case_id}/payments", "case.payments.withdrawn")


def _payments(
    request: Request, actor: Actor, door: Door, case_id: UUID, refused: Refusal = refusals.NOTHING
) -> Response:
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        found = rows.list_payments(session, case_id)
        ordered = _ordered(found)
        approved = file.parts.case.approved
        position = ledger.position(session, case_id)
        people = (w for row in found for w in (row.certified_by, row.ordered_by, row.approved_by))
        left = None if approved is None else _remaining(approved, ordered, position.returned)
        return casefile.show(
            request,
            file,
            "payments",
            "case/payments.html",
            status=422 if refused else 200,
            payments=found,
            names=names.names(session, list(people)),
            position=position,
            entries=ledger.entries(session, case_id),
            ordered=ordered,
            remaining=left,
            withdrawable=_withdrawable(session, actor, file.parts.case.authority_id, found),
            refused=refused,
        )


def _withdrawable(
    session: Session, actor: Actor, authority_id: UUID, found: Sequence[Payment]
) -> Sequence[Payment]:
    """The orders that stand in no file, for who may take them back."""
    if not any(actor.has_role(role, authority_id) for role in payment_files.PREPARERS):
        return ()
    waiting = file_rows.payable(session, authority_id, [row.id for row in found])
    return [line.payment for line in waiting]


def _remaining(approved: Decimal, ordered: Decimal, returned: Decimal) -> Decimal:
    """What of the grant is not ordered; money that came back counts as if it never was (euro)."""
    return max(Decimal(0), approved - ordered + returned)


def _ordered(found: Sequence[Payment]) -> Decimal:
    return sum((row.amount for row in found if row.state in ("ordered", "paid")), Decimal(0))
