"""No more is granted than was asked for, nor than a funding line allows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from tests.integration.small_programme import PROGRAMME

from grantflow.programmes.definition import ProgrammeFile
from grantflow.programmes.grant_limits import exceeded, facts
from grantflow.texts import LANGUAGES, text

LINES = """
[[funding_lines]]
code = "HALF"
title = { de = "Modellprojekt", en = "Model project" }
financing = "PROPORTIONAL"
rate = "0.50"
[[funding_lines]]
code = "FULL"
title = { de = "Deutsch", en = "German" }
financing = "FULL"
rate = "1.00"
maximum = "10000"
[[funding_lines]]
code = "YEARLY"
title = { de = "Lotsen", en = "Guides" }
financing = "FIXED_AMOUNT"
maximum_per_year = "3000"
"""
FILE = ProgrammeFile.model_validate(tomllib.loads(PROGRAMME + LINES))
PERIOD = {"period_from": "2027-01-01", "period_until": "2028-06-30"}


def row(line: str, eligible: str | None, approved: str | None) -> dict[str, Any]:
    return {"line": line, "eligible": eligible, "approved": approved}


def drafted(amount: str | float, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"decision_outcome": "grant", "approved_amount": amount, "positions": list(rows)}
    return {**told, **PERIOD, **more}


def found(answers: Mapping[str, Any], requested: str | None = "35000") -> list[tuple[str, str]]:
    asked = None if requested is None else Decimal(requested)
    problems = list(exceeded(FILE, asked, answers))
    assert all("{" not in text(p.key, lang, **p.params) for p in problems for lang in LANGUAGES)
    return [(one.key.removeprefix("programmes.grant."), one.place) for one in problems]


ABOVE = ("above_request_money", "approved_amount")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (drafted("35000.00"), []),
        (drafted("35000.01"), [ABOVE]),
        (drafted(0.1 + 0.2, decision_outcome="partial"), []),
        (drafted("39000", decision_outcome="reject"), []),
        (drafted("39000", decision_outcome=None), []),
        (drafted("viel"), []),
        (drafted("20000", row("HALF", "40000", "20000")), []),
        (
            drafted("39000", row("HALF", "40000", "30000"), row("FULL", "9000", "9000")),
            [ABOVE, ("above_rate_money", "positions.0.approved")],
        ),
        (
            drafted("12000", row("FULL", "6000", "6000"), row("FULL", "6000", "6000")),
            [("above_maximum_money", "positions.1.approved")],
        ),
        (drafted("6000", row("YEARLY", "9000", "6000")), []),
        (
            drafted("6001", row("YEARLY", "9000", "6001")),
            [("above_maximum_money", "positions.0.approved")],
        ),
        (drafted("6001", row("YEARLY", "9000", "6001"), period_until="bald"), []),
        (drafted("5", row("OTHER", "1", "5"), row("HALF", "1", None)), []),
    ],
)
def test_a_draft_above_its_limits_is_refused_at_its_field(
    answers: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(answers) == expected


def test_without_a_sum_asked_for_only_the_lines_count() -> None:
    assert found(drafted("39000"), None) == []
    assert [key for key, _ in found(drafted("2", row("HALF", "2", "2")), None)] == [
        "above_rate_money"
    ]


def test_the_budget_years_add_up_to_the_grant() -> None:
    years = [{"year": 2027, "amount": "20000"}, {"year": 2028, "amount": "9000"}]
    assert found(drafted("29000", instalments=years)) == []
    assert found(drafted("30000", instalments=years)) == [("split_differs_money", "instalments")]
    assert found(drafted("30000", instalments=[])) == []


def test_positions_of_one_line_are_reckoned_together() -> None:
    rows = (row("FULL", "6000", "6000"), row("HALF", "40000", "20000"), row("FULL", "9000", "3000"))
    told = facts(FILE, Decimal(35000), drafted("29000", *rows))
    assert told["lines"] == [
        {
            "line": "Deutsch",
            "eligible": Decimal(15000),
            "granted": Decimal(9000),
            "rate": Decimal(1),
            "maximum": Decimal(10000),
        },
        {
            "line": "Modellprojekt",
            "eligible": Decimal(40000),
            "granted": Decimal(20000),
            "rate": Decimal("0.5"),
        },
    ]
    assert (told["requested"], told["period_until"].isoformat()) == (Decimal(35000), "2028-06-30")


def test_a_draft_without_positions_is_one_line_with_its_own_rate_and_cover() -> None:
    plan = {"eligible_expenditure": 75000, "rate_percent": "90"}
    cover = [{"label": "Eigenmittel", "amount": "7000"}, {"label": "Spende", "amount": 500.1}]
    told = facts(FILE, None, drafted("67500", **plan, granted_cover_funds=cover))
    assert told["lines"] == [
        {
            "line": FILE.title.de,
            "eligible": Decimal(75000),
            "granted": Decimal(67500),
            "rate": Decimal("0.9"),
        }
    ]
    assert told["other_funds"] == Decimal("7500.10")
    assert "requested" not in told


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"eligible_expenditure": "44000"}, []),
        ({"eligible_expenditure": "28999.99"}, ["above_eligible_money"]),
        ({"eligible_expenditure": "290000", "rate_percent": "10"}, []),
        ({"eligible_expenditure": "289999", "rate_percent": "10"}, ["above_own_rate_money"]),
        ({"eligible_expenditure": "30000", "granted_cover_funds": [{"amount": "1000"}]}, []),
        (
            {"eligible_expenditure": "30000", "granted_cover_funds": [{"amount": "1000.01"}]},
            ["above_need_money"],
        ),
        ({"rate_percent": "10"}, []),
    ],
)
def test_a_grant_without_positions_keeps_its_own_rate_and_plan(
    plan: dict[str, Any], expected: list[str]
) -> None:
    assert found(drafted("29000", **plan)) == [(key, "approved_amount") for key in expected]
