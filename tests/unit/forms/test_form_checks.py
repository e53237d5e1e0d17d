"""Rules between answers: when they are asked, what counts as broken, what is said."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.forms.schemas import REQUIRED, form_of, money, rows, schema_of, text, total

from grantflow.errors import Invalid, Problem
from grantflow.forms import Form, lint
from grantflow.texts import text as words

SAID = {"check_message": "Zu spät.", "check_message_en": "Too late."}


def ruled(rule: str, **more: Any) -> dict[str, Any]:
    return {"properties": {"check": rule, **SAID, **more}}


def day(key: str, **more: Any) -> dict[str, Any]:
    return {"type": "datetime", "subtype": "date", "key": key, "dateLabel": key, **more}


def problems(form: Form, raw: dict[str, Any], **more: Any) -> list[Problem]:
    """What is wrong with the answers; nothing if they are accepted."""
    try:
        form.validate(raw, **more)
    except Invalid as refused:
        return list(refused.problems)
    return []


def keys(form: Form, raw: dict[str, Any], **more: Any) -> dict[str, str]:
    return {one.place: one.key for one in problems(form, raw, **more)}


PERIOD = form_of(day("start"), day("end", **REQUIRED, **ruled("=end >= start")))


def test_a_broken_rule_is_said_at_its_field_in_both_languages() -> None:
    (problem,) = problems(PERIOD, {"start": "2027-12-31", "end": "2027-01-01"})
    assert problem.place == "end"
    assert words(problem.key, "de", **problem.params) == "Zu spät."
    assert words(problem.key, "en", **problem.params) == "Too late."
    view = PERIOD.view({"start": "2027-12-31", "end": "2027-01-01"}, problems=[problem])
    assert [fault.target for fault in view.faults] == ["f-end"]
    assert view.fields[1].problem is problem


def test_words_without_a_translation_are_said_in_german() -> None:
    form = form_of(money("a", properties={"check": "=a < 1", "check_message": "Zu viel."}))
    (problem,) = problems(form, {"a": "2"})
    assert words(problem.key, "en", **problem.params) == "Zu viel."


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"start": "2027-01-01", "end": "2027-01-01"}, {}),
        ({"end": "2027-01-01"}, {}),
        ({"start": "2027-12-31", "end": ""}, {"end": "forms.required"}),
        ({"start": "nie", "end": "2027-01-01"}, {"start": "forms.date"}),
    ],
)
def test_what_was_not_given_breaks_no_rule(raw: dict[str, Any], expected: dict[str, str]) -> None:
    assert keys(PERIOD, raw) == expected


def test_a_rule_in_a_row_sees_its_row_and_blank_rows_are_passed_over() -> None:
    form = form_of(
        rows("lines", money("all"), money("asked", **ruled_money("=asked <= all * 0.5")))
    )
    given = {"lines": [{"all": "10", "asked": "5"}, {"all": "", "asked": ""}]}
    assert keys(form, given) == {}
    given["lines"].append({"all": "40000", "asked": "99000"})
    assert keys(form, given) == {"lines.2.asked": "forms.check"}


def ruled_money(rule: str) -> dict[str, Any]:
    return {"properties": {"format": "money", "check": rule, **SAID}}


def test_a_rule_may_ask_the_case() -> None:
    form = form_of(money("final", **ruled_money("=final <= approved_amount")))
    assert keys(form, {"final": "165000"}, context={"approved_amount": 162000}) == {
        "final": "forms.check"
    }
    assert keys(form, {"final": "162000"}, context={"approved_amount": 162000}) == {}
    assert keys(form, {"final": "165000"}) == {}


def test_a_computed_field_is_judged_once_nothing_else_is_wrong() -> None:
    form = form_of(
        money("a", **REQUIRED),
        money("b", **REQUIRED),
        total("left", "=a - b", properties={"check": "=left > 0", **SAID}),
    )
    assert keys(form, {"a": "", "b": "5"}) == {"a": "forms.required"}
    assert keys(form, {"a": "1", "b": "5"}) == {"left": "forms.check"}
    assert keys(form, {"a": "6", "b": "5"}) == {}


def test_every_rule_whose_own_answers_are_there_is_said_in_the_first_round() -> None:
    form = form_of(
        text("title", **REQUIRED),
        money("a", **REQUIRED),
        money("b"),
        total("left", "=a - b", properties={"check": "=left > 0", **SAID}),
        money("wish", **ruled_money("=wish <= left")),
        rows(
            "lines",
            money("x", **REQUIRED),
            total("half", "=x / 2", properties={"check": "=half > parent.b", **SAID}),
        ),
    )
    lines = {"lines": [{"x": "1"}, {"x": "y"}]}
    assert keys(form, {"a": "1", "b": "5", "wish": "7", **lines}) == {
        "title": "forms.required",
        "left": "forms.check",
        "wish": "forms.check",
        "lines.0.half": "forms.check",
        "lines.1.x": "forms.number",
    }
    assert keys(form, {"b": "zwei", "wish": "7", **lines}) == {
        "title": "forms.required",
        "a": "forms.required",
        "b": "forms.number",
        "lines.1.x": "forms.number",
    }


def test_a_hidden_field_breaks_no_rule() -> None:
    form = form_of(text("why", conditional={"hide": "=true"}, **ruled("=false")))
    assert keys(form, {"why": "x"}) == {}


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (day("a", **ruled("=a >= b")), []),
        (day("a", properties={"check": "=a >= b"}), ["forms.lint.check_message"]),
        ({"type": "text", "text": "x", **ruled("=true")}, ["forms.lint.check_place"]),
    ],
)
def test_the_lint_wants_words_and_a_place(component: dict[str, Any], expected: list[str]) -> None:
    assert [one.key for one in lint(schema_of(component), "test.form")] == expected


def test_the_lint_compiles_a_rule() -> None:
    assert len(lint(schema_of(day("a", **ruled("=a >="))), "test.form")) == 1
