"""How answers become the decision a letter tells."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

import pytest
from tests.integration.small_programme import PROGRAMME

from grantflow.programmes.deadlines import Terms
from grantflow.programmes.definition import ProgrammeFile
from grantflow.programmes.drafted import amount_of
from grantflow.programmes.load import Programme
from grantflow.rules.calendar import calendar
from grantflow.rules.profiles import profile
from grantflow.services.letter_decision import decision_of
from grantflow.store.tables import FormData

DRAFT = {
    "decision_outcome": "partial",
    "approved_amount": "20000.00",
    "eligible_expenditure": "40000.00",
    "financing_type": "PROPORTIONAL",
    "rate_percent": "50",
    "purpose": "Der Teich wird tiefer.",
    "period_from": "2027-03-01",
    "period_until": "2028-02-29",
    "instalments": [{"year": 2027, "amount": "12000.00"}, {"year": None, "amount": "1"}],
    "indicators": [{"goal": "Tiefe", "indicator": "Meter", "target": "3"}],
    "special_conditions": "- Keine Goldfische\n\nKein Beton",
    "statement_kind": "SIMPLIFIED",
    "reasons": "Der Teich ist flach.",
}
FACTS = """
[[facts]]
key = "statement_due"
value = "innerhalb von sechs Monaten"
[[facts]]
key = "general_conditions"
value = ["ANBest-P"]
[[facts]]
key = "payment"
value = "auf Abruf"
[[facts]]
key = "line_tolerance"
value = "0.2"
[[funding_lines]]
code = "DIG"
title = { de = "Graben", en = "Digging" }
financing = "PROPORTIONAL"
rate = "0.5"
"""


@dataclass(frozen=True)
class OnlyFile:
    """As much of a programme as the decision looks at."""

    file: ProgrammeFile


def programme(more: str = FACTS) -> Programme:
    table = tomllib.loads(PROGRAMME + more)
    return cast(Programme, OnlyFile(ProgrammeFile.model_validate(table)))


def given(minutes: int = 0, **answers: Any) -> FormData:
    at = datetime(2027, 2, 1, 9, tzinfo=UTC) + timedelta(minutes=minutes)
    return FormData(
        case_id=uuid4(), authority_id=uuid4(), form="f", revision=1, answers=answers, at=at
    )


def test_there_is_no_decision_before_somebody_drafts_one() -> None:
    assert decision_of(programme(), {"submit": given(purpose="x")}, None) is None
    assert decision_of(programme(), {"d": given(decision_outcome="later")}, None) is None


def test_a_draft_fills_the_decision() -> None:
    answers = {
        "submit": given(expenditure=[{"label": "Bagger", "amount": "40000.00"}]),
        "draft": given(5, **DRAFT),
    }
    found = decision_of(programme(), answers, Decimal("25000.00"))
    assert found is not None
    assert (found.outcome, found.amount, found.requested) == (
        "PARTLY_GRANTED",
        Decimal("20000.00"),
        Decimal("25000.00"),
    )
    assert (found.rate, found.line_tolerance) == (Decimal("0.5"), Decimal("0.2"))
    assert (found.period_from, found.period_until) == (date(2027, 3, 1), date(2028, 2, 29))
    assert [(i.year, i.amount) for i in found.instalments] == [(2027, Decimal("12000.00"))]
    assert [(line.label, line.amount) for line in found.expenditure] == [
        ("Bagger", Decimal("40000.00"))
    ]
    assert found.special_conditions == ("Keine Goldfische", "Kein Beton")
    assert found.general_conditions == ("ANBest-P",)
    assert found.payment == "auf Abruf"
    assert found.statement is not None
    assert (found.statement.kind, found.statement.addressee) == ("SIMPLIFIED", "Teichamt")


def test_positions_become_funding_lines_with_their_names() -> None:
    positions = [
        {"line": "DIG", "approved": "8000.00"},
        {"line": "UNKNOWN", "approved": "1"},
        {"line": "DIG", "approved": None},
    ]
    found = decision_of(programme(), {"draft": given(**DRAFT, positions=positions)}, None)
    assert found is not None
    (line,) = found.funding_lines
    assert (line.label, line.amount, line.rate) == ("Graben", Decimal("8000.00"), Decimal("0.5"))
    assert line.financing_type == "PROPORTIONAL"


def test_the_newest_draft_counts() -> None:
    answers = {
        "old": given(9, **DRAFT),
        "new": given(10, decision_outcome="reject", reasons="Nein"),
    }
    found = decision_of(programme(), answers, None)
    assert found is not None
    assert (found.outcome, found.amount, found.reasons) == ("REJECTED", None, "Nein")


def test_without_facts_of_the_programme_sections_stay_empty() -> None:
    found = decision_of(programme(""), {"draft": given(decision_outcome="grant")}, None)
    assert found is not None
    assert (found.statement, found.rate, found.period_from) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12.50", Decimal("12.50")), (3, Decimal(3)), ("", None), (None, None), ("viel", None)],
)
def test_amounts_are_read_or_left_out(value: object, expected: Decimal | None) -> None:
    assert amount_of(value) == expected


def test_what_the_lines_leave_is_the_share_of_the_grantee() -> None:
    positions = [
        {"line": "DIG", "eligible": "40000.00", "approved": "20000.00"},
        {"line": "DIG", "eligible": "9000.00", "approved": "9000.00"},
        {"line": "DIG", "eligible": None, "approved": None},
    ]
    found = decision_of(programme(), {"draft": given(**DRAFT, positions=positions)}, None)
    assert found is not None
    (rest,) = found.cover_funds
    assert (rest.label, rest.amount) == (
        "Eigenmittel und weitere Mittel Ihrer Organisation",
        Decimal("20000.00"),
    )
    full = decision_of(programme(), {"draft": given(**DRAFT, positions=positions[1:2])}, None)
    assert full is not None
    assert full.cover_funds == ()


def test_lines_of_the_same_name_are_one_line_of_the_plan() -> None:
    plan = [
        {"label": "Bagger", "amount": "40000.00", "eligible": "30000.00"},
        {"label": "Schaufel", "amount": "100.00"},
        {"label": "Bagger", "amount": "5000.00"},
    ]
    answers = {"submit": given(expenditure=plan), "draft": given(5, **DRAFT)}
    found = decision_of(programme(), answers, None)
    assert found is not None
    assert [(line.label, line.amount, line.eligible) for line in found.expenditure] == [
        ("Bagger", Decimal("45000.00"), Decimal("35000.00")),
        ("Schaufel", Decimal("100.00"), None),
    ]


def test_a_funding_line_knows_what_its_rate_allows() -> None:
    rows = [{"line": "DIG", "eligible": "40000", "approved": "30000"}]
    found = decision_of(programme(), {"d": given(**{**DRAFT, "positions": rows})}, Decimal(35000))
    assert found is not None
    assert [(one.amount, one.most) for one in found.funding_lines] == [
        (Decimal(30000), Decimal("20000.00"))
    ]


def test_positions_of_one_line_share_its_maximum() -> None:
    capped = FACTS + 'maximum = "25000"\n'
    rows = [{"line": "DIG", "eligible": "40000", "approved": "18000"}] * 2
    answers = {"d": given(**{**DRAFT, "positions": rows})}
    found = decision_of(programme(capped), answers, Decimal(36000))
    assert found is not None
    assert [one.most for one in found.funding_lines] == [Decimal("20000.00"), Decimal(7000)]


def test_the_statement_of_use_gets_its_last_day_with_holidays_reckoned_in() -> None:
    terms = Terms(profile("federal", date(2027, 1, 4)), calendar("BE"))
    answers = {"draft": given(**{**DRAFT, "period_until": "2027-10-31"})}
    found = decision_of(programme(), answers, None, terms)
    assert found is not None
    assert found.statement is not None
    # Six months end on 30 April 2028, a Sunday; the Monday after is a holiday (§ 193 BGB).
    assert found.statement.last_day == date(2028, 5, 2)


def test_an_indicator_is_to_be_reached_by_the_day_that_was_typed() -> None:
    rows = [{"goal": "Tiefe", "indicator": "Meter", "target": "3", "target_on": "2027-12-31"}]
    found = decision_of(programme(), {"draft": given(**{**DRAFT, "indicators": rows})}, None)
    assert found is not None
    assert [one.due for one in found.indicators] == ["31.12.2027"]
