"""Bank details: given by the organisation or the officer, confirmed by somebody else."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.services import bank_accounts, payment_account
from grantflow.services.bank_accounts import Owner
from grantflow.services.policy import Actor
from grantflow.store import casefile as names
from grantflow.store import people
from grantflow.texts import text
from grantflow.treasury import spaced
from grantflow.web import casefile, pages, refusals
from grantflow.web.deps import ApplicantActor, CurrentDoor, Door, Posted, StaffActor, visitor
from grantflow.web.refusals import Refusal

router = APIRouter()
FIELDS = ("holder", "iban", "reason")


@router.get("/my/bank/{organisation_id}")
def show_own(
    organisation_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor
) -> Response:
    """The bank details of one's own organisation."""
    return _own(request, actor, door, organisation_id)


def _own(
    request: Request, actor: Actor, door: Door, organisation_id: UUID,
    refused: Refusal = refusals.NOTHING,
) -> Response:  # fmt: skip
    if not actor.acts_for(organisation_id):
        raise NotFound
    with door.reading(actor) as session:
        owner = Owner(organisation_id=organisation_id)
        return pages.render(
            request,
            "money/my_bank.html",
            status=422 if refused else 200,
            organisation=people.list_organisations(session, [organisation_id])[0],
            accounts=bank_accounts.history(session, actor, owner),
            spaced=spaced,
            refused=refused,
        )


@router.post("/my/bank/{organisation_id}")
def propose_own(
    organisation_id: UUID,
    request: Request,
    actor: ApplicantActor,
    door: CurrentDoor,
    form: Posted,
) -> Response:
    """Give or change the bank details of one's own organisation."""
    if not actor.acts_for(organisation_id):
        raise NotFound
    typed = {name: str(form.get(name, "")) for name in FIELDS}
    try:
        with door.transaction(actor) as session:
            owner = Owner(organisation_id=organisation_id)
            bank_accounts.propose(session, actor, owner, **typed)
    except (Invalid, Conflict) as error:
        refused = refusals.refusal(request, error, FIELDS, typed)
        return _own(request, actor, door, organisation_id, refused)
    return pages.redirect(request, f"/my/bank/{organisation_id}", "money.bank.proposed")


@router.get("/cases/{case_id}/bank")
def show_of_case(
    case_id: UUID,
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    process: UUID | None = None,
) -> Response:
    """The bank details of the organisation of a case, with the account a ``process`` asked for."""
    return _of_case(request, actor, door, case_id, process=process)


def _of_case(
    request: Request, actor: Actor, door: Door, case_id: UUID,
    refused: Refusal = refusals.NOTHING, process: UUID | None = None,
) -> Response:  # fmt: skip
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        owner = Owner(organisation_id=file.parts.organisation.id)
        may = bool(actor.roles & bank_accounts.PROPOSERS)
        accounts = bank_accounts.history(session, actor, owner) if may else ()
        asked = payment_account.asked(session, file.parts.case, process) if process else None
        if asked is not None and may:
            reason = text("money.bank.asked_reason", visitor(request).language)
            refused = Refusal(typed={**vars(asked), "reason": reason})
        who = [one for row in accounts for one in (row.proposed_by, row.decided_by)]
        return casefile.show(
            request, file, "payments", "money/bank.html",
            status=422 if refused else 200, accounts=accounts, may=may, spaced=spaced,
            names=names.names(session, who), refused=refused, asked=asked,
        )  # fmt: skip


@router.post("/cases/{case_id}/bank")
def propose_of_case(
    case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor, form: Posted
) -> Response:
    """Give or change the bank details of the organisation of a case."""
    typed = {name: str(form.get(name, "")) for name in FIELDS}
    try:
        with door.transaction(actor) as session:
            file = casefile.open_file(session, actor, case_id)
            owner = Owner(organisation_id=file.parts.organisation.id)
            bank_accounts.propose(session, actor, owner, **typed)
    except (Invalid, Conflict) as error:
        refused = refusals.refusal(request, error, FIELDS, typed)
        return _of_case(request, actor, door, case_id, refused)
    return pages.redirect(request, f"/cases/{case_id}/bank", "money.bank.proposed")


@router.post("/cases/{case_id}/bank/{account_id}")
def decide_of_case(
    case_id: UUID,
    account_id: UUID,
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    form: Posted,
) -> Response:
    """Confirm or refuse proposed bank details."""
    confirm = form.get("_action") == "confirm"
    try:
        with door.transaction(actor) as session:
            file = casefile.open_file(session, actor, case_id)
            owner = Owner(organisation_id=file.parts.organisation.id)
            if account_id not in {row.id for row in bank_accounts.history(session, actor, owner)}:
                raise NotFound("money.account_not_found")
            bank_accounts.decide(session, actor, account_id, confirm=confirm)
    except (Conflict, NotAllowed) as error:
        if isinstance(error, NotAllowed) and not error.key.startswith("money."):
            raise
        refused = refusals.refusal(request, error)
        return _of_case(request, actor, door, case_id, refused)
    key = "money.bank.confirmed" if confirm else "money.bank.refused"
    return pages.redirect(request, f"/cases/{case_id}/bank", key)
