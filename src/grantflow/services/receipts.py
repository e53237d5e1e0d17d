"""Receipts of a statement: imported or typed by those who hand it in, judged by the authority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.documents import inspect
from grantflow.errors import Invalid, NotAllowed, NotFound, Problem
from grantflow.services import answers, audit, statements
from grantflow.services.policy import Actor
from grantflow.services.receipts_checks import Remark
from grantflow.services.receipts_header import COLUMNS
from grantflow.services.receipts_import import Entry, checked, parse
from grantflow.services.receipts_table import decoded
from grantflow.services.task_rules import require_may_do
from grantflow.services.task_views import TaskView, task_view
from grantflow.settings import settings
from grantflow.store import receipts as rows
from grantflow.store import tasks as task_rows
from grantflow.store.receipts import Statement, Sums
from grantflow.store.tables import Case, Receipt, ReceiptFinding, Task
from grantflow.texts import Said

MOST = 5_000


@dataclass(frozen=True)
class Row:
    """A receipt with the finding on it, if there is one."""

    receipt: Receipt
    finding: ReceiptFinding | None

    @property
    def accepted(self) -> Decimal:
        """What counts of it, in euro."""
        return statements.accepted(self.receipt, self.finding)


@dataclass(frozen=True)
class ReceiptList:
    """The receipts of a statement as one task sees them.

    ``mode`` is ``edit`` (whoever hands in), ``check`` (findings) or ``show``; ``open`` says whether
    the person may change anything now. ``remarks`` are those of the automatic checks.
    """

    view: TaskView
    statement: Statement
    mode: str
    open: bool
    rows: Sequence[Row]
    remarks: Sequence[Remark]
    plan: Sequence[str]

    @property
    def sums(self) -> Sums:
        """Number and sums (euro)."""
        return Sums(
            len(self.rows),
            sum((row.receipt.amount for row in self.rows), Decimal(0)),
            sum((row.accepted for row in self.rows), Decimal(0)),
            sum(row.finding is not None for row in self.rows),
        )

    def remarks_on(self, position: int) -> list[Remark]:
        """What the checks say of one receipt."""
        return [remark for remark in self.remarks if position in remark.receipts]


@dataclass(frozen=True)
class ReceiptDesk:
    """An open task with its receipts, the case locked; ``view`` as it was found."""

    case: Case
    task: Task
    view: TaskView
    statement: Statement
    plan: tuple[str, ...] = field(default=())


def list_of(session: Session, actor: Actor, task_id: UUID) -> ReceiptList:
    """The receipts a task shows. Raises NotFound where it shows none, NotAllowed."""
    view = task_view(session, actor, task_id)
    item = answers.item_of(view.task)
    statement = statements.statement_of(view.form, view.task.case_id, item)
    table = statements.table_of(view.form)
    if statement is None or table is None:
        raise NotFound("receipts.not_found")
    listed = rows.list_receipts(session, statement)
    found = rows.findings(session, [row.id for row in listed])
    data = view.task.facts.get("data", {})
    figures = (
        statements.Figures(view.answers, data, actor.language)
        if table.mode == "edit"
        else statements.figures_of(session, statement, data)
    )
    case = view.case.case
    return ReceiptList(
        view=view,
        statement=statement,
        mode=table.mode,
        open=view.may_complete and view.task.status == "open" and table.mode != "show",
        rows=[Row(row, found.get(row.id)) for row in listed],
        remarks=statements.checks(session, case, view.programme, statement, figures),
        plan=statements.plan_of(data),
    )


def open_desk(session: Session, actor: Actor, task_id: UUID, mode: str) -> ReceiptDesk:
    """Lock the case and see that the actor may change receipts in this way now."""
    case = task_rows.lock_case_of(session, task_id)
    found = task_rows.task_for(session, task_id, actor.account_id)
    require_may_do(session, actor, case, found)
    view = task_view(session, actor, task_id)
    statement = statements.statement_of(view.form, case.id, answers.item_of(found.task))
    table = statements.table_of(view.form)
    if statement is None or table is None:
        raise NotFound("receipts.not_found")
    if table.mode != mode:
        raise NotAllowed("receipts.not_here")
    plan = statements.plan_of(found.task.facts.get("data", {}))
    return ReceiptDesk(case, found.task, view, statement, plan)


def note(session: Session, actor: Actor, desk: ReceiptDesk, kind: str, **data: Any) -> None:
    """Write an event about the receipts of a task into the history of the case."""
    audit.record(
        session, desk.case.id, desk.case.authority_id, actor, kind,
        element_id=desk.task.element_id, data={"task": desk.task.name, **data},
        instance_id=desk.task.instance_id,
    )  # fmt: skip


# ---- whoever hands in


def import_list(
    session: Session,
    actor: Actor,
    task_id: UUID,
    name: str,
    content: bytes,
    *,
    replace: bool = False,
) -> int:
    """Take over a list of receipts (CSV, XLSX, ODS); how many there were.

    ``replace`` takes the present ones off the list, else the new ones follow them. All or nothing:
    Invalid carries every fault with row, column, value and how to mend it. Raises NotAllowed,
    Conflict, NotFound.
    """
    inspected = inspect(
        name, _as_utf8(name, content), megabytes=settings().upload_megabytes, place="file"
    )
    desk = open_desk(session, actor, task_id, "edit")
    entries = parse(inspected.name, content, desk.plan)
    before = rows.list_receipts(session, desk.statement)
    if (0 if replace else len(before)) + len(entries) > MOST:
        raise Invalid([Problem("receipts.file.too_many", {"most": MOST}, "file")])
    if replace:
        _drop(session, desk, before)
    _add(session, actor, desk, entries)
    note(session, actor, desk, "receipts.imported", count=len(entries), name=inspected.name)
    return len(entries)


def _as_utf8(name: str, content: bytes) -> bytes:
    """CSV as German Excel writes it, so that its content is judged and not its encoding."""
    if not name.lower().endswith(".csv"):
        return content
    return decoded(name, content).encode()


def add(session: Session, actor: Actor, task_id: UUID, given: Mapping[str, str]) -> Receipt:
    """Put one typed receipt at the end of the list. Raises Invalid (places are the columns)."""
    desk = open_desk(session, actor, task_id, "edit")
    if len(rows.list_receipts(session, desk.statement)) >= MOST:
        raise Invalid([Problem("receipts.file.too_many", {"most": MOST}, "number")])
    position = rows.last_position(session, desk.statement) + 1
    row = _add(session, actor, desk, [_typed(actor, desk, given, position)], position)[0]
    note(session, actor, desk, "receipts.added", amount=str(row.amount))
    return row


def change(
    session: Session, actor: Actor, task_id: UUID, receipt_id: UUID, given: Mapping[str, str]
) -> Receipt:
    """Correct one receipt at its place; what was handed in before stays in the file."""
    desk = open_desk(session, actor, task_id, "edit")
    before = own_receipt(session, desk, receipt_id)
    position = before.position
    entry = _typed(actor, desk, given, position)
    _drop(session, desk, [before])
    row = _add(session, actor, desk, [entry], position)[0]
    note(session, actor, desk, "receipts.changed", row=position)
    return row


def remove(session: Session, actor: Actor, task_id: UUID, receipt_id: UUID) -> None:
    """Take a receipt off the list. Raises NotFound, NotAllowed, Conflict."""
    desk = open_desk(session, actor, task_id, "edit")
    row = own_receipt(session, desk, receipt_id)
    position = row.position
    _drop(session, desk, [row])
    note(session, actor, desk, "receipts.removed", row=position)


def _typed(actor: Actor, desk: ReceiptDesk, given: Mapping[str, str], position: int) -> Entry:
    written = {name: given.get(name, "").strip() for name in COLUMNS}
    values, problems = checked(written, desk.plan, actor.language)
    if problems:
        raise Invalid([_placed(problem, position) for problem in problems])
    return Entry(**values)


def _placed(problem: Problem, position: int) -> Problem:
    """The texts of a list name row and column."""
    column = Said(f"receipts.column.{problem.place}", {})
    params = {"row": position, "column": column, **problem.params}
    return Problem(problem.key, params, problem.place)


def own_receipt(session: Session, desk: ReceiptDesk, receipt_id: UUID) -> Receipt:
    row = rows.get_receipt(session, receipt_id)
    if Statement(row.case_id, row.form, row.item) != desk.statement:
        raise NotFound("receipts.not_found")
    return row


def _drop(session: Session, desk: ReceiptDesk, gone: Sequence[Receipt]) -> None:
    rows.drop_receipts(session, gone, statements.handed_in(session, desk.statement), clock.now())


def _add(
    session: Session, actor: Actor, desk: ReceiptDesk, entries: Sequence[Entry], position: int = 0
) -> list[Receipt]:
    first = position or rows.last_position(session, desk.statement) + 1
    new = [
        Receipt(
            case_id=desk.case.id,
            authority_id=desk.case.authority_id,
            form=desk.statement.form,
            item=desk.statement.item,
            position=number,
            number=entry.number,
            paid_on=entry.paid_on,
            payee=entry.payee,
            reason=entry.reason,
            line=entry.line,
            amount=entry.amount,
            created_at=clock.now(),
            created_by=actor.account_id,
        )
        for number, entry in enumerate(entries, first)
    ]
    rows.add_receipts(session, new)
    return new
