"""Mails about a case: who gets which one; they leave as jobs of the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.engine import Effect
from grantflow.errors import GrantFlowError
from grantflow.mail import TEMPLATES
from grantflow.rules.calendar import calendar
from grantflow.rules.periods import last_day
from grantflow.services.decisions import euro
from grantflow.services.due import due_at
from grantflow.services.move import Move
from grantflow.services.wording import day_in_figures
from grantflow.store import jobs, people
from grantflow.store import messages as message_rows
from grantflow.store.jobs import NewJob
from grantflow.store.tables import Account, Case, CaseMessage, ProcessInstance
from grantflow.texts import LANGUAGES
from grantflow.texts.figures import written

SEND_MAIL, TELL = "send_mail", "tell"
APPLICANT = "applicant"
MESSAGE_RECEIVED = "message_received"


def notify(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Tell the applicant or everybody with a role something.

    ``template`` is the name of a mail, or of a text of the programme; that text is then also put
    into the case's messages. ``amount`` (euro) and ``due`` (as for a task) are facts of a mail.
    Raises GrantFlowError naming the element if it is neither, or one of the facts cannot be read.
    """
    name, to = str(effect.params["template"]), str(effect.params["to"])
    template = name
    if name not in TEMPLATES:
        _put_message(move, effect, name, internal=to != APPLICANT)
        template = MESSAGE_RECEIVED
    facts = _facts(move, effect)
    tell(move.session, move.case, to, template, author=move.programme.file.authority.name, **facts)
    move.note("mail.ordered", instance_id=row.id, element_id=effect.element_id, template=name)
    return {}


def _facts(move: Move, effect: Effect) -> dict[str, dict[str, str]]:
    """What the diagram says of a mail beyond who gets it, written for readers of each language."""
    facts = {}
    amount = effect.params.get("amount")
    if amount is not None:
        owed = euro(amount, effect.element_id)
        facts["amount"] = {language: written(owed, "money", language) for language in LANGUAGES}
    working = calendar(move.programme.file.authority.holiday_calendar)
    limit = due_at(effect.params.get("due"), move.now, effect.element_id, working)
    if limit is not None:
        facts["due"] = day_in_figures(last_day(limit))
    return facts


def _put_message(move: Move, effect: Effect, name: str, *, internal: bool) -> None:
    words = move.programme.file.texts.get(name)
    if words is None:
        raise GrantFlowError("effects.no_such_text", element=effect.element_id, template=name)
    message = CaseMessage(
        case_id=move.case.id,
        authority_id=move.case.authority_id,
        author_name=move.programme.file.authority.name,
        internal=internal,
        body=words.de,
        at=move.now,
    )
    message_rows.add_message(move.session, message)


def tell(session: Session, case: Case, to: str, template: str, **facts: Any) -> None:
    """Have a mail sent to the applicant or to everybody with a role, after the commit.

    Who that is, the worker finds out: applicants may not see who holds which role.
    """
    args = {"to": to, "template": template, "case_id": str(case.id), "facts": facts}
    jobs.enqueue_all(session, [NewJob(TELL, lock=str(case.id), args=args)])


def recipients(session: Session, case: Case, to: str) -> Sequence[Account]:
    """The people of the applicant's organisation, or everybody with a role for the programme."""
    if to == APPLICANT:
        return people.list_members(session, case.organisation_id)
    return people.list_holders(session, to, case.authority_id, case.programme_id)


def mail(
    session: Session, accounts: Iterable[Account], template: str, *, case_id: UUID, **facts: Any
) -> int:
    """Have a mail sent to each account after the commit; how many."""
    new = [
        NewJob(
            SEND_MAIL,
            lock=None,
            args={
                "template": template,
                "account_id": str(account.id),
                "case_id": str(case_id),
                "facts": facts,
            },
        )
        for account in accounts
    ]
    jobs.enqueue_all(session, new)
    return len(new)
