"""Statements of a case: which receipts a form shows, and what the automatic checks say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.forms import Form
from grantflow.forms.amounts import NotANumber, as_decimal
from grantflow.forms.field import Field, Kind
from grantflow.programmes.drafted import rows_of
from grantflow.programmes.load import Programme
from grantflow.services import profiles, receipts_checks, statement_lines
from grantflow.services.receipts_checks import Listed, PlanFigure, Remark
from grantflow.services.statement_lines import LINES, Counted
from grantflow.store import forms_data
from grantflow.store import receipts as rows
from grantflow.store.receipts import Elsewhere, Statement
from grantflow.store.tables import Case, Receipt, ReceiptFinding

SHOWN = "receipts"
"""The name under which a table of a form finds the receipts of its statement."""

FINAL = "submit_statement_of_use"
"""By convention the form of the statement of use; the sample of audits is drawn from these."""

SIMPLIFIED = "SIMPLIFIED"


@dataclass(frozen=True)
class Figures:
    """What a statement says besides its receipts, and what its task knows of the grant.

    ``language`` is that of whoever drafts it; what was handed in is kept the same in all of them.
    """

    answers: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    language: str = "de"


def table_of(form: Form | None) -> Field | None:
    """The table of receipts in a form, if it has one."""
    fields = form.every_field if form is not None else ()
    return next((f for f in fields if f.kind is Kind.TABLE and f.source == SHOWN), None)


def statement_of(form: Form | None, case_id: UUID, item: str) -> Statement | None:
    """The statement whose receipts a form shows: its own, or the one its table names."""
    table = table_of(form)
    if table is None or form is None:
        return None
    return Statement(case_id, table.statement or form.name, item)


def receipts_shown(
    session: Session, form: Form, case: Case, item: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    """The receipts of the form's statement for its expressions, amounts as numbers (euro).

    Where the statement was handed in (``spent`` in ``data``), its lines stand beside them.
    """
    statement = statement_of(form, case.id, item)
    if statement is None:
        return {}
    listed = rows.list_receipts(session, statement)
    found = rows.findings(session, [row.id for row in listed])
    shown: dict[str, Any] = {SHOWN: [_shown(row, found.get(row.id)) for row in listed]}
    if data.get("spent"):
        counted = [Counted(row.line, accepted(row, found.get(row.id))) for row in listed]
        shown[LINES] = statement_lines.shown(data, counted, _tolerance(session, case))
    return shown


def _shown(row: Receipt, finding: ReceiptFinding | None) -> dict[str, Any]:
    return {
        "number": row.number,
        "paid_on": row.paid_on.isoformat(),
        "payee": row.payee,
        "reason": row.reason,
        "line": row.line,
        "amount": float(row.amount),
        "accepted": float(accepted(row, finding)),
    }


def accepted(row: Receipt, finding: ReceiptFinding | None) -> Decimal:
    """What counts of a receipt, in euro; without a finding all of it."""
    return row.amount if finding is None else finding.accepted


def handed_in(session: Session, statement: Statement) -> datetime | None:
    """When the statement was last handed in (UTC); None before the first time."""
    found = forms_data.find_latest(session, statement.case_id, statement.form, statement.item)
    return found.at if found else None


def figures_of(session: Session, statement: Statement, data: Mapping[str, Any]) -> Figures:
    """The statement as it was last handed in."""
    found = forms_data.find_latest(session, statement.case_id, statement.form, statement.item)
    return Figures(found.answers if found else {}, data)


def plan_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The lines of the binding financing plan, in its order."""
    lines = data.get("plan_lines")
    return tuple(str(line.get("label")) for line in lines) if isinstance(lines, list) else ()


def checks(
    session: Session, case: Case, programme: Programme, statement: Statement, figures: Figures
) -> tuple[Remark, ...]:
    """The automatic checks of a statement as it stands now; they hint, an officer decides.

    Raises MissingValue where the rule profile of the case has no tolerance for budget lines.
    """
    listed = rows.list_receipts(session, statement)
    period = _period(figures.data, statement.item)
    needed = table_of(programme.forms.get(statement.form))
    asked = receipts_checks.Statement(
        receipts=[_listed(row) for row in listed],
        figures=_plan_figures(figures),
        period_from=period[0],
        period_until=period[1],
        received=read_money(figures.answers.get("total_received"), figures.language),
        planned_funds=read_money(figures.data.get("planned_other_funds")),
        tolerance=_tolerance(session, case),
        elsewhere=_elsewhere(session, case, statement, listed),
        other_references=rows.references_of(session, case.organisation_id, case.id),
        ineligible=[str(word) for word in programme.file.fact("ineligible_items", [])],
        needs_receipts=bool(needed and needed.limits.required) and not _simplified(session, case),
    )
    return receipts_checks.run(asked)


def _listed(row: Receipt, source: str = "", *, same_case: bool = False) -> Listed:
    return Listed(
        position=row.position,
        paid_on=row.paid_on,
        payee=row.payee,
        reason=row.reason,
        amount=row.amount,
        number=row.number,
        line=row.line,
        source=source,
        same_case=same_case,
    )


def _elsewhere(
    session: Session, case: Case, statement: Statement, listed: Sequence[Receipt]
) -> list[Listed]:
    pairs = {(row.amount, row.paid_on) for row in listed}
    found: Sequence[Elsewhere] = rows.elsewhere(session, statement, case.organisation_id, pairs)
    return [
        _listed(one.receipt, one.reference, same_case=one.receipt.case_id == case.id)
        for one in found
    ]


def _plan_figures(figures: Figures) -> list[PlanFigure]:
    """The lines with a figure; one that is still empty in a draft says nothing yet.

    What was planned is read from the plan where the case has one: a draft keeps no computed sums.
    """
    spent = figures.answers.get("spent")
    plan = statement_lines.sums(rows_of(figures.data.get("plan_lines")))
    found = [(line, read_money(line.get("amount"), figures.language)) for line in rows_of(spent)]
    return [
        PlanFigure(label, plan.get(label, read_money(line.get("planned")) or Decimal(0)), one)
        for line, one in found
        for label in [str(line.get("label") or "")]
        if one is not None
    ]


def read_money(value: object, language: str = "de") -> Decimal | None:
    """An amount as it is kept, or typed in a draft in that language; None where there is none."""
    try:
        return None if value in (None, "") else as_decimal(value, language)
    except NotANumber:
        return None


def _period(data: Mapping[str, Any], item: str) -> tuple[date | None, date | None]:
    """The funding period; of an interim statement, the part of it in its budget year."""
    first, last = day(data.get("period_from")), day(data.get("period_until"))
    if item.isdecimal() and len(item) == 4 and first and last:
        year = int(item)
        return max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
    return first, last


def _tolerance(session: Session, case: Case) -> Decimal:
    profile = profiles.for_case(session, case, clock.today())
    return Decimal(str(profile.value("line_tolerance").value))


def _simplified(session: Session, case: Case) -> bool:
    """Whether the decision asks for the simplified statement, without receipts (ANBest-P Nr. 6)."""
    kinds = [
        given.answers.get("statement_kind")
        for given in forms_data.latest_of_case(session, case.id)
        if given.answers.get("statement_kind")
    ]
    return bool(kinds) and kinds[-1] == SIMPLIFIED


def day(value: object) -> date | None:
    """A day of answers or routing data; None where there is none."""
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
