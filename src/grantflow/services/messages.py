"""Messages between applicant and authority, and notes of the authority to itself."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Invalid, NotAllowed, Problem
from grantflow.services import audit, notices, policy
from grantflow.services.policy import Actor, Role
from grantflow.store import cases as case_rows
from grantflow.store import messages as rows
from grantflow.store.tables import Case, CaseMessage

LONGEST = 10_000
READ_ONLY = frozenset({Role.AUDITOR_INTERNAL, Role.PANEL_MEMBER})


def write(
    session: Session, actor: Actor, case_id: UUID, body: str, *, internal: bool = False
) -> CaseMessage:
    """Write to the other side of a case, or (``internal``) a note the applicant never sees.

    The other side is told by mail that there is a message, not what it says. Raises Invalid for an
    empty or overlong text, NotAllowed for panel members and auditors, NotFound.
    """
    account = policy.require_account(actor)
    text = _checked(body)
    case = case_rows.lock_case(session, case_id)
    policy.require_case(actor, case)
    policy.require_not_excluded(session, actor, case_id)
    _require_writer(actor, case, internal=internal)
    message = CaseMessage(
        case_id=case.id,
        authority_id=case.authority_id,
        author_id=account,
        author_name=actor.name,
        internal=internal,
        body=text,
        at=clock.now(),
    )
    rows.add_message(session, message)
    kind = "note.written" if internal else "message.written"
    audit.record(session, case.id, case.authority_id, actor, kind, public=not internal)
    if not internal:
        to = Role.CASE_OFFICER if actor.is_applicant else notices.APPLICANT
        notices.tell(session, case, to, notices.MESSAGE_RECEIVED, author=actor.name)
    return message


def _checked(body: str) -> str:
    text = body.strip()
    if not text:
        raise Invalid([Problem("services.messages.empty", place="body")])
    if len(text) > LONGEST:
        raise Invalid([Problem("services.messages.too_long", {"most": LONGEST}, "body")])
    return text


def _require_writer(actor: Actor, case: Case, *, internal: bool) -> None:
    if actor.is_applicant:
        if internal:
            raise NotAllowed()
        return
    if not may_write(actor, case):
        raise NotAllowed("services.messages.read_only")


def may_write(actor: Actor, case: Case) -> bool:
    """Whether a member of staff may write in the case; panel members and auditors only read."""
    here = {g.role for g in actor.grants if g.covers(g.role, case.authority_id, case.programme_id)}
    return bool(here - READ_ONLY - policy.WITHOUT_CASES)


def list_messages(session: Session, actor: Actor, case_id: UUID) -> Sequence[CaseMessage]:
    """The messages of a case, oldest first; internal notes for the authority only. NotFound."""
    case = case_rows.get_case(session, case_id)
    policy.require_case(actor, case)
    policy.require_not_excluded(session, actor, case_id)
    return rows.list_messages(session, case_id, internal=not actor.is_applicant)
