"""What organisations say of themselves: seen by their people, completed where it is empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import Invalid, NotFound
from grantflow.services.policy import Actor
from grantflow.services.signin import name_fault
from grantflow.store import people as rows
from grantflow.store.tables import Organisation

DETAILS = ("legal_form", "register_number", "street", "postcode", "town")


def mine(session: Session, actor: Actor) -> Sequence[Organisation]:
    """The organisations of the actor, by name."""
    return rows.list_organisations(session, actor.organisations)


def complete(
    session: Session, actor: Actor, organisation_id: UUID, given: Mapping[str, str]
) -> None:
    """Fill the ``DETAILS`` of an organisation that are empty so far; blank ones stay as they are.

    What stands there is what was applied and decided with, and nobody overwrites it here. Raises
    NotFound, also for the organisations of others, Invalid (the detail) for a text too long.
    """
    if not actor.acts_for(organisation_id):
        raise NotFound()
    home = rows.lock_organisation(session, organisation_id)
    empty = [name for name in DETAILS if not getattr(home, name)]
    said = {name: text for name in empty if (text := given.get(name, "").strip())}
    faults = [fault for name, text in said.items() if (fault := name_fault(text, name))]
    if faults:
        raise Invalid(faults)
    for name, text in said.items():
        setattr(home, name, text)
