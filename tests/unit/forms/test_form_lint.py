"""What is wrong with a schema, all of it at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.forms.schemas import choice, group, money, rows, schema_of, text, total

from grantflow.errors import BadProgramme
from grantflow.forms import lint, parse
from grantflow.texts import text as words


def keys(*components: dict[str, Any], **root: Any) -> list[str]:
    """The problems of a form of these components, each with words in both languages."""
    problems = lint(schema_of(*components, **root), "test.form")
    for problem in problems:
        for language in ("de", "en"):
            assert words(problem.key, language, **problem.params) != problem.key
    return [problem.key.removeprefix("forms.lint.") for problem in problems]


def test_a_sound_form_has_no_problems() -> None:
    assert keys(text(), money(), choice("c", "x"), rows("r", text("t")), total("s", "=1")) == []


@pytest.mark.parametrize(
    ("schema", "key"),
    [
        (b"no json", "json"),
        (b"[" * 100_000, "json"),
        (b"[]", "no_components"),
        (b'{"components": 5}', "no_components"),
        (b"x" * 1_000_001, "too_large"),
    ],
)
def test_what_is_no_form_is_refused(schema: bytes, key: str) -> None:
    assert [one.key for one in lint(schema, "test.form")] == [f"forms.lint.{key}"]
    with pytest.raises(BadProgramme):
        parse(schema, "test.form")


@pytest.mark.parametrize(
    ("component", "key"),
    [
        ({"type": "iframe", "key": "a", "label": "A"}, "type"),
        ({"type": "textfield", "label": "A"}, "key"),
        (text("1a"), "key"),
        (text("a.b"), "key"),
        (text("a", label=""), "label"),
        (text("a", properties={"format": "money"}), "format"),
        ({"type": "datetime", "key": "a", "label": "A", "subtype": "time"}, "subtype"),
        ({"type": "select", "key": "a", "label": "A"}, "no_values"),
        (choice("a", "x", "x"), "value"),
        (choice("a", ""), "value"),
        (choice("a", "x", properties={"values_en": "{"}), "values_en"),
        (choice("a", "x", properties={"offered": "decission"}), "offered"),
        (text("a", properties={"offered": "decisions"}), "offered"),
        (choice("a", "x", defaultValue="y"), "default"),
        (choice("a", "x", kind="checklist", defaultValue=["y"]), "default"),
        (text("a", validate={"minLength": -1}), "limit"),
        (text("a", validate={"maxLength": "viel"}), "limit"),
        ({"type": "datetime", "key": "a", "label": "A", "properties": {"min": "bald"}}, "limit"),
        (text("a", validate={"pattern": "("}), "pattern"),
        (total("a", ""), "no_expression"),
        (total("a", "=a + 1"), "cycle"),
        (rows("r", text("a", properties={"routing": "true"})), "routing_in_rows"),
        (group(text("a"), properties={"routing": "true"}), "routing"),
        ({"type": "group", "components": "x"}, "no_components"),
        ({"type": "group", "components": ["x"]}, "component"),
    ],
)
def test_each_fault_is_named(component: dict[str, Any], key: str) -> None:
    assert keys(component) == [key]


def test_faulty_feel_is_named_at_its_field() -> None:
    problems = lint(schema_of(text("a", conditional={"hide": "=1 +"})), "test.form")
    assert [problem.place for problem in problems] == ["test.form#a"]
    assert problems[0].key.startswith("expressions.")
    assert len(keys(total("a", "=((("), text("b", properties={"prefill": "=)"}))) == 2


def test_all_faults_come_at_once() -> None:
    assert keys(text("a"), text("a"), text("1"), {"type": "video"}) == ["key", "type", "key_twice"]


def test_keys_may_repeat_in_different_groups_but_not_for_the_process() -> None:
    assert keys(group(text("a"), path="x"), group(text("a"), path="y")) == []
    assert keys(group(text("a")), group(text("a"))) == ["key_twice"]
    routed = {"properties": {"routing": "true"}}
    one, two = group(text("a", **routed), path="x"), group(text("a", **routed), path="y")
    assert keys(one, two) == ["key_twice"]


def test_groups_within_groups_have_an_end() -> None:
    component = text("a")
    for _ in range(7):
        component = group(component)
    assert keys(component) == ["too_deep"]


def test_circles_through_lists_are_found() -> None:
    assert keys(
        rows("plan", money("price"), total("share", "=price / sum")),
        total("sum", "=sum(plan.share)"),
    ) == ["cycle", "cycle"]


def test_computed_fields_are_ordered_by_what_they_need() -> None:
    form = parse(
        schema_of(
            total("c", "=b * 2"),
            rows("plan", money("price"), total("part", "=price / b")),
            total("b", "=sum(plan.price)"),
        ),
        "test.form",
    )
    assert [sorted(level) for level in form.levels] == [["b"], ["c", "part"]]


def test_buttons_are_the_page_s_business_and_limits_are_read() -> None:
    raw = {
        "components": [
            {"type": "button", "label": "Los"},
            {"type": "spacer"},
            {
                "type": "number",
                "key": "n",
                "label": "N",
                "appearance": {"suffixAdorner": "km"},
                "validate": {"min": "1,5", "max": 9, "required": True},
                "layout": {"columns": 8},
            },
            {
                "type": "textfield",
                "key": "m",
                "label": "M",
                "validate": {"validationType": "email"},
            },
        ],
        "title": {"de": "Strecke", "en": "Distance"},
    }
    form = parse(json.dumps(raw).encode(), "test")
    number = form.field("n")
    assert number is not None
    assert (str(number.limits.least), str(number.limits.most)) == ("1.5", "9")
    assert (number.width, number.unit("de")) == (8, "km")
    assert form.title == {"de": "Strecke", "en": "Distance"}
    mail = form.field("m")
    assert mail is not None
    assert mail.format == "email"


def test_formulas_that_do_not_end_are_found_before_anybody_fills_the_form_in() -> None:
    pairs = "every a in r, b in r, c in r satisfies a.t != b.t + c.t + string(a.x)"
    counting = "count(for i in 1..n, j in 1..n return i * j) > 0"
    found = lint(
        schema_of(
            rows("r", text("t")),
            {"type": "number", "key": "n", "label": "Zahl"},
            text("a", label="Ort", properties={"check": f"={pairs}", "check_message": "Nein"}),
            total("s", f"=if {counting} then 1 else 2"),
            text("h", conditional={"hide": "=r[1].t = null"}),
        ),
        "test.form",
    )
    assert {(one.key, one.place) for one in found} == {
        ("forms.lint.trial", "test.form#a"),
        ("forms.lint.trial", "test.form#s"),
    }
    first = min(found, key=lambda one: one.place)
    said = words(first.key, "de", **first.params)
    assert "„Ort“" in said
    assert "test.form" in said
