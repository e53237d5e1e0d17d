"""What a rule is asked with: amounts, days and types that cannot be are refused by name."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from grantflow.errors import Invalid
from grantflow.rules.computation import Facts


@pytest.mark.parametrize("bad", ["1.234,50", "12,50", "1.005", "-1", "1e5", "x", True, None, "NaN"])
def test_amounts_with_wrong_separators_decimals_or_signs_are_refused(bad: Any) -> None:
    with pytest.raises(Invalid):
        Facts({"grant": bad}).money("grant")


@pytest.mark.parametrize(
    ("good", "euro"),
    [(1, "1"), (0.1, "0.1"), ("1234.50", "1234.50"), (Decimal("1E+3"), "1000"), (1e5, "100000")],
)
def test_amounts_are_exact_however_they_are_given(good: Any, euro: str) -> None:
    assert Facts({"grant": good}).money("grant") == Decimal(euro)


@pytest.mark.parametrize(
    "bad",
    ["2026-02-30", "01.02.2026", "20260201", "0001-01-01", 5, datetime(2026, 1, 1, 10, tzinfo=UTC)],
)
def test_only_calendar_days_are_dates(bad: Any) -> None:
    with pytest.raises(Invalid):
        Facts({"on": bad}).day("on")


@pytest.mark.parametrize(
    ("read", "bad"),
    [
        ("number", "0,5"),
        ("number", True),
        ("number", float("nan")),
        ("whole", "1.5"),
        ("whole", -1),
        ("flag", "yes"),
        ("text", 5),
        ("items", [1]),
        ("items", "x"),
        ("texts", [1]),
        ("table", [1]),
        ("table", {"a": "1,0"}),
    ],
)
def test_a_fact_of_the_wrong_type_is_refused_by_name(read: str, bad: Any) -> None:
    with pytest.raises(Invalid) as caught:
        getattr(Facts({"fact": bad}), read)("fact")
    assert caught.value.problems[0].place.startswith("fact")


def test_a_fault_in_a_row_names_list_row_and_field() -> None:
    rows = Facts({"lines": [{"amount": "1.00"}, {}]}).items("lines")
    assert rows[0].money("amount") == 1
    with pytest.raises(Invalid) as caught:
        rows[1].money("amount")
    assert caught.value.problems[0].place == "lines.1.amount"


def test_defaults_stand_in_for_what_is_missing() -> None:
    facts = Facts({"a": None})
    assert facts.money("a", Decimal(1)) == 1
    assert facts.number("a", Decimal(2)) == 2
    assert facts.whole("a", 3) == 3
    assert facts.flag("a", True) is True
    assert facts.text("a", "t") == "t"
    assert facts.day_or_none("a") is None
    with pytest.raises(Invalid):
        facts.text("a")
