"""Payment files for the treasury: prepare, release, download, read the reports back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.responses import Response

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotAllowed, Problem
from grantflow.services import bank_accounts, payment_files, payment_returns
from grantflow.services.bank_accounts import OWN_ACCOUNT, Owner
from grantflow.services.payment_files import Waiting
from grantflow.services.policy import Actor
from grantflow.store import casefile as names
from grantflow.store.payment_files import CameBack
from grantflow.store.tables import BankAccount
from grantflow.treasury import spaced
from grantflow.web import pages, refusals
from grantflow.web.budget import csv_response
from grantflow.web.caseworker import required_id
from grantflow.web.deps import CurrentDoor, Door, Posted, StaffActor
from grantflow.web.refusals import Refusal

router = APIRouter(prefix="/payment-files")
LARGEST = 2_000_000


@dataclass(frozen=True)
class Desk:
    """What one authority has to pay, what came back, its own account, what the actor may do."""

    authority_id: UUID
    waiting: Sequence[Waiting]
    came_back: Sequence[CameBack]
    accounts: Sequence[BankAccount]
    prepares: bool
    reads: bool
    banks: bool

    @property
    def people(self) -> Iterator[UUID | None]:
        """Everybody who had to do with the account."""
        return (who for row in self.accounts for who in (row.proposed_by, row.decided_by))


def _desk(session: Session, actor: Actor, authority_id: UUID) -> Desk:
    return Desk(
        authority_id,
        payment_files.waiting(session, actor, authority_id),
        payment_files.came_back(session, actor, authority_id),
        bank_accounts.history(session, actor, Owner(authority_id=authority_id)),
        _has(actor, authority_id, payment_files.PREPARERS),
        _has(actor, authority_id, payment_files.RELEASERS),
        _has(actor, authority_id, OWN_ACCOUNT),
    )


def _has(actor: Actor, authority_id: UUID, roles: Collection[str]) -> bool:
    return any(actor.has_role(role, authority_id) for role in roles)


@router.get("")
def overview(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """What waits to be paid, the files, the reports, and the account payments leave from."""
    return _overview(request, actor, door)


def _overview(
    request: Request, actor: Actor, door: Door, refused: Refusal = refusals.NOTHING
) -> Response:
    places = payment_files.authorities(actor)
    with door.reading(actor) as session:
        files = payment_files.files(session, actor)
        reports = payment_files.returns(session, actor)
        desks = [_desk(session, actor, one) for one in places]
        people = [who for file in files for who in (file.prepared_by, file.released_by)]
        people += [who for desk in desks for who in desk.people]
        return pages.render(
            request,
            "money/files.html",
            status=422 if refused else 200,
            desks=desks,
            files=files,
            reports=reports,
            names=names.names(session, [*people, *(row.by for row in reports)]),
            execution_on=(clock.today() + timedelta(days=1)).isoformat(),
            spaced=spaced,
            refused=refused,
        )


@router.post("")
def prepare(request: Request, actor: StaffActor, door: CurrentDoor, form: Posted) -> Response:
    """Put the chosen payments into a file, or order a held one again (``_again``)."""
    authority_id = required_id(str(form.get("authority", "")))
    payment_files.require_one(actor, authority_id, payment_files.PREPARERS)
    if "_again" in form:
        return _order_again(request, actor, door, authority_id, required_id(str(form["_again"])))
    try:
        chosen = [required_id(str(value)) for value in form.getlist("payment")]
        execution_on = _day(str(form.get("execution_on", "")))
        with door.transaction(actor) as session:
            file = payment_files.prepare(session, actor, authority_id, chosen, execution_on)
    except (Invalid, Conflict) as error:
        return _overview(request, actor, door, refusals.refusal(request, error))
    target = f"/payment-files/{file.id}"
    return pages.redirect(request, target, "money.files.prepared", number=file.number)


def _order_again(
    request: Request, actor: Actor, door: Door, authority_id: UUID, payment_id: UUID
) -> Response:
    try:
        with door.transaction(actor) as session:
            payment_files.order_again(session, actor, authority_id, payment_id)
    except Conflict as error:
        return _overview(request, actor, door, refusals.refusal(request, error))
    except NotAllowed as error:
        return _four_eyes(request, actor, door, error)
    return pages.redirect(request, "/payment-files", "money.files.ordered_again")


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid([Problem("money.execution_wrong", place="execution_on")]) from None


@router.post("/account")
def propose_account(
    request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Give the account that payments leave from, or change it."""
    owner = Owner(authority_id=required_id(str(form.get("authority", ""))))
    typed = {name: str(form.get(name, "")) for name in ("holder", "iban", "reason")}
    try:
        with door.transaction(actor) as session:
            bank_accounts.propose(session, actor, owner, **typed)
    except (Invalid, Conflict) as error:
        refused = refusals.refusal(request, error, tuple(typed), typed)
        return _overview(request, actor, door, refused)
    return pages.redirect(request, "/payment-files#account", "money.bank.proposed")


@router.post("/account/{account_id}")
def decide_account(
    account_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Confirm or refuse the account that payments leave from."""
    confirm = form.get("_action") == "confirm"
    try:
        with door.transaction(actor) as session:
            bank_accounts.decide(session, actor, account_id, confirm=confirm)
    except Conflict as error:
        return _overview(request, actor, door, refusals.refusal(request, error))
    except NotAllowed as error:
        return _four_eyes(request, actor, door, error)
    key = "money.bank.confirmed" if confirm else "money.bank.refused"
    return pages.redirect(request, "/payment-files#account", key)


def _four_eyes(request: Request, actor: Actor, door: Door, error: NotAllowed) -> Response:
    """Who prepared is told so on the page; whoever lacks the role gets the page for that."""
    if not error.key.startswith("money."):
        raise error
    return _overview(request, actor, door, refusals.refusal(request, error))


@router.post("/returns")
def read_back(request: Request, actor: StaffActor, door: CurrentDoor, form: Posted) -> Response:
    """Book a report of the treasury, as a whole or not at all."""
    authority_id = required_id(str(form.get("authority", "")))
    payment_files.require_one(actor, authority_id, payment_files.RELEASERS)
    sent = form.get("file")
    name, content = "", b""
    if isinstance(sent, UploadFile):
        name, content = sent.filename or "", sent.file.read(LARGEST + 1)
    try:
        with door.transaction(actor) as session:
            row = payment_returns.read_back(session, actor, authority_id, name, content)
    except (Invalid, Conflict) as error:
        return _overview(request, actor, door, refusals.refusal(request, error))
    target, key = "/payment-files#reports", "money.files.read"
    return pages.redirect(request, target, key, paid=row.paid, returned=row.returned)


@router.get("/{file_id}.xml")
def download_xml(file_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The released file as pain.001."""
    with door.reading(actor) as session:
        content = payment_files.content(session, actor, file_id, "xml")
        name = payment_files.get_file(session, actor, file_id).message_id
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.xml"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/xml", headers=headers)


@router.get("/{file_id}.csv")
def download_csv(file_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The released file as a table."""
    with door.reading(actor) as session:
        content = payment_files.content(session, actor, file_id, "csv")
        name = payment_files.get_file(session, actor, file_id).message_id
    return csv_response(content, name)


@router.get("/{file_id}")
def show_file(file_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """What stands in a file and what became of it."""
    return _file(request, actor, door, file_id)


def _file(
    request: Request, actor: Actor, door: Door, file_id: UUID, refused: Refusal = refusals.NOTHING
) -> Response:
    with door.reading(actor) as session:
        file = payment_files.get_file(session, actor, file_id)
        return pages.render(
            request,
            "money/file.html",
            status=422 if refused else 200,
            file=file,
            entries=payment_files.entries(session, actor, file_id),
            names=names.names(session, [file.prepared_by, file.released_by]),
            releases=_has(actor, file.authority_id, payment_files.RELEASERS),
            own=file.prepared_by == actor.account_id,
            spaced=spaced,
            refused=refused,
        )


@router.post("/{file_id}")
def decide_file(
    file_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Release a prepared file for the treasury, or throw it away."""
    discarded = form.get("_action") == "discard"
    try:
        with door.transaction(actor) as session:
            if discarded:
                payment_files.discard(session, actor, file_id)
            else:
                payment_files.release(session, actor, file_id)
    except (Conflict, NotAllowed) as error:
        if isinstance(error, NotAllowed) and not error.key.startswith("money."):
            raise
        return _file(request, actor, door, file_id, refusals.refusal(request, error))
    key = "money.files.discarded" if discarded else "money.files.released"
    return pages.redirect(request, f"/payment-files/{file_id}", key)
