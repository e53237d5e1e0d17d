"""The automatic checks of a statement: each on its own, and that a sound statement has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from grantflow.services.receipts_checks import NOTE, Listed, PlanFigure, Statement, run
from grantflow.texts import text


def receipt(position: int, amount: str = "100.00", **more: Any) -> Listed:
    usual: dict[str, Any] = {
        "paid_on": date(2027, 3, position),
        "payee": "Druckerei",
        "reason": "Plakate",
        "amount": Decimal(amount),
        "line": "Sachmittel",
    }
    return Listed(position, **{**usual, **more})


SOUND = Statement(
    receipts=(receipt(1), receipt(2)),
    figures=(PlanFigure("Sachmittel", Decimal(200), Decimal(200)),),
    period_from=date(2027, 1, 1),
    period_until=date(2027, 12, 31),
    received=Decimal(20),
    planned_funds=Decimal(20),
    tolerance=Decimal("0.2"),
    ineligible=("Mahngebühr",),
    other_references=("ABC-2027-0004",),
)


def found(statement: Statement) -> list[tuple[str, tuple[int, ...]]]:
    remarks = run(statement)
    for remark in remarks:
        assert text(remark.key, "de", **remark.params) != remark.key
        assert text(remark.key, "en", **remark.params) != remark.key
    return [(remark.key.removeprefix("receipts.check."), remark.receipts) for remark in remarks]


def test_a_sound_statement_has_no_remarks() -> None:
    assert found(SOUND) == []


def test_receipts_outside_the_funding_period_are_named() -> None:
    early, late = receipt(1, paid_on=date(2026, 12, 31)), receipt(2, paid_on=date(2028, 1, 1))
    assert found(replace(SOUND, receipts=(early, late))) == [
        ("too_early", (1,)),
        ("too_late", (2,)),
    ]


@pytest.mark.parametrize(
    "second",
    [
        receipt(2, paid_on=date(2027, 3, 1), payee="DRUCKEREI "),
        receipt(2, number="R-17"),
    ],
)
def test_the_same_receipt_twice_in_the_list_is_found(second: Listed) -> None:
    first = receipt(1, number="r 17")
    assert found(replace(SOUND, receipts=(first, second))) == [("twice_money", (1, 2))]


def test_a_receipt_of_another_project_is_serious_one_of_an_interim_statement_is_not() -> None:
    other = receipt(1, source="ABC-2027-0009")
    interim = receipt(2, source="ABC-2027-0001", same_case=True)
    remarks = run(replace(SOUND, elsewhere=(other, interim)))
    assert [(one.key, one.severity) for one in remarks] == [
        ("receipts.check.other_project", "serious"),
        ("receipts.check.interim", NOTE),
    ]


def test_a_receipt_that_names_another_project_is_found() -> None:
    named = receipt(1, reason="Plakate für ABC 2027/0004")
    assert found(replace(SOUND, receipts=(named, receipt(2)))) == [("names_other", (1,))]


def test_what_is_never_eligible_is_found_by_its_words() -> None:
    fee = receipt(1, reason="Mahngebühr zu Rechnung 5")
    assert found(replace(SOUND, receipts=(fee, receipt(2)))) == [("ineligible_money", (1,))]


def test_receipts_and_figures_must_agree_by_line_and_in_total() -> None:
    figures = (PlanFigure("Sachmittel", Decimal(200), Decimal(150)),)
    assert found(replace(SOUND, figures=figures)) == [
        ("total_differs_money", ()),
        ("line_differs_money", ()),
    ]


def test_without_lines_only_the_total_is_compared() -> None:
    bare = (receipt(1, line=""), receipt(2, line=""))
    assert found(replace(SOUND, receipts=bare)) == []


def test_a_missing_list_is_noticed_only_where_one_is_asked_for() -> None:
    assert found(replace(SOUND, receipts=())) == [("none", ())]
    assert found(replace(SOUND, receipts=(), needs_receipts=False)) == []
    assert found(replace(SOUND, receipts=(), figures=())) == []


def test_a_line_beyond_its_tolerance_is_found_and_one_at_the_limit_is_not() -> None:
    plan = (
        PlanFigure("Sachmittel", Decimal(100), Decimal("120.01")),
        PlanFigure("Personal", Decimal(100), Decimal("79.99")),
    )
    bare = replace(SOUND, receipts=(), needs_receipts=False)
    assert found(replace(bare, figures=plan)) == [("over_tolerance_money", ())]
    at_limit = (replace(plan[0], spent=Decimal(120)), replace(plan[1], spent=Decimal(80)))
    assert found(replace(bare, figures=at_limit)) == []
    assert found(replace(bare, figures=plan, tolerance=None)) == []


def test_an_overrun_that_is_not_saved_elsewhere_is_found() -> None:
    plan = (PlanFigure("Sachmittel", Decimal(100), Decimal(110)),)
    bare = replace(SOUND, receipts=(), needs_receipts=False, figures=plan)
    assert found(bare) == [("not_saved_money", ())]


def test_own_funds_come_first_and_more_of_them_is_worth_a_note() -> None:
    assert found(replace(SOUND, received=Decimal(19))) == [("own_funds_money", ())]
    assert found(replace(SOUND, received=Decimal(21))) == [("more_funds_money", ())]
    assert found(replace(SOUND, planned_funds=None)) == []


def test_remarks_on_receipts_come_in_the_order_of_the_list_then_those_on_the_whole() -> None:
    eleven = receipt(11, reason="Mahngebühr")  # found by a later check than the period
    mixed = (eleven, receipt(3, reason="Mahngebühr"), receipt(5, paid_on=date(2028, 1, 1)))
    assert [places for _, places in found(replace(SOUND, receipts=mixed))] == [
        (3,), (5,), (11,), (), (),
    ]  # fmt: skip
