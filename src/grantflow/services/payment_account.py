"""Which account a payment goes to: the organisation's confirmed one, which a request has to name.

A form names an account in the field ``iban``; what no form asks for is not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import Conflict
from grantflow.store import bank_accounts, forms_data, payments, people
from grantflow.store.tables import Case, FormData
from grantflow.texts import Said

FIELD, HOLDER = "iban", "account_holder"
OTHER, NONE_CONFIRMED = "services.payments.other_account", "services.payments.no_account"


@dataclass(frozen=True)
class Asked:
    """The account a request names, as it was written there."""

    holder: str
    iban: str


def asked(session: Session, case: Case, instance_id: UUID) -> Asked | None:
    """The account a process asked money for, None where it names none.

    Without a holder (answer ``account_holder``) it is the organisation's own.
    """
    for given in forms_data.of_processes(session, case.id, instance_id):
        if given.answers.get(FIELD):
            holder = given.answers.get(HOLDER) or _name(session, case)
            return Asked(str(holder), str(given.answers[FIELD]))
    return None


def _name(session: Session, case: Case) -> str:
    return people.list_organisations(session, [case.organisation_id])[0].name


def to_give(session: Session, cases: Sequence[Case]) -> Mapping[UUID, str]:
    """What the organisation of a case has to know of its bank details, by case.

    ``missing``: money is to flow and no account is known; ``proposed``: one waits to be confirmed.
    Two statements whatever the number of cases; a closed one, or one whose account is confirmed,
    is left out.
    """
    running = [case for case in cases if case.closed_at is None]
    paid = payments.awaiting_money(session, [case.id for case in running])
    waiting = [case for case in running if case.id in paid]
    known = bank_accounts.states(session, {case.organisation_id for case in waiting})
    found = {case.id: known[case.organisation_id] for case in waiting}
    return {
        case_id: "proposed" if "proposed" in states else "missing"
        for case_id, states in found.items()
        if "confirmed" not in states
    }


def ending(session: Session, case: Case, given: Iterable[FormData]) -> str:
    """The last four digits of the account that is paid, no more; else of the one asked for."""
    newest_first = sorted(given, key=lambda one: one.at, reverse=True)
    return (_confirmed(session, case) or _named(newest_first))[-4:]


def _confirmed(session: Session, case: Case) -> str:
    """The IBAN the payments of a case go to, nothing while none is confirmed."""
    account = bank_accounts.in_use(session, [case.organisation_id]).get(case.organisation_id)
    return _bare(account.iban) if account else ""


def _named(newest_first: Iterable[FormData]) -> str:
    """The IBAN the newest answers name, without blanks and in capitals."""
    found = (str(given.answers.get(FIELD) or "") for given in newest_first)
    return _bare(next(filter(None, found), ""))


def difference(session: Session, case: Case, instance_id: UUID) -> Said | None:
    """Why the account a process asked for is not the one that would be paid, None when it is."""
    asked = _named(forms_data.of_processes(session, case.id, instance_id))
    paid = _confirmed(session, case)
    if not asked or asked == paid:
        return None
    if not paid:
        return Said(NONE_CONFIRMED, {"asked": masked(asked)})
    return Said(OTHER, {"asked": masked(asked), "confirmed": masked(paid)})


def unsettled(session: Session, case: Case, instance_id: UUID) -> Said | None:
    """As ``difference``, while the payment of a process is asked for and not yet ordered."""
    payment = payments.payment_of(session, instance_id)
    if payment is None or payment.state not in payments.NOT_ORDERED:
        return None
    return difference(session, case, instance_id)


def require_confirmed(session: Session, case: Case, instance_id: UUID) -> None:
    """Raises Conflict when a process asked for money on another account than the confirmed one."""
    found = difference(session, case, instance_id)
    if found is not None:
        raise Conflict(found.key, **found.params)


def _bare(iban: str) -> str:
    return re.sub(r"[\s-]", "", iban).upper()


def masked(iban: str) -> str:
    """As much of an IBAN as tells two apart: country, check digits and the last four."""
    return f"{iban[:4]} … {iban[-4:]}"
