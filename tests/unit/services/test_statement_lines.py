"""What may count of each line of a statement: claimed, proved, allowed by the plan."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from grantflow.errors import Invalid
from grantflow.forms import parse
from grantflow.services import statement_lines
from grantflow.services.statement_lines import Counted

CHECK = "_shared/forms/check_statement_of_use.form"
FORM = parse((Path("workflows") / CHECK).read_bytes(), CHECK)
DATA = {
    "spent": [{"label": "Reisen", "amount": 33000}, {"label": "Technik", "amount": 17000}],
    "plan_lines": [{"label": "Reisen", "amount": 26000}, {"label": "Technik", "amount": 19000}],
}
RECEIPTS = [
    Counted("Reisen", Decimal(20000)),
    Counted("Reisen", Decimal(14000)),
    Counted("Technik", Decimal("16915")),
]


def lines(receipts: list[Counted], data: dict[str, Any] = DATA) -> list[dict[str, Any]]:
    return statement_lines.shown(data, receipts, Decimal("0.2"))


def test_a_line_shows_what_is_claimed_proved_and_planned() -> None:
    travel, material = lines(RECEIPTS)
    assert travel == {
        "label": "Reisen", "claimed": 33000, "accepted": 34000, "countable": 33000, "limit": 31200,
    }  # fmt: skip
    assert (material["countable"], material["limit"]) == (16915, 22800)


def test_receipts_that_do_not_name_their_lines_prove_none_of_them() -> None:
    for receipts in ([], [*RECEIPTS, Counted("", Decimal(5))]):
        assert [(one["accepted"], one["countable"]) for one in lines(receipts)] == [
            (None, 33000),
            (None, 17000),
        ]


def context(receipts: list[Counted]) -> dict[str, Any]:
    return {**DATA, "total_received": 0, "statement_lines": lines(receipts)}


def refused(rows: list[dict[str, str]], receipts: list[Counted]) -> set[str]:
    given = {"statement_result": "accept", "recognised": rows, "findings": "Geprüft."}
    try:
        FORM.validate(given, context=context(receipts))
    except Invalid as error:
        return {problem.place for problem in error.problems}
    return set()


def test_the_form_begins_with_what_counts() -> None:
    begun = FORM.start(context(RECEIPTS))["recognised"]
    assert [row["label"] for row in begun] == ["Reisen", "Technik"]
    assert [row["amount"] for row in begun] == [33000, 16915]
    assert refused(begun, RECEIPTS) == set()


@pytest.mark.parametrize(
    ("travel", "material", "receipts", "places"),
    [
        ("33000.00", "16915.00", RECEIPTS, set()),
        ("33000.01", "16915.00", RECEIPTS, {"recognised.0.amount"}),  # above the statement
        ("31200.00", "16915.01", RECEIPTS, {"recognised.1.amount"}),  # above the receipts
        ("31200.00", "17000.00", [], set()),
        ("33000.00", "17000.01", [], {"recognised.1.amount", "recognised_total"}),
    ],
)
def test_no_more_is_recognised_than_was_spent_and_proved(
    travel: str, material: str, receipts: list[Counted], places: set[str]
) -> None:
    rows = [{"label": "Reisen", "amount": travel}, {"label": "Technik", "amount": material}]
    assert refused(rows, receipts) == places


def test_a_line_that_stands_twice_is_not_counted_twice() -> None:
    twice = [{"label": "Reisen", "amount": "33000.00"}, {"label": "Reisen", "amount": "33000.00"}]
    assert refused(twice, []) == {"recognised_total"}


@pytest.mark.parametrize(
    ("amount", "told"),
    [("33000.00", {"beyond"}), ("31200.00", {"differs"}), ("31200.01", {"beyond", "differs"})],
)
def test_whoever_types_the_sums_is_told_of_the_plan_and_of_the_receipts(
    amount: str, told: set[str]
) -> None:
    view = FORM.view(
        {"recognised": [{"label": "Reisen", "amount": amount}]}, context=context(RECEIPTS)
    )
    rows = next(field for field in view.fields if field.place == "recognised").rows
    notes = {one.field.id.rsplit("_", 1)[1] for one in rows[0].fields
             if one.kind == "text" and not one.hidden}  # fmt: skip
    assert notes == told


def test_a_draft_follows_findings_where_nobody_typed_another_sum() -> None:
    before, after = context(RECEIPTS), context([*RECEIPTS[1:], Counted("Reisen", Decimal(9000))])
    draft = {
        "findings": "Noch offen",
        "recognised": [
            {"label": "Reisen", "amount": "33.000,00"},
            {"label": "Technik", "amount": "9"},
        ],
    }
    followed = FORM.followed(draft, before, after)
    assert [row["amount"] for row in followed["recognised"]] == [23000, "9"]
    assert followed["findings"] == "Noch offen"
    assert draft["recognised"][0]["amount"] == "33.000,00"
    english = {"recognised": [{"label": "Reisen", "amount": "33,000"}]}
    assert FORM.followed(english, before, after, "en")["recognised"][0]["amount"] == 23000
    assert FORM.followed(english, before, after)["recognised"][0]["amount"] == "33,000"


def test_the_notes_of_each_row_have_an_id_of_their_own() -> None:
    rows = [{"label": one, "amount": "1.00"} for one in ("Reisen", "Technik")]
    view = FORM.view({"recognised": rows}, context=context(RECEIPTS))
    ids = [one.id for one in view.live_fields]
    assert len(ids) == len(set(ids))
