"""The decision part of a letter, out of the answers that drafted it and the programme's facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from grantflow.letters.model import (
    Decision,
    FundingLine,
    Indicator,
    Instalment,
    PlanLine,
    StatementRule,
)
from grantflow.programmes.deadlines import Terms, computed
from grantflow.programmes.definition import ProgrammeFile
from grantflow.programmes.drafted import amount_of, day_of, rows_of
from grantflow.programmes.grant_limits import positions
from grantflow.programmes.load import Programme
from grantflow.store.tables import FormData
from grantflow.texts import text

Outcome = Literal["GRANTED", "PARTLY_GRANTED", "REJECTED"]
OUTCOMES: Mapping[str, Outcome] = {
    "grant": "GRANTED",
    "partial": "PARTLY_GRANTED",
    "reject": "REJECTED",
}
_PERCENT = Decimal(100)


def _lines(value: object) -> tuple[str, ...]:
    """A text of several lines, or a list, as lines without blanks and dashes before them."""
    rows = value if isinstance(value, list) else str(value or "").splitlines()
    stripped = (str(row).strip().removeprefix("- ").strip() for row in rows)
    return tuple(row for row in stripped if row)


def decision_of(
    programme: Programme,
    answers: Mapping[str, FormData],
    requested: Decimal | None,
    terms: Terms | None = None,
) -> Decision | None:
    """The decision that the newest form with a ``decision_outcome`` describes; None before it.

    ``requested`` is in euro; by ``terms`` the last day for the statement of use is computed.
    """
    forms = [given for given in answers.values() if given.answers.get("decision_outcome")]
    if not forms:
        return None
    drafted = max(forms, key=lambda given: given.at).answers
    outcome = OUTCOMES.get(str(drafted["decision_outcome"]))
    if outcome is None:
        return None
    applied: dict[str, Any] = {}
    for given in sorted(answers.values(), key=lambda one: one.at):
        applied.update({k: v for k, v in given.answers.items() if v not in (None, "", [])})
    found = _decision(programme.file, outcome, drafted, applied, requested)
    return found if terms is None else _with_last_day(found, terms)


def _with_last_day(decision: Decision, terms: Terms) -> Decision:
    """The statement of use with its day: a decision names one (ANBest-P Nr. 6.1)."""
    statement, until = decision.statement, decision.period_until
    if statement is None or until is None:
        return decision
    wanted = {"kind": "statement_of_use", "date": until.isoformat()}
    last = computed(terms, wanted, until).end
    return replace(decision, statement=replace(statement, last_day=last))


def _decision(
    file: ProgrammeFile,
    outcome: Outcome,
    drafted: Mapping[str, Any],
    applied: Mapping[str, Any],
    requested: Decimal | None,
) -> Decision:
    if outcome == "REJECTED":
        return Decision(
            outcome=outcome,
            requested=requested,
            reasons=str(drafted.get("reasons") or ""),
            legal_basis=_lines(file.fact("legal_basis")),
        )
    rate = amount_of(drafted.get("rate_percent"))
    return Decision(
        outcome=outcome,
        amount=amount_of(drafted.get("approved_amount")),
        requested=requested,
        eligible=amount_of(drafted.get("eligible_expenditure")),
        rate=rate / _PERCENT if rate is not None else None,
        financing_type=drafted.get("financing_type") or None,
        purpose=str(drafted.get("purpose") or ""),
        indicators=_indicators(drafted, applied),
        expenditure=_plan(_granted("expenditure", drafted, applied))
        or _plan_of_lines(file, drafted),
        cover_funds=_plan(_granted("cover_funds", drafted, applied)) or _rest_of_lines(drafted),
        line_tolerance=amount_of(file.fact("line_tolerance")),
        funding_lines=_funding_lines(file, drafted),
        period_from=day_of(drafted.get("period_from")),
        period_until=day_of(drafted.get("period_until")),
        instalments=_instalments(drafted),
        statement=_statement(file, drafted),
        special_conditions=_lines(drafted.get("special_conditions")),
        subvention_relevant=bool(file.fact("subvention_relevant", False)),
        reasons=str(drafted.get("reasons") or ""),
        **_programme_texts(file, within_one_year=_within_one_year(drafted)),
    )


def _granted(name: str, drafted: Mapping[str, Any], applied: Mapping[str, Any]) -> object:
    """A part of the financing plan as the decision fixes it, else as it was applied for."""
    return drafted.get(f"granted_{name}") or applied.get(name)


def _within_one_year(drafted: Mapping[str, Any]) -> bool:
    """Whether the period of the grant lies in one budget year; False where it is not known."""
    first, last = day_of(drafted.get("period_from")), day_of(drafted.get("period_until"))
    return first is not None and last is not None and first.year == last.year


def _programme_texts(file: ProgrammeFile, *, within_one_year: bool) -> dict[str, Any]:
    """What every decision of a programme says, out of its facts of the same name.

    A grant for one budget year reserves nothing for later ones (§ 36 Abs. 2 Nr. 3 VwVfG).
    """
    single = ("eligible_limits", "asset_binding", "payment", "prompt_use", "revocation_reserve")
    many = ("general_conditions", "audit_rights", "publicity", "legal_basis")
    found: dict[str, Any] = {name: str(file.fact(name) or "") for name in single}
    if within_one_year:
        found["revocation_reserve"] = ""
    return found | {name: _lines(file.fact(name)) for name in many}


def _plan(value: object) -> tuple[PlanLine, ...]:
    """A part of the plan; lines of the same name, e.g. of two years, are one line."""
    lines: dict[str, PlanLine] = {}
    for row in rows_of(value):
        line = PlanLine(
            label=str(row.get("label") or ""),
            amount=amount_of(row.get("amount")) or Decimal(0),
            number=str(row.get("number") or ""),
            eligible=amount_of(row.get("eligible")),
        )
        before = lines.get(line.label)
        lines[line.label] = _added(before, line) if before else line
    return tuple(lines.values())


def _added(one: PlanLine, other: PlanLine) -> PlanLine:
    parts = [line.amount if line.eligible is None else line.eligible for line in (one, other)]
    whole = one.eligible is None and other.eligible is None
    eligible = None if whole else sum(parts, Decimal(0))
    return replace(one, amount=one.amount + other.amount, eligible=eligible)


def _funding_lines(file: ProgrammeFile, drafted: Mapping[str, Any]) -> tuple[FundingLine, ...]:
    return tuple(
        FundingLine(one.line.title.de, one.granted, one.line.rate, one.financing, one.most)
        for one in positions(file, drafted)
    )


def _plan_of_lines(file: ProgrammeFile, drafted: Mapping[str, Any]) -> tuple[PlanLine, ...]:
    """The financing plan of an application by funding lines: what each recognises as eligible."""
    known = {line.code: line.title.de for line in file.funding_lines}
    return tuple(
        PlanLine(known.get(str(row.get("line")), str(row.get("line") or "")), eligible)
        for row in rows_of(drafted.get("positions"))
        if (eligible := amount_of(row.get("eligible"))) is not None
    )


def _rest_of_lines(drafted: Mapping[str, Any]) -> tuple[PlanLine, ...]:
    """What an application by funding lines leaves to the grantee: eligible less granted, euro."""
    left = [
        eligible - (amount_of(row.get("approved")) or Decimal(0))
        for row in rows_of(drafted.get("positions"))
        if (eligible := amount_of(row.get("eligible"))) is not None
    ]
    rest = sum(left, Decimal(0))
    return (PlanLine(text("services.letter.own_funds", "de"), rest),) if rest > 0 else ()


def _instalments(drafted: Mapping[str, Any]) -> tuple[Instalment, ...]:
    """The split over budget years as drafted; a grant within one year belongs to that year."""
    given = tuple(
        Instalment(int(row["year"]), amount_of(row.get("amount")) or Decimal(0))
        for row in rows_of(drafted.get("instalments"))
        if row.get("year")
    )
    first, last = day_of(drafted.get("period_from")), day_of(drafted.get("period_until"))
    granted = amount_of(drafted.get("approved_amount"))
    if given or granted is None or first is None or last is None or first.year != last.year:
        return given
    return (Instalment(first.year, granted),)


def _indicators(drafted: Mapping[str, Any], applied: Mapping[str, Any]) -> tuple[Indicator, ...]:
    """The indicators of the draft; what it leaves open is taken from the application.

    Without a day of its own an indicator is measured at the end of the period.
    """
    before = {_named(row): row for row in rows_of(applied.get("indicators"))}
    last = day_of(drafted.get("period_until"))
    usual = f"{last:%d.%m.%Y}" if last else ""
    rows = rows_of(drafted.get("indicators")) or list(before.values())
    return tuple(_indicator(row, before.get(_named(row), {}), usual) for row in rows)


def _named(row: Mapping[str, Any]) -> str:
    return str(row.get("indicator") or "").strip().casefold()


def _indicator(row: Mapping[str, Any], before: Mapping[str, Any], due: str) -> Indicator:
    def said(name: str) -> str:
        return str(row.get(name) or before.get(name) or "").strip()

    named = said("target_on") or said("due")
    day = day_of(named)
    return Indicator(
        goal=said("goal"),
        indicator=said("indicator"),
        target=said("target"),
        source=said("source"),
        baseline=said("baseline"),
        due=f"{day:%d.%m.%Y}" if day else named or due,
    )


def _statement(file: ProgrammeFile, drafted: Mapping[str, Any]) -> StatementRule | None:
    due = str(file.fact("statement_due") or "")
    kind: Literal["NORMAL", "SIMPLIFIED"] = (
        "SIMPLIFIED" if drafted.get("statement_kind") == "SIMPLIFIED" else "NORMAL"
    )
    if not due:
        return None
    # An interim statement is about a budget year that ended before the period (ANBest-P Nr. 6.1).
    interim = "" if _within_one_year(drafted) else str(file.fact("interim_due") or "")
    return StatementRule(due, kind, interim, file.authority.name)
