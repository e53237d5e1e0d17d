"""Findings of the authority on single receipts, and the list as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Invalid, Problem
from grantflow.forms.amounts import write_number
from grantflow.services import answers, policy
from grantflow.services.policy import Actor
from grantflow.services.receipts import (
    ReceiptDesk,
    ReceiptList,
    Row,
    note,
    open_desk,
    own_receipt,
)
from grantflow.services.receipts_cells import WrongCell, read_amount
from grantflow.services.receipts_header import COLUMNS
from grantflow.store import receipts as rows
from grantflow.store import tasks
from grantflow.store.tables import Receipt, ReceiptFinding
from grantflow.texts import text
from grantflow.treasury.orders import harmless

VERDICTS = ("accepted", "reduced", "refused")
_UNREAD = {"receipts.cell.missing": "amount_missing", "receipts.cell.either_way": "either_way"}


@dataclass(frozen=True)
class Verdict:
    """What an officer says of a receipt; ``accepted`` (text, euro) counts for ``reduced`` only."""

    verdict: str
    accepted: str = ""
    reason: str = ""


def judge(session: Session, actor: Actor, task_id: UUID, verdicts: Mapping[UUID, Verdict]) -> int:
    """Write findings on receipts; how many.

    A reduced or refused receipt needs a reason; a reduced one keeps less than its amount and more
    than nothing. Raises Invalid with every problem (place: ``<receipt>.accepted``), NotAllowed.
    """
    desk = open_desk(session, actor, task_id, "check")
    policy.require_account(actor)
    problems: list[Problem] = []
    new: list[ReceiptFinding] = []
    for receipt_id, verdict in verdicts.items():
        row = own_receipt(session, desk, receipt_id)
        counted, faults = _counted(row, verdict, actor.language)
        problems += faults
        new.append(
            ReceiptFinding(
                receipt_id=row.id,
                case_id=desk.case.id,
                authority_id=desk.case.authority_id,
                verdict=verdict.verdict,
                accepted=counted,
                reason=verdict.reason.strip(),
                by=actor.account_id,
                at=clock.now(),
            )
        )
    if problems:
        raise Invalid(problems)
    if new:
        rows.add_findings(session, new, clock.now())
        _follow(session, actor, desk)
        note(session, actor, desk, "receipts.judged", count=len(new))
    return len(new)


def _follow(session: Session, actor: Actor, desk: ReceiptDesk) -> None:
    """What the form of the task proposed from the receipts follows them into its draft."""
    view, draft = desk.view, tasks.find_draft(session, desk.task.id)
    if draft is None or view.form is None:
        return
    now = answers.context_of(session, view.programme, view.form, desk.task, desk.case)
    followed = view.form.followed(draft.answers, view.context, now, actor.language)
    tasks.save_draft(session, desk.task.id, followed, draft.updated_by, draft.updated_at)


def _counted(row: Receipt, verdict: Verdict, language: str) -> tuple[Decimal, list[Problem]]:
    """What counts of a receipt after a verdict (euro), and what is wrong with the verdict.

    ``language`` is that in which the amount was typed.
    """
    place, params = str(row.id), {"row": row.position}
    if verdict.verdict not in VERDICTS:
        return Decimal(0), [Problem("receipts.verdict.unknown", params, f"{place}.verdict")]
    problems = []
    if verdict.verdict != "accepted" and len(verdict.reason.strip()) < 5:
        problems.append(Problem("receipts.verdict.reason", params, f"{place}.reason"))
    if verdict.verdict != "reduced":
        if verdict.accepted.strip():
            problems.append(Problem("receipts.verdict.no_amount", params, f"{place}.accepted"))
        return (row.amount if verdict.verdict == "accepted" else Decimal(0)), problems
    try:
        amount = read_amount(verdict.accepted.strip(), language)
    except WrongCell as error:
        told = {**params, "value": verdict.accepted.strip(), **error.params}
        key = _UNREAD.get(str(error), "amount")
        return Decimal(0), [
            *problems,
            Problem(f"receipts.verdict.{key}", told, f"{place}.accepted"),
        ]
    if amount >= row.amount:
        told = {**params, "amount": row.amount}
        problems.append(Problem("receipts.verdict.not_less", told, f"{place}.accepted"))
    return amount, problems


def as_csv(listed: ReceiptList, language: str) -> bytes:
    """The list for a spreadsheet, in the columns the import understands, findings besides."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    more = ("verdict", "accepted", "finding") if listed.mode != "edit" else ()
    writer.writerow([text(f"receipts.column.{name}", language) for name in (*COLUMNS, *more)])
    for row in listed.rows:
        writer.writerow([harmless(cell) for cell in _cells(row, language, findings=bool(more))])
    return out.getvalue().encode("utf-8-sig")


def _cells(row: Row, language: str, *, findings: bool) -> list[str]:
    receipt, finding = row.receipt, row.finding
    cells = [
        receipt.number,
        receipt.paid_on.strftime("%d.%m.%Y"),
        receipt.payee,
        receipt.reason,
        receipt.line,
        write_number(receipt.amount, "de", 2),
    ]
    if findings:
        verdict = text(f"receipts.verdict.{finding.verdict}", language) if finding else ""
        cells += [verdict, write_number(row.accepted, "de", 2), finding.reason if finding else ""]
    return cells
