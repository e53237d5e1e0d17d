"""How letters leave: portal with a notice by mail, or the print queue; proof and register."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow import letters as pages
from grantflow.clock import BERLIN
from grantflow.documents import Blobs
from grantflow.errors import Conflict, Invalid, NotAllowed, Problem
from grantflow.services import audit, notices, policy, renotification
from grantflow.services.advance import send_message
from grantflow.services.catalogue import programme_of
from grantflow.services.notification import CORRECTS, PRINTED, write_dates
from grantflow.services.policy import Actor, Role
from grantflow.services.reach import reach_of
from grantflow.store import cases as case_rows
from grantflow.store import letters as rows
from grantflow.store import people
from grantflow.store.cases import LockedCase, Reach
from grantflow.store.letters import DispatchLine
from grantflow.store.tables import Dispatch, Letter

__all__ = ["DispatchLine"]

PRINTERS = (Role.REGISTRY, Role.CASE_OFFICER)
READERS = (*PRINTERS, Role.SECOND_REVIEWER, Role.HEAD_OF_UNIT, Role.AUDITOR_INTERNAL)
PAGE = 100


def dispatch_out(session: Session, actor: Actor, letter_id: UUID) -> bool:
    """Send a rendered letter, or put it into the print queue; for the worker.

    Everything happens in this one transaction: the proof, the mail notice as a job, the message
    ``dispatched_<letter>`` to the case. So a job that comes twice, or is killed half-way, sends
    once. False if the letter has left (or waits in the queue) already.
    """
    case = case_rows.lock_case(session, rows.get_letter(session, letter_id).case_id)
    letter = rows.get_letter(session, letter_id)
    if letter.state != "rendered" or rows.find_dispatch(session, letter_id) is not None:
        return False
    if letter.channel in PRINTED:
        _queue(session, actor, case, letter)
        return True
    accounts = people.list_members(session, case.organisation_id)
    dispatch = Dispatch(
        letter_id=letter.id,
        case_id=case.id,
        authority_id=case.authority_id,
        channel=letter.channel,
        by=letter.approved_by or letter.prepared_by,
        proof={"notice_to": [account.email for account in accounts], "sha256": letter.pdf_sha256},
    )
    rows.add_dispatch(session, dispatch)
    notices.mail(
        session,
        accounts,
        "letter_available",
        case_id=case.id,
        letter=letter.title,
        letter_id=str(letter.id),
    )
    _sent(session, actor, case, letter, dispatch)
    return True


def _queue(session: Session, actor: Actor, case: LockedCase, letter: Letter) -> None:
    dispatch = Dispatch(
        letter_id=letter.id,
        case_id=case.id,
        authority_id=case.authority_id,
        channel=letter.channel,
        state="queued",
        proof={"sha256": letter.pdf_sha256},
    )
    rows.add_dispatch(session, dispatch)
    _record(session, actor, case, letter, "letter.queued", public=False)


def _sent(
    session: Session,
    actor: Actor,
    case: LockedCase,
    letter: Letter,
    dispatch: Dispatch,
    at: datetime | None = None,
) -> None:
    """The letter has left: what follows in law, history, and the message to the diagram."""
    programme = programme_of(session, case.programme_version_id)
    now = at or clock.now()
    if dispatch.attempt > 1:
        renotification.left(session, actor, case, letter, dispatch, now)
        return
    dispatch.state, dispatch.sent_at = "sent", now
    letter.state = "dispatched"
    write_dates(session, programme, letter, dispatch)
    _record(session, actor, case, letter, "letter.dispatched", public=True)
    if letter.relation == CORRECTS:
        return  # diagrams wait for the letter itself, which has left before
    payload = {"letter": str(letter.id), "sent_at": now.isoformat()}
    send_message(session, actor, case, programme, f"dispatched_{letter.name}", payload)


def _record(
    session: Session, actor: Actor, case: LockedCase, letter: Letter, kind: str, *, public: bool
) -> None:
    audit.record(
        session, case.id, case.authority_id, actor, kind, public=public,
        data={"letter": str(letter.id), "title": letter.title, "channel": letter.channel},
        instance_id=letter.instance_id,
    )  # fmt: skip


def require_reach(actor: Actor, roles: Collection[str]) -> tuple[Reach, ...]:
    """Where the actor holds one of some roles. Raises NotAllowed where nowhere."""
    found = reach_of(actor, roles)
    if not found:
        raise NotAllowed(role=", ".join(sorted(roles)))
    return found


def print_queue(session: Session, actor: Actor) -> Sequence[DispatchLine]:
    """Letters that wait to be printed, oldest first; for the registry and case officers."""
    return rows.print_queue(session, require_reach(actor, PRINTERS))


def printable(
    session: Session, actor: Actor, blobs: Blobs, ids: Collection[UUID] | None = None
) -> bytes:
    """The queued letters (or some of them) as one PDF. Conflict when none of them waits."""
    lines = rows.print_queue(session, require_reach(actor, PRINTERS), ids)
    if not lines:
        raise Conflict("services.dispatches.nothing_queued")
    return pages.merge([blobs.get(str(line.letter.pdf_sha256)) for line in lines])


def mark_printed(
    session: Session, actor: Actor, ids: Collection[UUID], *, posted_on: date | None = None
) -> int:
    """The letters were posted (today or on an earlier day): proof, dates and messages follow.

    Letters that are no longer queued are passed over. Raises Invalid for a day in the future or
    before a letter was approved (then none is marked), NotAllowed, NotFound.
    """
    account, done = policy.require_account(actor), 0
    at = _moment_of(posted_on)
    lines = rows.print_queue(session, require_reach(actor, PRINTERS), ids)
    _require_approved_by(posted_on or clock.today(), [line.letter for line in lines])
    # One order of locks for all: two people who mark the same letters cannot block each other.
    for line in sorted(lines, key=lambda one: str(one.dispatch.case_id)):
        case = case_rows.lock_case(session, line.dispatch.case_id)
        dispatch = rows.find_dispatch(session, line.letter.id)
        if dispatch is not None and dispatch.state == "queued":
            dispatch.by = account
            letter = rows.get_letter(session, line.letter.id)
            _sent(session, actor, case, letter, dispatch, at)
            done += 1
    return done


def _require_approved_by(day: date, posted: Sequence[Letter]) -> None:
    """No letter leaves before somebody answers for it; the period for remedies hangs on the day."""
    approved = [
        letter.approved_at.astimezone(BERLIN).date() for letter in posted if letter.approved_at
    ]
    latest = max(approved, default=day)
    if day < latest:
        key = "services.dispatches.before_approval"
        raise Invalid([Problem(key, {"approved": latest}, "posted_on")])


def _moment_of(posted_on: date | None) -> datetime | None:
    """Noon of an earlier day, because the hour of posting is not known; None for today."""
    if posted_on is None or posted_on == clock.today():
        return None
    if posted_on > clock.today():
        raise Invalid([Problem("services.dispatches.in_the_future", place="posted_on")])
    return datetime.combine(posted_on, time(12), BERLIN)


def register(
    session: Session, actor: Actor, *, since: date | None = None, page: int = 1
) -> Sequence[DispatchLine]:
    """Letters that left since a day (default: the last 90 days), latest first, 100 a page."""
    first = since or clock.today() - timedelta(days=90)
    reach = require_reach(actor, READERS)
    return rows.register(session, reach, first, PAGE, (max(page, 1) - 1) * PAGE)
