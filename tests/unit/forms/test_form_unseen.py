"""What a page hides and cannot send is not lost, and what it shows stays as it was sent."""

from __future__ import annotations

from typing import Any

from tests.unit.forms.schemas import choice, form_of, group, money, rows, text

from grantflow.forms import Form

SHOWN_FOR_GRANTS = {"conditional": {"hide": '=outcome != "grant"'}}


def decision() -> Form:
    return form_of(
        choice("outcome", "grant", "reject"),
        group(
            money("amount", properties={"prefill": "=asked"}),
            rows("years", text("year"), properties={"prefill": "=[{year: first}]"}),
            group(text("inner"), path="deep"),
            **SHOWN_FOR_GRANTS,
        ),
        text("note"),
    )


CONTEXT: dict[str, Any] = {"asked": 500, "first": "2027"}


def test_what_was_prefilled_while_hidden_is_there_when_it_appears() -> None:
    form = decision()
    before = form.start(CONTEXT)
    posted = {"outcome": "grant", "note": ""}
    found = form.with_unseen(posted, before, CONTEXT)
    assert (found["amount"], found["years"]) == (500, [{"year": "2027"}])
    assert found["note"] == ""
    shown = form.view(found, context=CONTEXT)
    assert [one.value for one in shown.fields[1].fields][:1] == ["500,00"]


def test_what_was_typed_survives_being_hidden_in_between() -> None:
    form = decision()
    typed = {"outcome": "grant", "amount": "7", "years": [{"year": "2030"}], "deep": {"inner": "x"}}
    hidden = form.with_unseen({**typed, "outcome": "reject"}, typed, CONTEXT)
    again = form.with_unseen({"outcome": "reject", "note": "n"}, hidden, CONTEXT)
    back = form.with_unseen({"outcome": "grant", "note": "n"}, again, CONTEXT)
    assert (back["amount"], back["deep"]) == ("7", {"inner": "x"})
    assert back["years"] == [{"year": "2030"}]


def test_what_was_shown_and_emptied_stays_empty() -> None:
    form = decision()
    before = {"outcome": "grant", "amount": "7", "note": "old"}
    assert form.with_unseen({"outcome": "grant"}, before, CONTEXT) == {"outcome": "grant"}


def plan() -> Form:
    hidden_for_old = {"conditional": {"hide": '=kind = "old"'}}
    return form_of(
        rows("plan", choice("kind", "old", "new"), money("asked", **hidden_for_old),
             group(text("why"), **hidden_for_old)),
    )  # fmt: skip


def test_what_is_hidden_in_a_row_is_not_lost() -> None:
    before = {"plan": [{"kind": "old", "asked": "7", "why": "x"}, {"kind": "new", "asked": "8"}]}
    posted = {"plan": [{"kind": "old"}, {"kind": "new", "asked": ""}]}
    found = plan().with_unseen(posted, before)
    assert found == {
        "plan": [{"kind": "old", "asked": "7", "why": "x"}, {"kind": "new", "asked": ""}]
    }


def test_rows_that_are_not_those_of_the_page_take_nothing_from_them() -> None:
    before = {"plan": [{"kind": "old", "asked": "7"}, {"kind": "old", "asked": "8"}]}
    posted = {"plan": [{"kind": "old"}]}
    assert plan().with_unseen(posted, before) == posted
