"""A misspelt term of the funding lines switches no check off, and nothing hides the terms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.integration.studio_world import FOLDER, LETTERS, SHARED
from tests.unit.decisions.dmn_text import dmn, table

from grantflow.errors import Problem
from grantflow.programmes.constants import LINE_TERMS
from grantflow.programmes.lint import lint
from grantflow.programmes.package import Package, load_folder
from grantflow.texts import LANGUAGES, text

FORM = "forms/check_lamp_application.form"
STAGE = "stages/lamp_application.bpmn"
TABLE = "decisions/lamps.dmn"
LINES = "programme_lines"


def world() -> Package:
    return load_folder(FOLDER, SHARED, LETTERS)


def with_field(**component: Any) -> Package:
    package = world()
    schema = json.loads(package.files[FORM])
    words = {"type": "number", "id": "Odd", "key": "odd", "label": "Zahl"}
    schema["components"].append(words | component)
    return package.with_file(FORM, json.dumps(schema).encode())


def with_formula(formula: str) -> Package:
    said = {"check": formula, "check_message": "Nein."}
    return with_field(properties=said)


def said(problem: Problem) -> list[str]:
    return [text(problem.key, language, **problem.params) for language in LANGUAGES]


WRONG = [
    (f"={LINES}[code = odd][1].rat", "rat", "rate"),
    (f"=({LINES})[1].titel = odd", "titel", "title"),
    (f"=sum(for x in {LINES} return x.rat) > odd", "rat", "rate"),
    (f"=every x in {LINES} satisfies x.maximun >= odd", "maximun", "maximum"),
    (f"=some x in {LINES}[rate > 1], y in x satisfies y.minimun >= odd", "minimun", "minimum"),
    (f"=(if odd > 1 then {LINES}[1] else null).rat = 1", "rat", "rate"),
    (f"={{line: {LINES}[1], most: line.maximun}}.most >= odd", "maximun", "maximum"),
    (f"=count({LINES}[item.rat > odd]) = 0", "rat", "rate"),
    (f"={LINES}[cod = odd][1].rate > 1", "cod", "code"),
]


@pytest.mark.parametrize(("formula", "wrong", "near"), WRONG)
def test_a_misspelt_term_is_refused_with_the_near_and_the_known_ones(
    formula: str, wrong: str, near: str
) -> None:
    (problem,) = lint(with_formula(formula))
    assert (problem.key, problem.place) == (
        "expressions.unknown_term_near",
        f"{FORM}#check_lamp_application#Odd",
    )
    assert problem.params["name"] == wrong
    assert near in problem.params["near"].split(", ")
    for words in said(problem):
        assert "{" not in words.replace(formula[1:], "")
        assert f"{wrong}" in words
        assert words.endswith(f"{', '.join(LINE_TERMS)}.")


def test_a_term_like_no_other_is_refused_without_a_near_one() -> None:
    (problem,) = lint(with_formula(f"={LINES}[1].xyz = odd"))
    assert problem.key == "expressions.unknown_term"
    assert all("xyz" in words and LINE_TERMS[0] in words for words in said(problem))


@pytest.mark.parametrize(
    "formula",
    [
        *(f"={LINES}[code = odd][1].{term} = odd" for term in LINE_TERMS),
        f"={LINES}[odd].rate = 1",
        f"={LINES}[lower case(code) = odd][1].rate = 1",
        f"=count(for {LINES} in [{{rat: 1}}] return {LINES}.rat) = 1",
        f"=some x in {LINES} satisfies some y in [{{rat: x.rate}}] satisfies y.rat = odd",
        f"=count([{{{LINES}: 1}}][{LINES} = odd]) = 0",
        "=count(for x in [{rat: 1}] return x.rat) = odd",
    ],
)
def test_what_is_meant_is_no_fault(formula: str) -> None:
    assert lint(with_formula(formula)) == []


def test_a_field_that_would_hide_the_terms_is_refused() -> None:
    (problem,) = lint(with_field(key=LINES))
    assert (problem.key, problem.place) == (
        "forms.lint.hides_terms",
        f"{FORM}#check_lamp_application#Odd",
    )
    assert all(LINES in words for words in said(problem))


def test_a_diagram_reads_no_unknown_term() -> None:
    package = world()
    raw = package.files[STAGE].replace(b"P3D", f"={LINES}[code = case_id][1].rat".encode(), 1)
    (problem,) = lint(package.with_file(STAGE, raw))
    assert problem.key == "lint.bad_expression"
    assert problem.place.startswith(f"{STAGE}#")
    assert all("„rat“" in words or "“rat”" in words for words in said(problem))


def test_a_decision_table_reads_no_unknown_term_and_hides_none() -> None:
    answers = f"{LINES}[code = ?][1].rat"
    rows = [([f"> {answers}"], ["1"]), (["-"], [f"{LINES}[1].rat"])]
    xml = dmn(table(rows, inputs=(f"{LINES}[1].rat",), outputs=(LINES,), default=f"{LINES}[1].rat"))
    problems = lint(world().with_file(TABLE, xml))
    assert sorted((one.key, one.place) for one in problems) == [
        ("decisions.cell", f"{TABLE}#d_rule_1"),
        ("decisions.cell", f"{TABLE}#d_rule_2"),
        ("decisions.heading", f"{TABLE}#d"),
        ("decisions.heading", f"{TABLE}#d_in_0"),
        ("decisions.hides_terms", f"{TABLE}#d"),
    ]
    for problem in problems:
        assert all(LINES in words for words in said(problem))
