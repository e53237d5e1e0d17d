"""The draft letter beside a task: what was seen is what is released, and never by its author."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.errors import Conflict, NotAllowed
from grantflow.services import letters, policy
from grantflow.store import letters as rows
from grantflow.store.tables import Case, Letter, Task
from grantflow.store.tasks import account_name

CHANGED, GONE = "services.letters.changed_meanwhile", "services.letters.gone_meanwhile"


def draft_of(session: Session, task: Task) -> Letter | None:
    """The held draft an open task shows beside its form; None where there is none."""
    name = task.facts.get("letter")
    if not name or task.status != "open":
        return None
    return rows.find_draft(session, task.case_id, str(name), task.instance_id)


def require_seen(session: Session, case: Case, task: Task, seen: str) -> None:
    """Raises Conflict unless ``seen`` is the revision of the letter the task would release.

    It says who changed the letter and when. A task without a letter needs nothing seen.
    """
    draft = draft_of(session, task)
    if draft is None:
        if seen:
            raise Conflict(GONE)
    elif seen != letters.revision(session, case, draft):
        name, at = _last_change(session, draft)
        raise Conflict(CHANGED, name=name, at=at.astimezone(BERLIN))


def _last_change(session: Session, draft: Letter) -> tuple[str, datetime]:
    """Who wrote the letter as it is now, and when: its last edit, else its drafting."""
    edited = rows.last_edit(session, draft.case_id, draft.id)
    if edited is not None:
        return edited.actor_name, edited.at
    author = draft.prepared_by
    return (account_name(session, author) if author else policy.SYSTEM.name), draft.created_at


def require_not_author(session: Session, task: Task, account_id: UUID | None) -> None:
    """Raises NotAllowed if the person drafted or edited the letter of the task (four eyes)."""
    draft = draft_of(session, task)
    if draft is not None and account_id in letters.hands(session, draft):
        raise NotAllowed(letters.FOUR_EYES)
