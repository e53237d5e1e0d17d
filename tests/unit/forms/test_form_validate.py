"""What is accepted, what is refused, and what is said then."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.forms.schemas import (
    REQUIRED,
    choice,
    form_of,
    group,
    money,
    rows,
    schema_of,
    text,
    total,
)

from grantflow.clock import at
from grantflow.errors import Invalid
from grantflow.forms import Form, Option
from grantflow.web.refusals import say


def problems(form: Form, raw: dict[str, Any], **more: Any) -> dict[str, str]:
    """The problems by place."""
    with pytest.raises(Invalid) as caught:
        form.validate(raw, **more)
    return {problem.place: problem.key for problem in caught.value.problems}


def field(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "key": "it", "label": "It", **more}


def test_the_limit_of_a_year_is_told_as_a_year() -> None:
    year = field("number", decimalDigits=0, validate={"min": 2020, "max": 2100})
    with pytest.raises(Invalid) as caught:
        form_of(year).validate({"it": "2019"})
    assert say(caught.value.problems[0], "de").endswith("mindestens 2020 ein.")


def test_every_field_is_in_the_answers_and_blank_ones_are_empty() -> None:
    form = form_of(
        text("a"),
        money("b"),
        field("checkbox"),
        choice("c", "x", kind="checklist"),
        rows("d", text("e")),
        group(text("f"), path="g"),
    )
    empty = {"a": None, "b": None, "it": False, "c": [], "d": [], "g": {"f": None}}
    assert form.validate({}) == empty


def test_a_missing_answer_is_named_at_its_field_in_the_order_of_the_form() -> None:
    form = form_of(
        text("a", **REQUIRED),
        choice("b", "x", **REQUIRED),
        field("checkbox", **REQUIRED),
        {"type": "filepicker", "key": "c", "label": "C", **REQUIRED},
    )
    assert list(problems(form, {"a": "  "}).items()) == [
        ("a", "forms.required"),
        ("b", "forms.required_choice"),
        ("it", "forms.required_checkbox"),
        ("c", "forms.required_file"),
    ]


def test_unknown_names_are_refused_at_the_top_and_in_rows() -> None:
    form = form_of(text("a"), rows("plan", text("b")))
    found = problems(form, {"zz": "1", "plan": [{"b": "x", "evil": "1"}]})
    assert found == {"zz": "forms.unknown", "plan.0.evil": "forms.unknown"}


@pytest.mark.parametrize(
    ("schema", "raw", "key"),
    [
        (text("it"), 5, "forms.type_text"),
        (text("it"), "a\x00b", "forms.characters"),
        (text("it"), "x" * 10_001, "forms.too_long"),
        (text("it", validate={"minLength": 5}), "abc", "forms.too_short"),
        (text("it", validate={"maxLength": 2}), "abc", "forms.too_long"),
        (text("it", validate={"pattern": "^[0-9]{5}$"}), "1234", "forms.pattern"),
        (text("it", properties={"format": "email"}), "not@here", "forms.email"),
        (text("it", properties={"format": "url"}), "javascript:alert(1)", "forms.url"),
        (text("it", properties={"format": "url"}), "https://[bad", "forms.url"),
        (text("it", properties={"format": "tel"}), "abc", "forms.tel"),
        (text("it", properties={"format": "iban"}), "DE12", "forms.iban"),
        (text("it", properties={"format": "iban"}), "DE89370400440532013001", "forms.iban_check"),
        (money("it"), "1,234", "forms.cents"),
        (money("it"), "12.34.5", "forms.separators"),
        (money("it"), "viel", "forms.number"),
        (money("it"), "-1", "forms.too_small_money"),
        (money("it"), "1000000000000", "forms.too_large_money"),
        (money("it", validate={"max": 100}), "100,01", "forms.too_large_money"),
        (money("it"), {"a": "1"}, "forms.number"),
        (field("number", decimalDigits=0), "1,5", "forms.whole"),
        (field("number", decimalDigits=1), "1,55", "forms.decimals"),
        (field("number", validate={"min": 3}), "2", "forms.too_small"),
        (field("number", validate={"max": 3}), "4", "forms.too_large"),
        (field("datetime"), "30.02.2026", "forms.no_such_day"),
        (field("datetime"), "morgen", "forms.date"),
        (field("datetime"), 20260101, "forms.date"),
        (field("datetime"), "01.01.0202", "forms.year"),
        (field("datetime", properties={"min": "2026-01-01"}), "2025-12-31", "forms.too_early"),
        (field("datetime", properties={"max": "today"}), "2026-03-02", "forms.too_late"),
        (field("datetime", properties={"min": "tomorrow"}), "2026-03-01", "forms.too_early"),
        (choice("it", "a", "b"), "c", "forms.choice"),
        (choice("it", "a", "b"), {"x": "y"}, "forms.type_choice"),
        (choice("it", "a", kind="checklist"), ["a", "zz"], "forms.choice"),
        (choice("it", "a", kind="checklist"), {"a": "x"}, "forms.type_choice"),
        (choice("it", "a", kind="checklist"), ["a"] * 500, "forms.type_choices"),
        (field("checkbox"), "maybe", "forms.type_checkbox"),
        (field("filepicker"), ["unknown"], "forms.file_unknown"),
        (field("filepicker"), [5], "forms.type_files"),
        (rows("it", text("a")), "text", "forms.type_rows"),
        (rows("it", text("a")), ["text"], "forms.type_rows"),
        (rows("it", text("a")), [{"a": "x"}] * 201, "forms.too_many_rows"),
        (group(text("a"), path="it"), "text", "forms.type_group"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    schema: dict[str, Any], raw: Any, key: str
) -> None:
    with at(datetime(2026, 3, 1, 12, tzinfo=UTC)):
        assert problems(form_of(schema), {"it": raw}) == {"it": key}


@pytest.mark.parametrize(
    ("schema", "raw", "kept"),
    [
        (text("it"), "  a\r\nb ", "a\nb"),
        (text("it", properties={"format": "email"}), "a.b@c-d.de", "a.b@c-d.de"),
        (
            text("it", properties={"format": "url"}),
            "www.example.org/x",
            "https://www.example.org/x",
        ),
        (text("it", properties={"format": "tel"}), "+49 30 1234-5", "+49 30 1234-5"),
        (
            text("it", properties={"format": "iban"}),
            "de89 3704 0044 0532 0130 00",
            "DE89370400440532013000",
        ),
        (text("it", validate={"pattern": "^[0-9]{5}$"}), "12345", "12345"),
        (money("it"), "1.234,5", "1234.50"),
        (money("it"), 1234.5, "1234.50"),
        (money("it", validate={"min": -10}), "-5", "-5.00"),
        (field("number"), "2,5", 2.5),
        (field("number", decimalDigits=0), "12", 12),
        (field("datetime"), "8.9.2026", "2026-09-08"),
        (field("datetime"), "08/09/2026", "2026-09-08"),
        (choice("it", "1", "2"), 2, "2"),
        (choice("it", "a", "b", kind="taglist"), ["b", "a", "b", ""], ["a", "b"]),
        (choice("it", "a", "b", kind="checklist"), "b", ["b"]),
        (field("checkbox"), ["", "true"], True),
        (field("checkbox"), "off", False),
        (field("checkbox"), True, True),
    ],
)
def test_what_fits_is_kept_in_one_form(schema: dict[str, Any], raw: Any, kept: Any) -> None:
    assert form_of(schema).validate({"it": raw}) == {"it": kept}


def test_a_pattern_that_never_ends_is_stopped_and_refused() -> None:
    form = form_of(text("it", validate={"pattern": "^(x+x+)+y$"}))
    assert problems(form, {"it": "x" * 60}) == {"it": "forms.pattern"}


def test_rows_in_which_nothing_was_written_are_left_out() -> None:
    form = form_of(rows("plan", text("what", **REQUIRED), money("amount", **REQUIRED)))
    raw = {"plan": [{"what": "", "amount": ""}, {"what": "Raum", "amount": "10"}]}
    assert form.validate(raw) == {"plan": [{"what": "Raum", "amount": "10.00"}]}


def test_a_problem_in_a_row_has_the_number_of_the_row_as_it_was_sent() -> None:
    form = form_of(rows("plan", text("what", **REQUIRED), money("amount")))
    raw = {"plan": [{}, {"what": "", "amount": "x"}]}
    assert problems(form, raw) == {"plan.1.what": "forms.required", "plan.1.amount": "forms.number"}


def test_too_few_rows_are_named_at_the_list() -> None:
    form = form_of(rows("plan", text("what"), properties={"min_rows": "2"}))
    assert problems(form, {"plan": [{"what": "a"}, {}]}) == {"plan": "forms.rows_missing"}


def test_hidden_fields_are_dropped_and_not_required() -> None:
    hidden = {"conditional": {"hide": '=kind = "b"'}}
    form = form_of(choice("kind", "a", "b"), text("why", **REQUIRED, **hidden))
    assert form.validate({"kind": "b", "why": "old"}) == {"kind": "b", "why": None}
    assert problems(form, {"kind": "a"}) == {"why": "forms.required"}


def test_a_fault_in_a_hidden_field_does_not_count() -> None:
    hidden = {"conditional": {"hide": "=not(wanted)"}}
    form = form_of(
        {"type": "checkbox", "key": "wanted", "label": "W"},
        group(money("amount", **REQUIRED), **hidden),
    )
    assert form.validate({"wanted": "", "amount": "x"})["amount"] is None
    assert problems(form, {"wanted": "true", "amount": "x"}) == {"amount": "forms.number"}


def test_fields_of_a_row_are_hidden_by_their_own_row() -> None:
    form = form_of(
        rows("sites", choice("own", "yes", "no"), text("landlord", **REQUIRED) | {
            "conditional": {"hide": '=own = "yes"'}
        })
    )  # fmt: skip
    raw = {"sites": [{"own": "yes"}, {"own": "no"}]}
    assert problems(form, raw) == {"sites.1.landlord": "forms.required"}


def test_sums_are_computed_from_rows_and_hidden_amounts_do_not_count() -> None:
    form = form_of(
        {"type": "checkbox", "key": "partner", "label": "P"},
        rows("plan", money("price"), {"type": "number", "key": "count", "label": "C"},
             total("line", "=price * count")),
        money("other", conditional={"hide": "=not(partner)"}),
        total("sum", "=sum(plan.line) + other"),
        total("half", "=sum / 2", properties={"routing": "true"}),
    )  # fmt: skip
    raw = {"plan": [{"price": "10,10", "count": "3"}, {"price": "5"}], "other": "100"}
    kept = form.validate(raw)
    assert [row["line"] for row in kept["plan"]] == ["30.30", "0.00"]
    assert (kept["sum"], kept["half"]) == ("30.30", "15.15")
    assert form.routing(kept) == {"half": 15.15}
    assert form.validate({**raw, "partner": "true"})["sum"] == "130.30"


def test_what_is_sent_for_a_computed_or_readonly_field_is_ignored() -> None:
    form = form_of(
        total("sum", "=1 + 1"),
        text("fixed", readonly=True, properties={"prefill": "=reference"}),
    )
    kept = form.validate({"sum": "999", "fixed": "forged"}, context={"reference": "A-1"})
    assert kept == {"sum": "2.00", "fixed": "A-1"}


def test_conditions_may_use_what_the_case_knows() -> None:
    form = form_of(text("why", **REQUIRED, conditional={"hide": "=amount_requested < 100"}))
    assert form.validate({}, context={"amount_requested": 50}) == {"why": None}
    assert problems(form, {}, context={"amount_requested": 500}) == {"why": "forms.required"}


def test_choices_may_come_from_outside() -> None:
    form = form_of({"type": "select", "key": "line", "label": "L", "valuesKey": "lines"})
    options = {"lines": [Option("a", "A")]}
    assert form.validate({"line": "a"}, options=options) == {"line": "a"}
    assert problems(form, {"line": "b"}, options=options) == {"line": "forms.choice"}


def test_files_are_kept_with_id_and_name_and_only_known_ones() -> None:
    form = form_of(field("filepicker", multiple=True), rows("plan", field("filepicker")))
    options = {
        "it": [Option("1", "a.pdf"), Option("2", "b.pdf")],
        "plan.it": [Option("3", "c.pdf")],
    }
    raw = {"it": ["2", "1", "2"], "plan": [{"it": {"id": "3"}}]}
    kept = form.validate(raw, options=options)
    assert kept["it"] == [{"id": "2", "name": "b.pdf"}, {"id": "1", "name": "a.pdf"}]
    assert kept["plan"][0]["it"] == [{"id": "3", "name": "c.pdf"}]
    assert form.validate(kept, options=options) == kept
    one = form_of(field("filepicker"))
    assert problems(one, {"it": ["1", "2"]}, options=options) == {"it": "forms.one_file"}


def test_answers_that_were_kept_are_accepted_again_unchanged() -> None:
    form = form_of(
        money("a"), {"type": "datetime", "key": "d", "label": "D"}, rows("r", money("b"))
    )
    kept = form.validate({"a": "1.234,56", "d": "1.2.2026", "r": [{"b": "0,10"}]})
    assert form.validate(kept) == kept


def test_a_posted_form_becomes_nested_answers() -> None:
    form = form_of(
        text("a"),
        choice("c", "x", "y", kind="checklist"),
        field("checkbox"),
        rows("plan", text("b")),
    )
    posted = [
        ("_csrf", "t"), ("a", "1"), ("c", "x"), ("it", ""), ("it", "true"),
        ("plan", ""), ("plan.10.b", "third"), ("plan.2.b", "second"), ("plan.0.b", "first"),
        ("plan..b", "no"), ("a.b.c.d.e.f.g.h.i", "deep"), ("file", object()),
    ]  # fmt: skip
    raw = form.collect(posted)
    assert raw["a"] == "1"
    assert raw["c"] == ["x"]
    assert raw["it"] == "true"
    assert form.collect([("plan", ""), ("plan.0.b", "x")])["plan"] == [{"b": "x"}]
    assert form.collect([("plan.2.b", "z"), ("plan.10.b", "y")])["plan"] == [{"b": "z"}, {"b": "y"}]
    assert form.collect([("plan", "")])["plan"] == []


def test_a_draft_keeps_what_was_typed_and_nothing_else() -> None:
    form = form_of(
        text("a"), total("s", "=1"), rows("plan", money("b")), group(text("c"), path="g")
    )
    draft = form.clean_draft(
        {
            "a": "x" * 200_000,
            "zz": "1",
            "s": "5",
            "plan": [{"b": "zwölf", "q": 1}, "bad"],
            "g": {"c": "1"},
        }
    )
    assert len(draft["a"]) == 100_000
    assert draft["plan"] == [{"b": "zwölf"}, {}]
    assert draft["g"] == {"c": "1"}
    assert set(draft) == {"a", "plan", "g"}


def test_a_first_draft_has_defaults_prefilled_values_and_an_empty_row() -> None:
    form = form_of(
        text("a", defaultValue="x"),
        text("b", properties={"prefill": "=organisation.name"}),
        rows("plan", money("c", defaultValue="5"), properties={"min_rows": 2}),
        group(text("d", defaultValue="y"), path="g"),
    )
    start = form.start({"organisation": {"name": "Verein"}})
    assert start == {"a": "x", "b": "Verein", "plan": [{"c": "5"}, {"c": "5"}], "g": {"d": "y"}}
    assert start["plan"][0] is not start["plan"][1]
    assert form.blank_row("plan") == {"c": "5"}


def test_routing_values_are_numbers_and_unanswered_ones_are_none() -> None:
    form = form_of(
        money("amount", properties={"routing": "true"}),
        choice("lines", "a", "b", kind="checklist", properties={"routing": "true"}),
        rows("plan", money("b"), properties={"routing": "true"}),
        text("other"),
    )
    assert form.routing_names() == {"amount", "lines", "plan"}
    kept = form.validate({"amount": "12,50", "lines": ["b"], "plan": [{"b": "1"}]})
    assert form.routing(kept) == {"amount": 12.5, "lines": ["b"], "plan": [{"b": 1}]}
    assert form.routing(form.validate({})) == {"amount": None, "lines": [], "plan": []}


def test_a_schema_is_found_again_by_its_field() -> None:
    form = form_of(rows("plan", {"type": "filepicker", "key": "proof", "label": "P"}))
    assert [one.path for one in form.file_fields()] == ["plan.proof"]
    assert form.field("plan.proof") is form.file_fields()[0]
    assert form.field("nothing") is None
    assert schema_of(text())


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (text("it"), "forms.type_text"),
        (money("it"), "forms.number"),
        (choice("it", "1"), "forms.type_choice"),
        (choice("it", "1", kind="radio"), "forms.type_choice"),
        (field("checkbox"), "forms.type_checkbox"),
        ({"type": "datetime", "subtype": "date", "key": "it", "dateLabel": "It"}, "forms.date"),
    ],
)
@pytest.mark.parametrize("given", [["1"], ["1", "2"], [], [""], {}, {"a": ""}])
def test_one_answer_is_no_list_however_short(
    component: dict[str, Any], expected: str, given: Any
) -> None:
    form = form_of(component)
    assert problems(form, {"it": given}) == {"it": expected}
    assert form.view({"it": given}).fields[0].value in ("", False)


def test_a_box_with_a_tick_sends_its_marker_too() -> None:
    form = form_of(field("checkbox"))
    assert form.validate({"it": ["", "true"]}) == {"it": True}
    assert problems(form, {"it": ["true", "true"]}) == {"it": "forms.type_checkbox"}


def test_in_english_an_amount_that_can_be_read_two_ways_is_refused_and_stays_as_typed() -> None:
    form = form_of(money("it"), rows("plan", field("number", decimalDigits=0)))
    raw = {"it": "12.345", "plan": [{"it": "1.234"}]}
    with pytest.raises(Invalid) as caught:
        form.validate(raw, language="en")
    assert [one.place for one in caught.value.problems] == ["it", "plan.0.it"]
    assert say(caught.value.problems[0], "en").count("Please write 12345 or 12,345.00") == 1
    assert form.view(raw, language="en").fields[0].value == "12.345"
    assert form.validate(raw)["it"] == "12345.00"
    assert form.validate({"it": 12.5, "plan": []}, language="en")["it"] == "12.50"
    assert form.validate({"it": "12,345.00", "plan": []}, language="en")["it"] == "12345.00"


@pytest.mark.parametrize("typed", ["12,000", "500,000", "1,500"])
def test_a_comma_and_three_digits_are_thousands_in_english_and_a_decimal_too_many_in_german(
    typed: str,
) -> None:
    form = form_of(money("it"), total("twice", "=it * 2"))
    whole = int(typed.replace(",", ""))
    kept = form.validate({"it": typed}, language="en")
    assert kept == {"it": f"{whole}.00", "twice": f"{2 * whole}.00"}
    page = form.view({"it": typed}, language="en").fields
    assert (page[0].value, page[1].value) == (f"{typed}.00", f"{2 * whole}.00")
    assert problems(form, {"it": typed}) == {"it": "forms.cents"}
    assert form.view({"it": typed}).fields[0].value == typed


def test_a_negative_amount_is_never_proposed() -> None:
    with pytest.raises(Invalid) as caught:
        form_of(money("it")).validate({"it": "-1.000"}, language="en")
    assert say(caught.value.problems[0], "en").count("Please write 1000 or 1,000.00") == 1
