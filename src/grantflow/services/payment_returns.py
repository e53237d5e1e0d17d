"""The treasury's reports read back: payments become paid or returned, the ledger follows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.clock import BERLIN
from grantflow.errors import Conflict, Invalid, Problem
from grantflow.programmes.vocabulary import CAME_BACK
from grantflow.services import audit, ledger, notices
from grantflow.services.advance import send_message
from grantflow.services.booking import Booking
from grantflow.services.catalogue import programme_of
from grantflow.services.ledger_effects import still_granted
from grantflow.services.payment_files import RELEASERS, require_one
from grantflow.services.policy import SYSTEM, Actor, Role
from grantflow.store import cases as case_rows
from grantflow.store import payment_files as rows
from grantflow.store.instances import waiting_for
from grantflow.store.payment_files import Sent
from grantflow.store.tables import PaymentFile, PaymentReturn
from grantflow.treasury import Report, ReportLine, read_report

MOST_PROBLEMS = 50
_AHEAD = timedelta(days=7)
_FROM = {"paid": ("ordered",), "returned": ("ordered", "paid")}


@dataclass(frozen=True)
class Outcome:
    """What a report says of one payment that is known here."""

    sent: Sent
    line: ReportLine


def read_back(
    session: Session, actor: Actor, authority_id: UUID, name: str, content: bytes
) -> PaymentReturn:
    """Book a report of the treasury, as a whole or not at all.

    Raises Invalid with the rows that cannot be booked (unknown payment, other amount, booked
    already, returned without a reason, another authority's file), Conflict when this very report
    was read before, NotAllowed.
    """
    require_one(actor, authority_id, RELEASERS)
    digest = hashlib.sha256(content).hexdigest()
    at = rows.read_before(session, authority_id, digest)
    if at is not None:
        raise Conflict("money.report_known", at=at)
    report = read_report(content)
    outcomes = _outcomes(session, authority_id, report)
    for one in outcomes:
        _book(session, actor, one)
    found = [one.line.outcome for one in outcomes]
    row = PaymentReturn(
        authority_id=authority_id,
        name=name[:200],
        kind=report.kind,
        sha256=digest,
        paid=found.count("paid"),
        returned=found.count("returned"),
        by=actor.account_id,
        at=clock.now(),
    )
    rows.add_return(session, row)
    return row


def _outcomes(session: Session, authority_id: UUID, report: Report) -> list[Outcome]:
    """Every line with its payment; the cases are locked before anything is compared."""
    file = _file_of(session, authority_id, report)
    names = None if report.of_all else {line.end_to_end_id for line in report.lines}
    limit = file.id if file is not None and report.of_all else None
    known = rows.sent(session, authority_id, names, limit)
    for case_id in sorted({sent.payment.case_id for sent in known.values()}, key=str):
        case_rows.lock_case(session, case_id)
    known = rows.sent(session, authority_id, names, limit)
    lines = report.lines or _of_all(report, known)
    problems = [p for line in lines for p in _problems(line, known, file)]
    if problems:
        raise Invalid(problems[:MOST_PROBLEMS])
    return [Outcome(known[line.end_to_end_id], line) for line in lines if line.outcome]


def _file_of(session: Session, authority_id: UUID, report: Report) -> PaymentFile | None:
    if not report.message_id:
        return None
    file = rows.by_message(session, authority_id, report.message_id)
    if file is None or file.state != "released":
        raise Invalid([Problem("money.report_foreign", {"id": report.message_id[:60]}, "file")])
    return file


def _of_all(report: Report, known: Mapping[str, Sent]) -> Sequence[ReportLine]:
    today = clock.today()
    return [
        ReportLine(row, name, None, report.of_all, today, report.reason)
        for row, name in enumerate(sorted(known), 1)
        if report.of_all
    ]


def _problems(
    line: ReportLine, known: Mapping[str, Sent], file: PaymentFile | None
) -> Iterator[Problem]:
    place, sent = str(line.row), known.get(line.end_to_end_id)
    params = {"row": line.row, "id": line.end_to_end_id[:60]}
    if sent is None:
        yield Problem("money.report_unknown", params, place)
        return
    if file is not None and sent.file.id != file.id:
        yield Problem("money.report_other_file", {**params, "file": file.message_id}, place)
    if line.amount is not None and line.amount != sent.entry.amount:
        worth = {"row": line.row, "found": line.amount, "wanted": sent.entry.amount}
        yield Problem("money.report_other_amount_money", worth, place)
    if line.outcome and sent.payment.state not in _FROM[line.outcome]:
        yield Problem("money.report_settled", params, place)
    if line.outcome == "returned" and not line.reason:
        yield Problem("money.report_no_reason", params, place)
    if line.on is not None and not _plausible(line, sent.file):
        yield Problem("money.report_day", {"row": line.row, "found": line.on}, place)


def _plausible(line: ReportLine, file: PaymentFile) -> bool:
    """Between the release of the file and a week from now, for values dated ahead.

    Nothing is paid before the day on which the file asks for it.
    """
    assert file.released_at is not None
    assert line.on is not None
    released = file.released_at.astimezone(BERLIN).date()
    first = max(released, file.execution_on) if line.outcome == "paid" else released
    return first <= line.on <= max(clock.today(), file.execution_on) + _AHEAD


def _book(session: Session, actor: Actor, one: Outcome) -> None:
    payment, outcome = one.sent.payment, one.line.outcome
    case = case_rows.lock_case(session, payment.case_id)
    booking = Booking(session, actor, payment.authority_id, clock.now(), outcome, one.line.reason)
    if outcome == "paid":
        ledger.confirm_paid(booking, payment)
    else:
        ledger.take_back(booking, payment, still_granted(case))
    payment.state = outcome
    entry = one.sent.entry
    entry.outcome, entry.outcome_on = outcome, one.line.on
    entry.outcome_reason = one.line.reason
    session.flush()
    audit.record(
        session, payment.case_id, payment.authority_id, actor, f"payment.{outcome}", public=True,
        data={"amount": str(payment.amount), "reason": one.line.reason},
        instance_id=payment.instance_id,
    )  # fmt: skip
    if outcome == "returned":
        for to in (Role.CASE_OFFICER, notices.APPLICANT):
            notices.tell(session, case, to, "payment_returned", reason=one.line.reason)
        # A claim that waits for this money asks for no more than is left of it.
        if waiting_for(session, case.id, "message", CAME_BACK):
            programme = programme_of(session, case.programme_version_id)
            send_message(session, SYSTEM, case, programme, CAME_BACK)
