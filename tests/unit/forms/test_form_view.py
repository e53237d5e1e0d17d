"""What a page is given to show a form."""

from __future__ import annotations

from tests.unit.forms.schemas import REQUIRED, choice, form_of, group, money, rows, text, total

from grantflow.errors import Invalid, Problem
from grantflow.forms import Form, FormView, Option
from grantflow.forms.view import FieldView, every


def shown(view: FormView, place: str) -> FieldView:
    return next(one for one in every(view.fields) if one.place == place and one.field.key)


def test_words_are_those_of_the_language_or_german() -> None:
    form = form_of(
        text("a", properties={"label_en": "Title", "description_en": "Short"}, description="Kurz"),
        choice("b", "x", properties={"values_en": '{"x": "Ex"}'}),
        properties={"title": "Antrag", "title_en": "Application"},
    )
    english = form.view({}, language="en")
    assert (english.title, form.view({}).title) == ("Application", "Antrag")
    assert (shown(english, "a").label, shown(english, "a").hint) == ("Title", "Short")
    assert shown(form.view({}), "a").hint == "Kurz"
    assert [one.label for one in shown(english, "b").choices] == ["Ex"]
    assert shown(english, "b").label == "B"
    assert form.title == {"de": "Antrag", "en": "Application"}


def test_sound_numbers_are_written_as_the_language_does_and_others_as_typed() -> None:
    form = form_of(money("a"), {"type": "number", "key": "n", "label": "N", "decimalDigits": 0})
    assert shown(form.view({"a": "1234.5"}), "a").value == "1.234,50"
    assert shown(form.view({"a": "1234.5"}, language="en"), "a").value == "1,234.50"
    assert shown(form.view({"a": "viel"}), "a").value == "viel"
    assert shown(form.view({"a": "40.000,555"}), "a").value == "40.000,555"
    assert shown(form.view({"a": 1 / 3}), "a").value == "0,33"
    assert shown(form.view({"n": 1200}), "n").value == "1.200"
    assert shown(form.view({}), "a").value == ""


def test_problems_stand_at_their_field_and_on_top_with_a_link() -> None:
    form = form_of(rows("plan", text("what", **REQUIRED)), text("b"))
    problems = (
        Problem("forms.required", {}, "plan.1.what"),
        Problem("forms.unknown", {"name": "x"}, "x"),
    )
    view = form.view({"plan": [{"what": "a"}, {"what": ""}]}, problems=problems)
    assert shown(view, "plan.1.what").problem is problems[0]
    assert shown(view, "plan.0.what").problem is None
    assert [(one.label, one.target) for one in view.faults] == [
        ("Plan 2: What", "f-plan-1-what"),
        ("x", ""),
    ]


def test_computed_and_conditional_fields_are_the_live_ones() -> None:
    form = form_of(
        rows("plan", money("price"), total("double", "=price * 2")),
        text("why", conditional={"hide": "=sum < 10"}),
        group(text("inner"), conditional={"hide": "=true"}),
        total("sum", "=sum(plan.price)"),
    )
    view = form.view({"plan": [{"price": "3"}, {"price": "x"}]})
    assert [one.live for one in view.live_fields] == [
        "computed", "computed", "visibility", "visibility", "computed",
    ]  # fmt: skip
    assert shown(view, "sum").typed == "3.00"
    assert shown(view, "plan.0.double").typed == "6.00"
    assert shown(view, "why").hidden
    assert [row.number for row in shown(view, "plan").rows] == [1, 2]


def test_an_expression_over_what_is_missing_is_not_worked_out_yet() -> None:
    form = form_of(
        {"type": "datetime", "key": "start", "label": "S"},
        {"type": "expression", "key": "year", "label": "Y", "expression": "=date(start).year"},
    )
    assert shown(form.view({}), "year").typed is None
    assert shown(form.view({"start": "2027-03-01"}), "year").typed == 2027


def test_given_answers_are_shown_as_they_were_given() -> None:
    form = form_of(
        total("sum", "=1 + 1"),
        {"type": "datetime", "key": "d", "label": "D", "properties": {"min": "2090-01-01"}},
        {"type": "filepicker", "key": "f", "label": "F"},
        {"type": "select", "key": "s", "label": "S", "valuesKey": "gone"},
        {"type": "checkbox", "key": "c", "label": "C"},
    )
    given = {
        "sum": "99.00",
        "d": "2020-01-01",
        "f": [{"id": "1", "name": "alt.pdf"}],
        "s": "a",
        "c": True,
    }
    view = form.view(given, readonly=True)
    assert shown(view, "sum").typed == "99.00"
    assert shown(view, "d").typed == "2020-01-01"
    assert [one.label for one in shown(view, "f").files] == ["alt.pdf"]
    assert (shown(view, "s").value, shown(view, "s").chosen) == ("a", ())
    assert shown(view, "c").value is True
    assert all(one.readonly for one in every(view.fields))
    assert not shown(view, "c").required


def test_files_of_a_draft_are_named_by_what_was_handed_in() -> None:
    form = form_of({"type": "filepicker", "key": "f", "label": "F"})
    options = {"f": [Option("1", "a.pdf"), Option("2", "b.pdf")]}
    view = form.view({"f": ["2", "gone"]}, options=options)
    assert [(one.value, one.label) for one in shown(view, "f").files] == [("2", "b.pdf")]
    assert view.has_files
    assert not form_of(text()).view({}).has_files


def test_a_readonly_field_shows_what_it_is_prefilled_with() -> None:
    form = form_of(text("a", readonly=True, properties={"prefill": "=title"}))
    view = form.view({}, context={"title": "Teich"})
    assert shown(view, "a").typed == "Teich"
    assert shown(view, "a").readonly


def test_choices_that_were_made_are_marked() -> None:
    form = form_of(
        choice("one", "a", "b", kind="radio"), choice("many", "a", "b", "c", kind="taglist")
    )
    view = form.view({"one": "b", "many": ["a", "c"]})
    assert shown(view, "one").chosen == ("B",)
    assert shown(view, "many").chosen == ("A", "C")


def test_an_iban_is_shown_in_groups() -> None:
    form = form_of(text("iban", properties={"format": "iban"}))
    kept = form.validate({"iban": "DE89370400440532013000"})
    assert shown(form.view(kept), "iban").value == "DE89 3704 0044 0532 0130 00"


def test_nested_groups_and_lists_are_walked() -> None:
    form = form_of(
        group(
            rows("sites", text("town"), rows("rooms", money("rent", **REQUIRED))),
            path="place",
        )
    )
    raw = {"place": {"sites": [{"town": "A", "rooms": [{"rent": "1"}, {"rent": "x"}]}]}}
    try:
        form.validate(raw)
        problems: tuple[Problem, ...] = ()
    except Invalid as error:
        problems = error.problems
    assert [one.place for one in problems] == ["place.sites.0.rooms.1.rent"]
    view = form.view(raw, problems=problems)
    assert shown(view, "place.sites.0.rooms.1.rent").problem is problems[0]
    assert form.field("place.sites.rooms.rent") is not None


def test_changes_between_two_revisions_are_in_the_order_of_the_form() -> None:
    form: Form = form_of(
        text("a"), choice("c", "x", "y", properties={"values_en": '{"y": "Why"}'}),
        rows("plan", money("b")), group(text("g"), path="p"),
        {"type": "filepicker", "key": "f", "label": "F"},
    )  # fmt: skip
    old = {"a": "1", "c": "x", "plan": [{"b": "1.00"}, {"b": "2.00"}], "p": {"g": None}, "f": []}
    new = {
        "a": "1", "c": "y", "plan": [{"b": "1.50"}], "p": {"g": "neu"},
        "f": [{"id": "1", "name": "n.pdf"}],
    }  # fmt: skip
    changes = form.diff(old, new)
    assert [(one.place, one.before, one.after) for one in changes] == [
        ("c", "x", "y"),
        ("plan.0.b", "1.00", "1.50"),
        ("p.g", None, "neu"),
        ("f", [], [{"id": "1", "name": "n.pdf"}]),
        ("plan.1.b", "2.00", None),
    ]
    assert changes[0].shown("y", "en") == "Why"
    assert changes[0].shown("y", "de") == "Y"
    assert changes[1].label("de") == "B 1"
    assert changes[3].shown(changes[3].after, "de") == "n.pdf"
    assert form.diff(old, old) == []


def test_years_are_written_without_separators() -> None:
    year = {"min": 2020, "max": 2100}
    form = form_of(
        rows("years", {"type": "number", "key": "year", "decimalDigits": 0, "validate": year}),
        {"type": "number", "key": "persons", "decimalDigits": 0, "validate": {"min": 0}},
    )
    view = form.view({"years": [{"year": 2027}], "persons": 2027})
    assert shown(view, "years.0.year").value == "2027"
    assert shown(view, "persons").value == "2.027"
