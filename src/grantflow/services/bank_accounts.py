"""Bank details of organisations and authorities: proposed by one person, confirmed by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from grantflow.services.amounts import read_reason
from grantflow.services.policy import Actor, Role, require_account, require_any
from grantflow.store import bank_accounts as rows
from grantflow.store.tables import BankAccount
from grantflow.treasury import read_iban

PROPOSERS = frozenset({Role.CASE_OFFICER, Role.BUDGET_OFFICER, Role.HEAD_OF_UNIT})
CONFIRMERS = frozenset({Role.CASE_OFFICER, Role.BUDGET_OFFICER, Role.HEAD_OF_UNIT})
OWN_ACCOUNT = frozenset({Role.BUDGET_OFFICER, Role.HEAD_OF_UNIT})


@dataclass(frozen=True)
class Owner:
    """Whose account it is: an organisation's, or that of an authority itself."""

    organisation_id: UUID | None = None
    authority_id: UUID | None = None


def history(session: Session, actor: Actor, owner: Owner) -> Sequence[BankAccount]:
    """All bank details of an owner, newest first. Raises NotAllowed."""
    _require(actor, owner, PROPOSERS | {Role.AUDITOR_INTERNAL})
    return rows.history(
        session, organisation_id=owner.organisation_id, authority_id=owner.authority_id
    )


def propose(
    session: Session, actor: Actor, owner: Owner, holder: str, iban: str, reason: str = ""
) -> BankAccount:
    """Give bank details, or change them (then with a reason); they count once confirmed.

    Raises Invalid with what is wrong with the IBAN, Conflict when a change waits already or nothing
    would change, NotAllowed.
    """
    _require(actor, owner, PROPOSERS)
    account = require_account(actor)
    if not holder.strip():
        raise Invalid([Problem("money.holder_missing", place="holder")])
    bank = read_iban(iban)
    known = history(session, actor, owner)
    if any(row.state == "proposed" for row in known):
        raise Conflict("money.account_waiting")
    present = next((row for row in known if row.state == "confirmed"), None)
    if present is not None:
        if (present.iban, present.holder) == (bank.iban, holder.strip()):
            raise Conflict("money.account_same")
        reason = read_reason(reason)
    row = BankAccount(
        organisation_id=owner.organisation_id,
        authority_id=owner.authority_id,
        holder=holder.strip()[:140],
        iban=bank.iban,
        bic=bank.bic,
        bank=bank.name,
        reason=reason.strip(),
        proposed_by=account,
        proposed_at=clock.now(),
    )
    rows.add_account(session, row)
    return row


def decide(session: Session, actor: Actor, account_id: UUID, *, confirm: bool) -> BankAccount:
    """Confirm proposed bank details, which replaces those in use, or refuse them.

    Raises NotAllowed for applicants and for who proposed them (four eyes), Conflict when they are
    decided on, NotFound.
    """
    row = rows.lock_account(session, account_id)
    if row is None:
        raise NotFound("money.account_not_found")
    owner = Owner(row.organisation_id, row.authority_id)
    if not actor.is_staff:
        raise NotAllowed()
    _require(actor, owner, CONFIRMERS)
    if row.state != "proposed":
        raise Conflict("money.account_state")
    who = require_account(actor)
    if row.proposed_by == who:
        raise NotAllowed("money.four_eyes")
    if confirm:
        _replace(session, actor, owner)
    row.state, row.decided_by, row.decided_at = (
        "confirmed" if confirm else "refused",
        who,
        clock.now(),
    )
    session.flush()
    return row


def _replace(session: Session, actor: Actor, owner: Owner) -> None:
    for old in history(session, actor, owner):
        if old.state == "confirmed":
            old.state = "replaced"
    session.flush()


def _require(actor: Actor, owner: Owner, roles: frozenset[Role]) -> None:
    """An organisation's people and staff for its account, the budget's people for an authority's.

    Which organisations a member of staff sees is the database's business (row-level security).
    """
    if owner.organisation_id is not None:
        if not actor.acts_for(owner.organisation_id):
            require_any(actor, roles)
        return
    assert owner.authority_id is not None
    allowed = OWN_ACCOUNT | (roles & {Role.AUDITOR_INTERNAL})
    if not any(actor.has_role(role, owner.authority_id) for role in allowed):
        raise NotAllowed(role=", ".join(sorted(OWN_ACCOUNT)))
