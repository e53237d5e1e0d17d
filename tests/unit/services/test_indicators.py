"""Targets and what was reached, out of the forms of projects."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from grantflow.services import indicators
from grantflow.services.indicators import IndicatorLine, collected
from grantflow.store.indicators import Answered

CASE = uuid4()


def given(
    form: str,
    answers: dict[str, Any],
    case: UUID = CASE,
    reference: str = "X-1",
    language: str = "de",
) -> Answered:
    return Answered(case, reference, "Projekt", "Verein", form, answers, language)


def line(
    target: str, actual: str, baseline: str = "", *, decided: str = "de", reported: str = "de"
) -> IndicatorLine:
    """The only indicator of a project, in the languages of those who wrote it down."""
    planned = [{"indicator": "Kontakte", "baseline": baseline, "target": target}]
    results = [{"indicator": "Kontakte", "actual": actual}]
    decision = given(indicators.DECISION, {"indicators": planned}, language=decided)
    statement = given(indicators.STATEMENT, {"results": results}, language=reported)
    return collected([decision, statement]).lines[0]


DECIDED = given(
    indicators.DECISION,
    {
        "indicators": [
            {"goal": "Kontakte", "indicator": "Tandems", "baseline": "0", "target": "240",
             "target_on": "2026-12-31", "source": "Listen"},
            {"goal": "Engagement", "indicator": "Engagierte", "baseline": None, "target": "viele"},
        ]
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("baseline", "target", "actual", "state"),
    [
        ("0", "240", "", "open"),
        ("0", "240", "240", "reached"),
        ("0", "240", "239", "missed"),
        ("0", "1.240", "1.300", "reached"),
        ("40", "20", "20", "reached"),
        ("40", "20", "21", "missed"),
        ("", "20", "25", "reached"),
        ("0", "viele", "30", "said"),
        ("0", "20", "viele", "said"),
    ],
)
def test_a_target_is_reached_from_below_or_if_it_lies_below_the_baseline_from_above(
    baseline: str, target: str, actual: str, state: str
) -> None:
    assert line(target, actual, baseline).state == state


@pytest.mark.parametrize(
    ("target", "actual", "share"),
    [("240", "252", 105), ("3", "1", 33), ("0", "5", None), ("viele", "5", None), ("5", "", None)],
)
def test_the_share_is_whole_percent_or_nothing(target: str, actual: str, share: int | None) -> None:
    assert line(target, actual).share == share


@pytest.mark.parametrize(
    ("decided", "target", "reported", "actual", "share"),
    [
        ("en", "1,000", "de", "900", 90),
        ("de", "1.000", "en", "1,200", 120),
        ("en", "1,000", "en", "1.000", None),  # a thousand or one
        ("de", "1,000", "de", "900", None),  # one, or a thousand carried over
        ("de", "0,500", "en", "0.25", 50),
    ],
)
def test_thousands_are_read_as_their_author_writes_them_or_not_at_all(
    decided: str, target: str, reported: str, actual: str, share: int | None
) -> None:
    found = line(target, actual, decided=decided, reported=reported)
    assert found.share == share
    assert (found.state == "said") == (share is None)


def test_what_the_review_found_counts_more_than_what_the_statement_said() -> None:
    said = given(
        indicators.STATEMENT,
        {
            "results": [
                {"indicator": "Tandems", "actual": "252"},
                {"indicator": "Engagierte", "actual": "einige"},
            ]
        },
    )
    found = given(
        indicators.REVIEW, {"indicator_values": [{"indicator": "Tandems", "actual": "231"}]}
    )
    lines = collected([DECIDED, said, found]).lines
    assert [(line.indicator, line.actual, line.state) for line in lines] == [
        ("Tandems", "231", "missed"),
        ("Engagierte", "einige", "said"),
    ]


def test_before_the_statement_every_indicator_is_open() -> None:
    success = collected([DECIDED])
    assert success.count("open") == 2
    assert success.count("reached", "missed", "said") == 0
    assert success.cases == 1


def test_a_project_without_decided_indicators_has_no_lines() -> None:
    assert collected([given(indicators.STATEMENT, {"results": []})]).lines == ()


def test_reviews_say_goal_effect_economy_and_lessons() -> None:
    other = uuid4()
    review = given(
        indicators.REVIEW,
        {"goal_achievement": "partly", "effect": "Wirkt", "economy": None, "lessons": "Orte",
         "indicator_values": None},
        other,
        "X-2",
    )  # fmt: skip
    (found,) = collected([DECIDED, review]).reviews
    assert (found.reference, found.goal_achievement, found.effect) == ("X-2", "partly", "Wirkt")
    assert (found.economy, found.lessons) == ("", "Orte")
