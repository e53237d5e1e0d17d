"""The public record of a grant: what the authority publishes about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from grantflow.engine import Effect
from grantflow.errors import GrantFlowError
from grantflow.services.move import Move
from grantflow.services.policy import Actor
from grantflow.store import payments as rows
from grantflow.store.cases import case_parts
from grantflow.store.tables import ProcessInstance, PublicationRecord


def publish(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Write (or renew) the publication record; only organisations are named, no persons.

    Raises GrantFlowError when nothing was granted yet.
    """
    decision = rows.find_decision(move.session, move.case.id)
    if decision is None or move.case.approved is None:
        raise GrantFlowError("services.register.nothing_granted", element=effect.element_id)
    parts = case_parts(move.session, move.case.id)
    facts = {
        "reference": move.case.reference,
        "grantee": parts.organisation.name,
        "town": parts.organisation.town,
        "title": move.case.title,
        "programme": parts.programme.title,
        "authority": parts.authority.name,
        "amount": str(move.case.approved),
        "decided_on": decision.at.date().isoformat(),
    }
    known = rows.find_publication(move.session, move.case.id)
    if known is None:
        record = PublicationRecord(
            case_id=move.case.id, authority_id=move.case.authority_id, facts=facts, at=move.now
        )
        rows.add_publication(move.session, record)
    else:
        known.facts, known.at = facts, move.now
    move.note("grant.published", instance_id=row.id, element_id=effect.element_id, public=True)
    return {}


def published(session: Session, actor: Actor | None = None) -> list[PublicationRecord]:
    """Everything that was published, newest first; the register is open to all."""
    return list(rows.list_publications(session))
