"""Whose name stands below a letter, and with which function."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.letters.model import Signatory
from grantflow.programmes.definition import AuthorityFacts
from grantflow.services.policy import Role
from grantflow.store import people
from grantflow.store import tasks as task_rows
from grantflow.store.tables import Case


def signatory(
    session: Session, case: Case, authority: AuthorityFacts, account: UUID | None
) -> Signatory:
    """Whom the authority names to sign, else the person who answers for the letter.

    ``signatory_title`` is the function of the one named, or of the head of the unit: it stands
    under nobody else's name. Without anybody the authority itself signs (§ 37 Abs. 3 VwVfG).
    """
    if authority.signatory_name:
        return Signatory(authority.signatory_name, authority.signatory_title)
    if account is None:
        return Signatory(authority.name)
    name = task_rows.account_name(session, account)
    heads = people.list_holders(session, Role.HEAD_OF_UNIT, case.authority_id, case.programme_id)
    leads = any(head.id == account for head in heads)
    return Signatory(name, authority.signatory_title if leads else "")
