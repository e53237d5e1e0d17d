"""What happens to a letter after it left: returned, received later, notified again, waived."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.clock import BERLIN
from grantflow.errors import Conflict, Invalid, Problem
from grantflow.services import audit, notices, policy
from grantflow.services.catalogue import programme_of
from grantflow.services.dispatch_checks import (
    Entry,
    open_entry,
    require_channel,
    require_day,
    require_reason,
)
from grantflow.services.moved_deadlines import Shift
from grantflow.services.notification import PRINTED, Dates, write_dates
from grantflow.services.policy import Actor, Role
from grantflow.services.waivers import set_final
from grantflow.store import letters as rows
from grantflow.store import messages as message_rows
from grantflow.store import people
from grantflow.store.cases import LockedCase
from grantflow.store.tables import CaseMessage, Dispatch, Letter
from grantflow.texts import text

LONGEST = 1000


def record_return(
    session: Session, actor: Actor, dispatch_id: UUID, on: date, reason: str, note: str = ""
) -> Dispatch:
    """The letter came back, or never arrived: it counts as not notified (§ 41 Abs. 2 Satz 3 VwVfG).

    Its dates are taken back, deadlines that began with it become void, timers that wait for them
    stand still, and the case officer finds a note. Raises Invalid for a day before the dispatch or
    in the future and for an unknown reason, Conflict for a letter that came back already or whose
    receipt is proved, NotAllowed, NotFound.
    """
    entry = open_entry(session, actor, dispatch_id)
    require_reason(reason)
    require_day(entry, on)
    if entry.dispatch.received_on is not None:
        raise Conflict("dispatches.receipt_proved", on=entry.dispatch.received_on)
    dispatch, before = entry.dispatch, Dates.of(entry.dispatch)
    dispatch.state, dispatch.returned_on, dispatch.return_reason = "returned", on, reason
    write_dates(session, entry.programme, entry.letter, dispatch)
    Shift(session, actor, entry.case, entry.programme).hold(dispatch)
    _tell_officer(session, actor, entry, on, reason, _short(note))
    facts = {"reason": reason, "on": on.isoformat(), "note": _short(note)}
    _record(session, actor, entry, "dispatch.returned", before, facts)
    return dispatch


def record_receipt(
    session: Session, actor: Actor, dispatch_id: UUID, on: date, note: str = ""
) -> Dispatch:
    """The day of actual receipt, retrieval or acknowledgement; the dates that hang on it move.

    What the day means in law depends on the channel (§ 41 Abs. 2, 2a VwVfG, §§ 3 to 5 VwZG). A
    second entry corrects the first and needs a note. Raises Invalid, Conflict, NotAllowed,
    NotFound.
    """
    entry = open_entry(session, actor, dispatch_id)
    dispatch, before = entry.dispatch, Dates.of(entry.dispatch)
    require_day(entry, on)
    if dispatch.received_on == on:
        raise Conflict("dispatches.same_receipt", on=on)
    if dispatch.received_on is not None and not note.strip():
        raise Invalid([Problem("dispatches.correction_reason", place="note")])
    earlier = dispatch.received_on.isoformat() if dispatch.received_on else None
    dispatch.received_on = on
    write_dates(session, entry.programme, entry.letter, dispatch)
    if Dates.of(dispatch) != before:
        _shift_all(session, actor, entry)
    facts = {"on": on.isoformat(), "earlier": earlier, "note": _short(note)}
    _record(session, actor, entry, "dispatch.received", before, facts)
    return dispatch


def _shift_all(session: Session, actor: Actor, entry: Entry) -> None:
    """Deadlines begin with the day that counts now, or wait where the letter is not notified."""
    shift = Shift(session, actor, entry.case, entry.programme)
    if entry.dispatch.notified_on is None:
        shift.hold(entry.dispatch)
    else:
        waiting = [*shift.running(entry.dispatch), *shift.held(entry.dispatch)]
        entry.dispatch.proof = {**entry.dispatch.proof, "held": []}
        shift.restart(waiting, entry.dispatch)


def notify_again(
    session: Session,
    actor: Actor,
    dispatch_id: UUID,
    channel: str,
    why: str,
    sent_on: date | None = None,
) -> Dispatch:
    """Notify a letter that came back once more: a further entry of the register, dates anew.

    Without ``sent_on`` a letter on paper waits in the print queue, and one in the portal leaves at
    once; every other channel needs the day. Raises Conflict where the letter is notified, Invalid,
    NotAllowed, NotFound.
    """
    entry = open_entry(session, actor, dispatch_id, returned=True, roles={Role.CASE_OFFICER})
    require_channel(entry, channel, sent_on)
    if not why.strip():
        raise Invalid([Problem("dispatches.why_missing", place="why")])
    old = entry.dispatch
    new = Dispatch(
        letter_id=old.letter_id,
        attempt=old.attempt + 1,
        case_id=old.case_id,
        authority_id=old.authority_id,
        channel=channel,
        state="queued",
        by=policy.require_account(actor),
        proof={"sha256": entry.letter.pdf_sha256, "why": _short(why)},
    )
    rows.add_dispatch(session, new)
    facts = {"attempt": new.attempt, "channel": channel, "note": _short(why)}
    _record(session, actor, entry, "dispatch.again", Dates.of(old), facts)
    if sent_on is not None or channel not in PRINTED:
        if channel == "portal":
            _notice(session, entry, new)
        left(session, actor, entry.case, entry.letter, new, _moment(sent_on))
    return new


def left(
    session: Session,
    actor: Actor,
    case: LockedCase,
    letter: Letter,
    dispatch: Dispatch,
    at: datetime,
) -> None:
    """A second notification has left: its dates, and the deadlines that had become void.

    No message goes to the diagram: it has long gone on, only its timers have been waiting.
    """
    programme = programme_of(session, case.programme_version_id)
    before = rows.previous_dispatch(session, dispatch)
    dispatch.state, dispatch.sent_at = "sent", at
    write_dates(session, programme, letter, dispatch)
    if dispatch.notified_on is not None:
        shift = Shift(session, actor, case, programme)
        shift.restart(shift.held(before), dispatch)
    else:
        # Until receipt is proved nothing begins; the proof then finds what waits.
        dispatch.proof = {**dispatch.proof, "held": before.proof.get("held", [])}
    before.proof = {**before.proof, "held": []}
    entry = Entry(case, dispatch, letter, programme)
    _record(session, actor, entry, "dispatch.left_again", Dates.of(before), {}, public=True)


def record_waiver(
    session: Session, actor: Actor, dispatch_id: UUID, on: date, note: str = ""
) -> Dispatch:
    """A waiver of remedies was received: the decision is final from that day, what waits goes on.

    Raises Invalid for a letter without remedy and for a wrong day, Conflict for a second waiver
    and for a decision that is final already, NotAllowed, NotFound.
    """
    entry = open_entry(session, actor, dispatch_id, roles={Role.CASE_OFFICER})
    dispatch, before = entry.dispatch, Dates.of(entry.dispatch)
    set_final(entry, on)
    Shift(session, actor, entry.case, entry.programme).finish(dispatch, on)
    facts = {"on": on.isoformat(), "note": _short(note)}
    _record(session, actor, entry, "dispatch.waived", before, facts)
    return dispatch


def _moment(on: date | None) -> datetime:
    """Noon of an earlier day, because the hour is not known."""
    if on is None or on == clock.today():
        return clock.now()
    return datetime.combine(on, time(12), BERLIN)


def _short(note: str) -> str:
    return note.strip()[:LONGEST]


def _notice(session: Session, entry: Entry, dispatch: Dispatch) -> None:
    """Tell the applicant by mail that the letter is in the portal."""
    accounts = people.list_members(session, entry.case.organisation_id)
    if not accounts:
        raise Invalid([Problem("dispatches.nobody_in_portal", place="channel")])
    notices.mail(
        session,
        accounts,
        "letter_available",
        case_id=entry.case.id,
        letter=entry.letter.title,
        letter_id=str(entry.letter.id),
    )
    sent_to = [account.email for account in accounts]
    dispatch.proof = {**dispatch.proof, "notice_to": sent_to}


def _tell_officer(
    session: Session, actor: Actor, entry: Entry, on: date, reason: str, note: str
) -> None:
    """An internal note in the case and a mail: somebody has to notify the letter again."""
    said = {
        "letter": str(entry.letter.title.get("de", "")),
        "on": on,
        "reason": text(f"dispatches.reason.{reason}", "de"),
        "note": note,
    }
    body = text("dispatches.returned_note", "de", **said)
    message = CaseMessage(
        case_id=entry.case.id,
        authority_id=entry.case.authority_id,
        author_id=actor.account_id,
        author_name=actor.name,
        internal=True,
        body=body.strip(),
        at=clock.now(),
    )
    message_rows.add_message(session, message)
    template = notices.MESSAGE_RECEIVED
    notices.tell(session, entry.case, Role.CASE_OFFICER, template, author=actor.name)


def _record(
    session: Session,
    actor: Actor,
    entry: Entry,
    kind: str,
    before: Dates,
    facts: dict[str, Any],
    *,
    public: bool = False,
) -> None:
    """Who changed what and why; the public history names no dates of remedies."""
    data: dict[str, Any] = {
        "letter": str(entry.letter.id),
        "dispatch": str(entry.dispatch.id),
        "title": entry.letter.title,
        **facts,
    }
    if not public:
        data |= {"before": before.as_facts(), "after": Dates.of(entry.dispatch).as_facts()}
    audit.record(
        session, entry.case.id, entry.case.authority_id, actor, kind, public=public, data=data,
        instance_id=entry.letter.instance_id,
    )  # fmt: skip
