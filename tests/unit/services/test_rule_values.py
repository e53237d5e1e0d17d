"""A value of a rule as it is typed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grantflow.errors import Invalid
from grantflow.services.rule_values import read_day, read_value


@pytest.mark.parametrize(
    ("raw", "like", "value"),
    [
        ("4", 3, 4),
        (" 0,3 ", 0.2, 0.3),
        ("0.25", 1, 0.25),
        ("ja", False, True),
        ("No", True, False),
        ("P2M", "P6W", "P2M"),
        ("HALF_UP", "DOWN", "HALF_UP"),
    ],
)
def test_a_value_is_read_in_the_kind_of_the_one_before(raw: str, like: Any, value: Any) -> None:
    found = read_value("some_value", raw, like)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("raw", "like", "key"),
    [
        ("", 3, "value_missing"),
        ("vier", 3, "value_number"),
        ("1.234,56", 3, "value_number"),
        ("12.000", 3, "value_number"),
        ("12,500", 3, "value_number"),
        ("4 Tage", 3, "value_number"),
        ("-1", 3, "negative"),
        ("99999999999", 3, "absurd"),
        ("vielleicht", True, "value_switch"),
        ("sechs Wochen", "P6W", "value_duration"),
        ("P", "P6W", "value_duration"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_way_to_mend_it(
    raw: str, like: Any, key: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_value("some_value", raw, like)
    (problem,) = refused.value.problems
    assert (problem.key, problem.place) == (f"rules_admin.{key}", "value")


def test_a_base_rate_may_be_negative() -> None:
    assert read_value("base_rate", "-0,88", 1.5) == -0.88


@pytest.mark.parametrize(
    ("name", "raw", "like", "key"),
    [
        ("deemed_days", "4,5", 4, "value_kind"),
        ("deemed_days", "400", 4, "value_range"),
        ("line_tolerance", "30", 0.2, "value_range"),
        ("grant_rounding", "UP", "CENT", "value_option"),
        ("publication_day", "31.06.", "06-30", "value_kind"),
    ],
)
def test_a_known_value_keeps_its_kind_and_range(name: str, raw: str, like: Any, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_value(name, raw, like)
    assert [(p.key, p.place) for p in refused.value.problems] == [(f"rules.{key}", "value")]


def test_a_day_is_read_or_refused() -> None:
    assert read_day("2027-03-01", "since", required=True) == date(2027, 3, 1)
    assert read_day(" ", "until", required=False) is None
    for raw, key in (("", "date_missing"), ("morgen", "date_wrong"), ("2027-02-30", "date_wrong")):
        with pytest.raises(Invalid) as refused:
            read_day(raw, "since", required=True)
        assert refused.value.problems[0].key == f"rules_admin.{key}"
