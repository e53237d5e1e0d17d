"""The post of the demo: letters leave the print queue, and proof of service comes back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.services import dispatches, renotification
from grantflow.services.policy import Actor
from grantflow.store import letters as rows


def deliver(session: Session, registry: Actor, case_id: UUID) -> int:
    """Post what waits in a case; service is proved on the same day where proof is needed."""
    queue = dispatches.print_queue(session, registry)
    waiting = [line for line in queue if line.letter.case_id == case_id]
    if not waiting:
        return 0
    posted = dispatches.mark_printed(session, registry, [line.letter.id for line in waiting])
    for line in waiting:
        sent = rows.get_dispatch(session, line.dispatch.id)
        if sent.notified_on is None:
            renotification.record_receipt(session, registry, sent.id, clock.today())
    return posted
