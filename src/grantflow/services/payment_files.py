"""Payment files: ordered payments put into one file, released by a second person, downloaded."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from grantflow.services import ledger, payment_orders
from grantflow.services.payment_checks import require_still_owed, withheld
from grantflow.services.policy import Actor, Role, require_account
from grantflow.store import bank_accounts
from grantflow.store import payment_files as rows
from grantflow.store.cases import next_reference
from grantflow.store.payment_files import CameBack, Payable
from grantflow.store.tables import (
    BankAccount,
    Payment,
    PaymentFile,
    PaymentFileEntry,
    PaymentReturn,
)
from grantflow.texts import Worded
from grantflow.treasury import Order, Payer, pain001, plain, table

SERIES = "payment-file"
PREPARERS = frozenset({Role.BUDGET_OFFICER})
RELEASERS = frozenset({Role.BUDGET_OFFICER, Role.HEAD_OF_UNIT})
READERS = RELEASERS | {Role.AUDITOR_INTERNAL}


@dataclass(frozen=True)
class Waiting:
    """An ordered payment that can be put into a file, or cannot yet.

    That is without account, ``held``: ordered for another account than the one confirmed now, or
    ``deciding`` names the process that decides on the money already paid.
    """

    line: Payable
    account: BankAccount | None
    held: bool = False
    deciding: Worded | None = None

    @property
    def leaves(self) -> bool:
        """Whether it can be put into a file now."""
        return self.account is not None and not self.held and self.deciding is None


def authorities(actor: Actor) -> tuple[UUID, ...]:
    """Where the actor has to do with payment files. Raises NotAllowed when nowhere."""
    found = {g.authority_id for g in actor.grants if g.role in READERS}
    if not found:
        raise NotAllowed(role=", ".join(sorted(READERS)))
    return tuple(sorted(found, key=str))


def waiting(session: Session, actor: Actor, authority_id: UUID) -> list[Waiting]:
    """Ordered payments of an authority that stand in no file, oldest first. Raises NotAllowed."""
    require_one(actor, authority_id, READERS)
    lines = rows.payable(session, authority_id)
    accounts = bank_accounts.in_use(session, {line.organisation_id for line in lines})
    held = payment_orders.replaced(session, lines)
    later = withheld(session, [line.payment for line in lines])
    return [
        Waiting(
            line,
            accounts.get(line.organisation_id),
            line.payment.id in held,
            later.get(line.payment.id),
        )
        for line in lines
    ]


def came_back(session: Session, actor: Actor, authority_id: UUID) -> list[CameBack]:
    """Payments the bank sent back that the grant still owes and nobody has ordered anew.

    Raises NotAllowed.
    """
    require_one(actor, authority_id, READERS)
    found = rows.came_back(session, authority_id)
    kept = ledger.repayable_of_cases(session, {one.payment.case_id for one in found})
    return [one for one in found if kept[one.payment.case_id] < one.granted]


def order_again(session: Session, actor: Actor, authority_id: UUID, payment_id: UUID) -> None:
    """Confirm the order of a held payment for the account its organisation has now.

    Raises what ``payment_orders.confirm`` raises, Conflict for one that stands in a file,
    NotAllowed for anybody but the budget officer.
    """
    require_one(actor, authority_id, PREPARERS)
    lines = rows.payable(session, authority_id, [payment_id])
    if not lines:
        raise Conflict("money.payment_gone")
    payment_orders.confirm(session, actor, lines[0])


def withdraw_order(
    session: Session, actor: Actor, case_id: UUID, payment_id: UUID, reason: str
) -> None:
    """Take back the order of a payment of a case that stands in no file.

    Raises what ``payment_orders.withdraw`` raises, NotFound, also for payments of other cases,
    NotAllowed for anybody but the budget officer.
    """
    payment = session.get(Payment, payment_id)
    if payment is None or payment.case_id != case_id:
        raise NotFound("money.payment_not_found")
    require_one(actor, payment.authority_id, PREPARERS)
    payment_orders.withdraw(session, actor, payment, reason)


def files(session: Session, actor: Actor) -> Sequence[PaymentFile]:
    """The payment files of the actor's authorities, newest first."""
    return rows.list_files(session, authorities(actor))


def returns(session: Session, actor: Actor) -> Sequence[PaymentReturn]:
    """The reports of the treasury that were read, newest first."""
    return rows.list_returns(session, authorities(actor))


def get_file(session: Session, actor: Actor, file_id: UUID) -> PaymentFile:
    """A payment file. Raises NotFound, also for those of other authorities."""
    found = rows.find_file(session, file_id)
    if found is None or found.authority_id not in authorities(actor):
        raise NotFound("money.file_not_found")
    return found


def by_name(session: Session, actor: Actor, message_id: str) -> PaymentFile:
    """The file with this name (message id). Raises NotFound."""
    found = (rows.by_message(session, one, message_id) for one in authorities(actor))
    file = next((one for one in found if one is not None), None)
    if file is None:
        raise NotFound("money.file_not_found")
    return file


def entries(session: Session, actor: Actor, file_id: UUID) -> Sequence[PaymentFileEntry]:
    """What stands in a file. Raises NotFound."""
    return rows.list_entries(session, get_file(session, actor, file_id).id)


def prepare(
    session: Session,
    actor: Actor,
    authority_id: UUID,
    payments: Collection[UUID],
    execution_on: date,
) -> PaymentFile:
    """Put ordered payments into a new file; each can stand in one file only.

    Raises Conflict when one of them stands in another file, is not ordered, must not leave (see
    ``require_still_owed``), or there is no account to pay from; Invalid when an organisation
    has no confirmed bank details or others than at the order, or the day of execution has passed;
    NotAllowed for anybody but the budget officer.
    """
    require_one(actor, authority_id, PREPARERS)
    account = require_account(actor)
    if execution_on < clock.today():
        raise Invalid([Problem("money.execution_past", place="execution_on")])
    payer = bank_accounts.own(session, authority_id)
    if payer is None:
        raise Conflict("money.no_own_account")
    rows.lock_payments(session, payments)
    lines = rows.payable(session, authority_id, payments)
    if not lines or len(lines) != len(set(payments)):
        raise Conflict("money.payment_gone" if payments else "money.nothing_to_pay")
    require_still_owed(session, [line.payment for line in lines])
    payment_orders.require_as_ordered(session, lines)
    number = next_reference(session, authority_id, SERIES)
    # Unique beyond the authority too: the treasury may work for several.
    message_id = f"GF{authority_id.hex[:8].upper()}-{number:06d}"
    made = _orders(session, message_id, lines)
    facts = {"authority_id": authority_id, "number": number, "prepared_by": account}
    file = _file(facts, message_id, execution_on, made, payer)
    rows.add_file(session, file, _file_entries(file, lines, made))
    return file


def _orders(session: Session, message_id: str, lines: Sequence[Payable]) -> list[Order]:
    accounts = bank_accounts.in_use(session, {line.organisation_id for line in lines})
    without = [line for line in lines if line.organisation_id not in accounts]
    if without:
        names = {line.organisation for line in without}
        raise Invalid([Problem("money.no_account", {"name": name}) for name in sorted(names)])
    found = []
    for position, line in enumerate(lines, 1):
        to = accounts[line.organisation_id]
        name = f"{message_id}-{position:04d}"
        purpose = plain(f"{line.reference} {line.title}", 140)
        found.append(
            Order(name, line.reference, to.holder, to.iban, to.bic, line.payment.amount, purpose)
        )
    return found


def _file(
    facts: Mapping[str, Any],
    message_id: str,
    execution_on: date,
    orders: Sequence[Order],
    payer: BankAccount,
) -> PaymentFile:
    now = clock.now()
    xml = pain001(message_id, now, execution_on, Payer(payer.holder, payer.iban, payer.bic), orders)
    sheet = table(orders, execution_on)
    return PaymentFile(
        id=uuid4(),
        **facts,
        message_id=message_id,
        execution_on=execution_on,
        payments=len(orders),
        total=sum((order.amount for order in orders), Decimal(0)),
        xml=xml,
        csv=sheet,
        xml_sha256=hashlib.sha256(xml).hexdigest(),
        csv_sha256=hashlib.sha256(sheet).hexdigest(),
        prepared_at=now,
    )


def _file_entries(
    file: PaymentFile, lines: Sequence[Payable], orders: Sequence[Order]
) -> list[PaymentFileEntry]:
    return [
        PaymentFileEntry(
            payment_id=line.payment.id,
            file_id=file.id,
            authority_id=file.authority_id,
            position=position,
            end_to_end_id=order.end_to_end_id,
            reference=order.reference,
            holder=order.holder,
            iban=order.iban,
            bic=order.bic,
            amount=order.amount,
        )
        for position, (line, order) in enumerate(zip(lines, orders, strict=True), 1)
    ]


def release(session: Session, actor: Actor, file_id: UUID) -> PaymentFile:
    """Release a prepared file for the treasury.

    Raises NotAllowed for who prepared it or ordered one of its payments (VV zu §§ 70 ff. BHO/LHO),
    Conflict when it is released or discarded already, its day has passed, or somebody in it has
    other bank details now; NotFound.
    """
    file = _prepared(session, actor, file_id, RELEASERS)
    account = require_account(actor)
    if file.prepared_by == account:
        raise NotAllowed("money.four_eyes")
    payments = rows.payments_in(session, file_id)
    if account in {payment.ordered_by for payment in payments}:
        raise NotAllowed("money.orderer_releases")
    require_still_owed(session, payments)
    _require_as_prepared(session, file)
    file.state, file.released_by, file.released_at = "released", account, clock.now()
    session.flush()
    return file


def _require_as_prepared(session: Session, file: PaymentFile) -> None:
    """Nothing in the file was overtaken meanwhile: its day, and where the money goes."""
    if file.execution_on < clock.today():
        raise Conflict("money.file_outdated", day=file.execution_on)
    replaced = rows.replaced_accounts(session, file.id)
    if replaced:
        raise Conflict("money.file_account_replaced", names=", ".join(replaced))


def discard(session: Session, actor: Actor, file_id: UUID) -> None:
    """Throw a prepared file away; its payments can be put into another. As ``release``."""
    file = _prepared(session, actor, file_id, RELEASERS)
    file.state = "discarded"
    rows.drop_entries(session, file_id)


def _prepared(session: Session, actor: Actor, file_id: UUID, roles: Collection[str]) -> PaymentFile:
    get_file(session, actor, file_id)
    file = rows.find_file(session, file_id, lock=True)
    assert file is not None
    require_one(actor, file.authority_id, roles)
    if file.state != "prepared":
        raise Conflict("money.file_state")
    return file


def content(session: Session, actor: Actor, file_id: UUID, kind: str) -> bytes:
    """The bytes of a released file, ``xml`` or ``csv``. Raises Conflict before, NotFound."""
    file = get_file(session, actor, file_id)
    if file.state != "released":
        raise Conflict("money.file_not_released")
    return file.xml if kind == "xml" else file.csv


def require_one(actor: Actor, authority_id: UUID, roles: Collection[str]) -> None:
    """Raises NotAllowed unless the actor has one of the roles in the authority."""
    if not any(actor.has_role(role, authority_id) for role in roles):
        raise NotAllowed(role=", ".join(sorted(roles)))
