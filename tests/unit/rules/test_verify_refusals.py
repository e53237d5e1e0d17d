"""Vectors that expect a refusal, say things in other words, or are written in an odd way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from grantflow.cli.rules import commands
from grantflow.rules.verify import codes, document, run
from grantflow.rules.verify.document import Vector

OBSTACLE = {"obstacleRemovedOn": "2026-03-02", "holidayCalendar": "BE"}
GOOD = {
    "id": "A1",
    "area": "deadline",
    "input": {"applicationReceivedOn": "2026-01-10"},
    "expected": {"actionAdmissibleFrom": "2026-04-10"},
}


def found(
    given: Mapping[str, Any], expected: Mapping[str, Any], area: str, jurisdiction: str = ""
) -> list[tuple[str, str]]:
    differences = run.check(Vector("V", area, jurisdiction, given, expected)).differences
    return [(one.key, one.place) for one in differences]


@pytest.mark.parametrize(
    ("given", "expected", "area"),
    [
        (OBSTACLE, {"requestUntil": "2026-03-16", "absoluteLimit": None}, "deadline"),
        ({"requested": "100.00", "needInWindow": "50.00"}, {"payable": "50.00"}, "payment"),
        ({"interestDueYear": 2026}, {"limitationEnds": "2029-12-31"}, "deadline"),
        (
            {
                "principal": "1000.00", "interestFrom": "2020-01-01",
                "endExclusive": "2020-07-01", "marginPoints": "0.00",
            },
            {"interest": "0.00"},
            "interest",
        ),
        (
            {
                "funders": [{"id": "A", "grant": "20.00"}, {"id": "B", "grant": "10.00"}],
                "reduction": "10.00",
            },
            {"shares": {"A": "6.67", "B": "3.33"}},
            "funding",
        ),
        (
            {"authority": "UNKNOWN", "granteeSeat": "Berlin"},
            {"error": "AUTHORITY_UNKNOWN"},
            "process",
        ),
        ({**OBSTACLE, "holidayCalendar": "XX"}, {"error": "CALENDAR_UNKNOWN"}, "deadline"),
    ],
)  # fmt: skip
def test_it_holds(given: Mapping[str, Any], expected: Mapping[str, Any], area: str) -> None:
    assert found(given, expected, area) == []


def test_another_refusal_than_the_expected_one_is_a_difference() -> None:
    given = {**OBSTACLE, "holidayCalendar": "XX"}
    different = [("rules_verify.differs", "error")]
    assert found(given, {"error": "COURT_UNKNOWN"}, "deadline") == different
    assert found(OBSTACLE, {"error": "CALENDAR_UNKNOWN"}, "deadline") == [
        ("rules_verify.not_answered", "error")
    ]


def test_an_unknown_calendar_is_told_with_its_name() -> None:
    given = {**OBSTACLE, "holidayCalendar": "XX"}
    (only,) = run.check(Vector("V", "deadline", "", given, {"lastDay": "2026-03-16"})).differences
    assert only.params["name"] == "XX"


def test_an_area_that_does_not_fit_the_fields_fails() -> None:
    expected = {"requestUntil": "2026-03-16"}
    assert found(OBSTACLE, expected, "procurement") == [("rules_verify.other_area", "area")]


def test_every_kind_of_question_has_its_areas() -> None:
    assert {kind.name for kind in run.KINDS} <= set(codes.AREAS)
    assert frozenset[str]().union(*codes.AREAS.values()) == run.AREAS


@pytest.mark.parametrize("day", ["31 Feb 2025", "2025-02-31"])
def test_a_day_that_is_none_fails_the_vector(day: str) -> None:
    given = found(OBSTACLE, {"lastDay": "2026-03-16"}, "deadline", f"berlin (since {day})")
    assert given == [("rules_verify.day", "input")]


def run_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> tuple[int, str]:
    monkeypatch.setenv("GRANTFLOW_LANGUAGE", "en")
    file = tmp_path / "vectors.json"
    file.write_bytes(content)
    result = CliRunner().invoke(commands, ["verify", str(file)])
    return result.exit_code, result.output


def test_half_a_character_fails_its_vector_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{**GOOD, "id": "A\ud800"}, GOOD]
    code, output = run_on(tmp_path, monkeypatch, json.dumps(rows).encode())
    assert code == 1
    assert "half a character" in output
    assert output.strip().endswith("1 passed, 1 failed")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"\xef\xbb\xbf" + json.dumps([GOOD]).encode()
    assert run_on(tmp_path, monkeypatch, content)[0] == 0


def test_numbers_are_read_as_the_texts_they_stand_for() -> None:
    row = {
        "id": "N", "area": "payment",
        "input": {"requested": 100.5, "needInWindow": 50.25}, "expected": {"payable": 50.25},
    }  # fmt: skip
    (vector,) = document.parse(json.dumps([row]), "file").vectors
    assert run.check(vector).passed


@pytest.mark.parametrize("said", ["bavaria", "allgemein", "config", "saxony (since 25 Jul 2025)"])
def test_an_unknown_jurisdiction_is_refused_and_the_known_ones_are_named(said: str) -> None:
    asked = Vector("V", "deadline", said, GOOD["input"], GOOD["expected"])
    result = run.check(asked)
    assert [(one.key, one.place) for one in result.differences] == [
        ("rules_verify.strange_place", "jurisdiction")
    ]
    assert result.differences[0].expected == "all, berlin, federal, hessen"
    assert result.differences[0].actual == said


@pytest.mark.parametrize(
    "said", ["", "all", "config example (Saxon values)", "Bund", "hessen (WIR)"]
)
def test_what_names_no_other_law_is_asked_as_ever(said: str) -> None:
    assert found(GOOD["input"], GOOD["expected"], "deadline", said) == []
