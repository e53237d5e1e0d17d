"""The automatic checks of a statement: receipts against period, plan, figures and other lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from grantflow.errors import Problem
from grantflow.rules.rounding import cents

NOTHING = Decimal(0)
SERIOUS, NOTE = "serious", "note"


@dataclass(frozen=True)
class Listed:
    """A receipt as the checks see it: its place in the list, euro, the day it was paid."""

    position: int
    paid_on: date
    payee: str
    reason: str
    amount: Decimal
    number: str = ""
    line: str = ""
    source: str = ""  # reference of the case, for receipts of other statements
    same_case: bool = False

    @property
    def sameness(self) -> tuple[object, ...]:
        """What makes two entries the same receipt: day, amount and payee."""
        return (self.paid_on, self.amount, _plain(self.payee))


@dataclass(frozen=True)
class PlanFigure:
    """One line of the financing plan: planned and spent, in euro."""

    label: str
    planned: Decimal
    spent: Decimal


@dataclass(frozen=True)
class Statement:
    """Everything the checks need to know; amounts in euro, ``tolerance`` as a share (0.20)."""

    receipts: Sequence[Listed]
    figures: Sequence[PlanFigure] = ()
    period_from: date | None = None
    period_until: date | None = None
    received: Decimal | None = None  # other funds and income, actual
    planned_funds: Decimal | None = None  # the same, as planned
    tolerance: Decimal | None = None
    elsewhere: Sequence[Listed] = ()  # other statements and cases of the organisation
    other_references: Sequence[str] = ()
    ineligible: Sequence[str] = ()  # words of what is never eligible
    needs_receipts: bool = True


@dataclass(frozen=True)
class Remark:
    """What a check found: its text, how grave it is, the receipts it is about (positions)."""

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: str = SERIOUS
    receipts: tuple[int, ...] = ()

    @property
    def problem(self) -> Problem:
        """The same as something that can be said in a language."""
        return Problem(self.key, self.params)


def run(statement: Statement) -> tuple[Remark, ...]:
    """All remarks on a statement; none of them decides anything, an officer does.

    Those on receipts come in the order of the list, those on the whole statement after them.
    Legal sources: ANBest-P Nr. 1.2 (binding plan, own funds first), Nr. 6 (statement of use),
    funding period of the decision.
    """
    found = [remark for check in CHECKS for remark in check(statement)]
    return tuple(sorted(found, key=lambda one: (not one.receipts, one.params.get("row", 0))))


def _plain(words: str) -> str:
    return "".join(sign for sign in words.lower() if sign.isalnum())


def period(statement: Statement) -> Iterator[Remark]:
    """Paid outside the funding period."""
    for one in statement.receipts:
        early = statement.period_from is not None and one.paid_on < statement.period_from
        late = statement.period_until is not None and one.paid_on > statement.period_until
        if early or late:
            params = {
                "row": one.position,
                "day": one.paid_on,
                "from": statement.period_from,
                "until": statement.period_until,
            }
            key = "receipts.check.too_early" if early else "receipts.check.too_late"
            yield Remark(key, params, SERIOUS, (one.position,))


def duplicates(statement: Statement) -> Iterator[Remark]:
    """The same receipt twice in the list: same day, amount and payee, or same number and payee."""
    seen: dict[tuple[object, ...], int] = {}
    for one in statement.receipts:
        marks = [one.sameness]
        if one.number:
            marks.append((_plain(one.number), _plain(one.payee), one.amount))
        first = next((seen[mark] for mark in marks if mark in seen), None)
        if first is not None:
            params = {"row": one.position, "other": first, "amount": one.amount}
            yield Remark("receipts.check.twice_money", params, SERIOUS, (first, one.position))
        for mark in marks:
            seen.setdefault(mark, one.position)


def used_before(statement: Statement) -> Iterator[Remark]:
    """The same receipt in another statement of the case or in another project."""
    others: dict[tuple[object, ...], Listed] = {}
    for other in statement.elsewhere:
        others.setdefault(other.sameness, other)
    for one in statement.receipts:
        same = others.get(one.sameness)
        if same is None:
            continue
        # An interim statement lists what the final one lists again; only other cases are serious.
        name, severity = ("interim", NOTE) if same.same_case else ("other_project", SERIOUS)
        params = {"row": one.position, "reference": same.source, "other": same.position}
        yield Remark(f"receipts.check.{name}", params, severity, (one.position,))


def foreign(statement: Statement) -> Iterator[Remark]:
    """The receipt itself names another project of the organisation."""
    for one in statement.receipts:
        written = _plain(f"{one.number} {one.reason}")
        for reference in statement.other_references:
            if _plain(reference) and _plain(reference) in written:
                params = {"row": one.position, "reference": reference}
                yield Remark("receipts.check.names_other", params, SERIOUS, (one.position,))


def ineligible(statement: Statement) -> Iterator[Remark]:
    """The words of the receipt point to something that is never eligible."""
    for one in statement.receipts:
        words = f"{one.reason} {one.payee}".lower()
        found = next((word for word in statement.ineligible if word.lower() in words), None)
        if found is not None:
            params = {"row": one.position, "word": found, "amount": one.amount}
            yield Remark("receipts.check.ineligible_money", params, SERIOUS, (one.position,))


def sums(statement: Statement) -> Iterator[Remark]:
    """All receipts together against the figures of the statement."""
    stated = sum((figure.spent for figure in statement.figures), NOTHING)
    if not statement.figures:
        return
    if not statement.receipts:
        if statement.needs_receipts and stated:
            yield Remark("receipts.check.none")
        return
    total = sum((one.amount for one in statement.receipts), NOTHING)
    if total != stated:
        yield Remark("receipts.check.total_differs_money", {"listed": total, "stated": stated})


def sums_of_lines(statement: Statement) -> Iterator[Remark]:
    """The receipts of each line against its figure, where every receipt names its line."""
    if not statement.receipts or not all(one.line for one in statement.receipts):
        return
    listed: dict[str, Decimal] = defaultdict(Decimal)
    for one in statement.receipts:
        listed[_plain(one.line)] += one.amount
    for figure in statement.figures:
        found = listed[_plain(figure.label)]
        if found != figure.spent:
            params = {"line": figure.label, "listed": found, "stated": figure.spent}
            yield Remark("receipts.check.line_differs_money", params)


def lines(statement: Statement) -> Iterator[Remark]:
    """Lines that go beyond the plan by more than the tolerance, or without savings elsewhere."""
    if statement.tolerance is None:
        return
    saved = sum((max(f.planned - f.spent, NOTHING) for f in statement.figures), NOTHING)
    over = sum((max(f.spent - f.planned, NOTHING) for f in statement.figures), NOTHING)
    for figure in statement.figures:
        excess = figure.spent - figure.planned
        limit = figure.planned * (1 + statement.tolerance)
        if figure.spent > limit:
            params = {
                "line": figure.label,
                "planned": figure.planned,
                "spent": figure.spent,
                "limit": cents(limit),
            }
            yield Remark("receipts.check.over_tolerance_money", params)
        elif excess > 0 and over > saved:
            params = {"line": figure.label, "over": excess, "saved": saved}
            yield Remark("receipts.check.not_saved_money", params)


def own_funds(statement: Statement) -> Iterator[Remark]:
    """Own funds and income come before the grant: less than planned must be explained."""
    if statement.received is None or statement.planned_funds is None:
        return
    if statement.received < statement.planned_funds:
        params = {"received": statement.received, "planned": statement.planned_funds}
        yield Remark("receipts.check.own_funds_money", params)
    elif statement.received > statement.planned_funds:
        params = {"received": statement.received, "planned": statement.planned_funds}
        yield Remark("receipts.check.more_funds_money", params, NOTE)


CHECKS = (
    period,
    duplicates,
    used_before,
    foreign,
    ineligible,
    sums,
    sums_of_lines,
    lines,
    own_funds,
)
