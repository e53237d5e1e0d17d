"""What jobs do. Every handler may be run twice: it looks at the row first, and changes it once.

The pattern is decide (transaction), act (no transaction), record (transaction).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock, mail
from grantflow import letters as pages
from grantflow.errors import Conflict, GrantFlowError, Temporary
from grantflow.jobs import batches
from grantflow.jobs.workplace import Job, Workplace
from grantflow.logs import log
from grantflow.services import (
    deadlines,
    dispatches,
    escalation,
    letter_batches,
    letter_prints,
    letters,
    notices,
    people,
    timers,
)
from grantflow.services.policy import SYSTEM
from grantflow.store import cases, jobs
from grantflow.store.jobs import NewJob
from grantflow.store.tables import Case
from grantflow.texts import text

_log = log(__name__)
Handler = Callable[..., None]
FIRE, SWEEP, REVIVE, TIDY = "fire_timers", "sweep", "revive", "tidy"
ESCALATE, ESCALATE_CASE = "escalate", "escalate_case"
_MOST_CASES = 500
_HEARTBEAT_SECONDS = 30
_TRIED_AGAIN = timedelta(hours=1)


def render_letter(place: Workplace, job: Job, letter_id: str) -> None:
    """Make the PDF of an approved letter and keep it; its dispatch follows as the next job."""
    with place.reading() as session:
        html = _approved(lambda: letters.html_to_render(session, UUID(letter_id)))
    if html is None:
        return
    rendered = pages.render_final(html)
    place.blobs.put(rendered.pdf)
    with place.transaction() as session:
        letters.record_rendered(session, SYSTEM, UUID(letter_id), rendered)


def _approved(load: Callable[[], str | None]) -> str | None:
    """A content that is not what was approved is no job that was done already, but an alarm."""
    try:
        return load()
    except Conflict as error:
        raise GrantFlowError(error.key, **error.params) from error


def dispatch_letter(place: Workplace, job: Job, letter_id: str) -> None:
    """Send a rendered letter: proof, legal dates, and the notice by mail as a further job."""
    with place.transaction() as session:
        dispatches.dispatch_out(session, SYSTEM, UUID(letter_id))


def send_mail(
    place: Workplace,
    job: Job,
    template: str,
    account_id: str,
    case_id: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Send one mail to one account, in its language."""
    with place.reading() as session:
        person = people.get_actor(session, UUID(account_id))
        case = cases.get_case(session, UUID(case_id)) if case_id else None
    known = _facts(place, case, facts or {}, person.language)
    sender = place.settings.mail_sender
    message = mail.compose(
        template,
        person.language,
        (person.name, person.email),
        {"email": person.email, **known},
        sender=sender,
        message_id=_message_id(job, account_id, known, sender),
    )
    mail.deliver(message, place.settings)


def _facts(
    place: Workplace, case: Case | None, given: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """The facts of a mail; a fact with one wording per language gets the reader's."""
    facts: dict[str, Any] = {"task": None, "due": None, "amount": None}
    for name, value in given.items():
        facts[name] = value.get(language) or value.get("de") if isinstance(value, dict) else value
    base = place.settings.base_url.rstrip("/")
    if case is None:
        return {"url": base, **facts}
    return {"reference": case.reference, "url": f"{base}{_page(case, facts)}", **facts}


def _page(case: Case, facts: Mapping[str, Any]) -> str:
    """The page a mail leads to: its task, its letter, else the case."""
    if "task_id" in facts:
        return f"/tasks/{facts['task_id']}"
    letter = f"/letters/{facts['letter_id']}" if "letter_id" in facts else ""
    return f"/cases/{case.id}{letter}"


def _message_id(job: Job, account_id: str, facts: Mapping[str, Any], sender: str) -> str:
    """One id per letter and reader, else per job, however often it is tried."""
    if "letter_id" in facts:
        return mail.message_id("letter", f"{facts['letter_id']}.{account_id}", sender)
    return mail.message_id("mail", str(job.id), sender)


def tell(
    place: Workplace,
    job: Job,
    to: str,
    template: str,
    case_id: str,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Order a mail to everybody of a case with a role; applicants cannot see who that is."""
    with place.transaction() as session:
        case = cases.get_case(session, UUID(case_id))
        accounts = notices.recipients(session, case, to)
        notices.mail(session, accounts, template, case_id=case.id, **(facts or {}))


def fire_timers(place: Workplace, job: Job, case_id: str) -> None:
    """Let a case go on whose time has come; what cannot go on holds up nothing else of the case.

    Raises the error of the first instance that cannot, the log has them all. A Conflict would pass
    for done already.
    """
    with place.transaction() as session:
        jobs.forget_failed(session, FIRE, case_id)
        due = timers.due_instances(session, SYSTEM, UUID(case_id))
    stuck = [error for one in due if (error := _stuck(place, UUID(case_id), one)) is not None]
    if not stuck:
        return
    first = stuck[0]
    if isinstance(first, Conflict):
        raise GrantFlowError(first.key, **first.params) from first
    raise first


def _stuck(place: Workplace, case_id: UUID, instance_id: UUID) -> GrantFlowError | None:
    try:
        with place.transaction() as session:
            timers.fire_instance(session, SYSTEM, case_id, instance_id)
    except Temporary:
        raise
    except GrantFlowError as error:
        _log.warning("a timer cannot fire", case=case_id, instance=instance_id, exc_info=error)
        return error
    return None


def sweep(place: Workplace, job: Job, **_schedule: Any) -> None:
    """Order one job for each case with a due timer.

    A case that waits already is passed over, and one that could not go on for an hour.
    """
    with place.transaction() as session:
        _order_for_cases(session, FIRE, timers.due_cases)


def _order_for_cases(session: Session, name: str, due: Callable[..., Sequence[UUID]]) -> None:
    failed = jobs.failed_lately(session, name, clock.now() - _TRIED_AGAIN)
    new = [
        NewJob(name, lock=str(case), queueing_lock=f"{name}:{case}", args={"case_id": case})
        for case in due(session, _MOST_CASES, failed)
    ]
    jobs.enqueue_all(session, new)


def escalate(place: Workplace, job: Job, **_schedule: Any) -> None:
    """Order one job for each case with overdue tasks of staff whose reminder is due."""
    with place.transaction() as session:
        _order_for_cases(session, ESCALATE_CASE, escalation.due_cases)


def escalate_case(place: Workplace, job: Job, case_id: str) -> None:
    """Remind of the overdue tasks of a case, or tell the head of unit."""
    with place.transaction() as session:
        jobs.forget_failed(session, ESCALATE_CASE, case_id)
        escalation.escalate(session, SYSTEM, UUID(case_id))


def revive(place: Workplace, job: Job, **_schedule: Any) -> None:
    """Give the jobs of killed workers to living ones."""
    with place.transaction() as session:
        for killer in jobs.revive(session, timedelta(seconds=_HEARTBEAT_SECONDS)):
            case_id = jobs.case_of(killer.args, killer.lock)
            jobs.note_error(session, killer.id, case_id, text("jobs.killed", "de"), clock.now())


def tidy(place: Workplace, job: Job, **_schedule: Any) -> None:
    """Forget what is long over, and mark deadlines whose last day has passed."""
    with place.transaction() as session:
        people.forget_old(session, place.settings)
        jobs.forget_done(session)
        deadlines.mark_missed(session, SYSTEM)


HANDLERS: Mapping[str, Handler] = {
    letters.RENDER: render_letter,
    letters.DISPATCH: dispatch_letter,
    letter_batches.APPROVE: batches.approve_in_batch,
    letter_prints.PRINT: batches.print_batch,
    notices.SEND_MAIL: send_mail,
    notices.TELL: tell,
    FIRE: fire_timers,
    SWEEP: sweep,
    REVIVE: revive,
    TIDY: tidy,
    ESCALATE: escalate,
    ESCALATE_CASE: escalate_case,
}
