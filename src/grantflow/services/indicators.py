"""Success review of a programme: indicators with target and actual, reviews of the projects.

Legal source: VV/AV Nr. 11a zu § 44 BHO/LHO, § 7 BHO/LHO (goal achievement, effect, economy).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import NotFound
from grantflow.forms.amounts import NotANumber, places, read_number
from grantflow.services import catalogue
from grantflow.services.policy import Actor, require_account
from grantflow.services.reach import case_reach
from grantflow.store import indicators as rows
from grantflow.store.indicators import Answered

DECISION, STATEMENT, REVIEW = "draft_decision", "submit_statement_of_use", "evaluate_case"
"""The forms that hold what was decided, what was reported and how it was reviewed."""

THOUSANDS = 3  # digits behind a separator that may be meant to group

OPEN, SAID, REACHED, MISSED = "open", "said", "reached", "missed"


@dataclass(frozen=True)
class IndicatorLine:
    """One indicator of one project; ``share`` is actual by target in percent where both count."""

    case_id: UUID
    reference: str
    title: str
    organisation: str
    goal: str
    indicator: str
    baseline: str
    target: str
    target_on: str
    source: str
    actual: str
    state: str  # open | said | reached | missed
    share: int | None


@dataclass(frozen=True)
class Review:
    """How a project was reviewed: goal achievement, effect, economy, lessons."""

    case_id: UUID
    reference: str
    title: str
    goal_achievement: str  # full | partly | missed
    effect: str
    economy: str
    lessons: str


@dataclass(frozen=True)
class Success:
    """All indicators and reviews of a programme, with their sums."""

    lines: tuple[IndicatorLine, ...]
    reviews: tuple[Review, ...]

    @property
    def cases(self) -> int:
        """How many projects have indicators."""
        return len({line.case_id for line in self.lines})

    def count(self, *states: str) -> int:
        """How many indicators stand in one of these states."""
        return sum(line.state in states for line in self.lines)


def success(
    session: Session, actor: Actor, programme_id: UUID, call_id: UUID | None = None
) -> Success:
    """The success review of a programme or of one of its calls, for staff who see its cases.

    Raises NotFound for a programme the actor has no cases in.
    """
    known = {line.programme.id for line in catalogue.list_programmes(session, actor)}
    if programme_id not in known:
        raise NotFound
    scope = rows.Scope(programme_id, call_id, case_reach(actor), require_account(actor))
    found = rows.answers_of(session, scope, (DECISION, STATEMENT, REVIEW))
    return collected(found)


def collected(found: Iterable[Answered]) -> Success:
    """Indicators and reviews out of the newest answers, sorted by reference."""
    lines: list[IndicatorLine] = []
    reviews: list[Review] = []
    for _, group in groupby(found, key=lambda one: one.reference):
        forms = {one.form: one for one in group}
        lines += _lines(forms)
        if REVIEW in forms:
            reviews.append(_review(forms[REVIEW]))
    return Success(tuple(lines), tuple(reviews))


def _lines(forms: Mapping[str, Answered]) -> list[IndicatorLine]:
    decision = forms.get(DECISION)
    if decision is None:
        return []
    reached = _actuals(forms, STATEMENT, "results") | _actuals(forms, REVIEW, "indicator_values")
    planned: Sequence[Mapping[str, Any]] = decision.answers.get("indicators") or ()
    return [
        _line(decision, row, *reached.get(_said(row, "indicator"), ("", ""))) for row in planned
    ]


def _actuals(forms: Mapping[str, Answered], form: str, field: str) -> dict[str, tuple[str, str]]:
    """What was reached by indicator, with the language of whoever said so."""
    if form not in forms:
        return {}
    given, language = forms[form].answers.get(field), forms[form].language
    return {_said(row, "indicator"): (_said(row, "actual"), language) for row in given or () if row}


def _line(decision: Answered, row: Mapping[str, Any], actual: str, language: str) -> IndicatorLine:
    baseline, target = _said(row, "baseline"), _said(row, "target")
    start, wanted = number_in(baseline, decision.language), number_in(target, decision.language)
    found = number_in(actual, language)
    return IndicatorLine(
        case_id=decision.case_id,
        reference=decision.reference,
        title=decision.title,
        organisation=decision.organisation,
        goal=_said(row, "goal"),
        indicator=_said(row, "indicator"),
        baseline=baseline,
        target=target,
        target_on=_said(row, "target_on"),
        source=_said(row, "source"),
        actual=actual,
        state=state_of(start, wanted, found) if actual else OPEN,
        share=share_of(wanted, found),
    )


def _said(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name) or "").strip()


def state_of(start: Decimal | None, wanted: Decimal | None, found: Decimal | None) -> str:
    """Whether a target is reached; where one of both is no number, only that something was said.

    A target below the baseline is reached from above (fewer dropouts, say).
    """
    if wanted is None or found is None:
        return SAID
    downwards = start is not None and wanted < start
    return REACHED if (found <= wanted if downwards else found >= wanted) else MISSED


def share_of(wanted: Decimal | None, found: Decimal | None) -> int | None:
    """Actual by target in whole percent; None where there is nothing to divide."""
    if wanted is None or found is None or wanted <= 0:
        return None
    return int((found / wanted * 100).to_integral_value())


def number_in(text: str, language: str) -> Decimal | None:
    """The number somebody wrote in their language; None where it is none or may be two.

    ``1,000`` in German is most often the thousand of somebody else, carried over.
    """
    try:
        number = read_number(text, language)
    except NotANumber:
        return None
    return None if abs(number) >= 1 and places(number) == THOUSANDS else number


def _review(given: Answered) -> Review:
    said = given.answers
    return Review(
        given.case_id,
        given.reference,
        given.title,
        _said(said, "goal_achievement"),
        _said(said, "effect"),
        _said(said, "economy"),
        _said(said, "lessons"),
    )
