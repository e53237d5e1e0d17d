"""The draft of an amendment: nobody loses money or time unheard; its years bear its amount."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.workflows.test_days_and_amounts import broken

NAME = "_shared/forms/draft_amendment.form"
BEFORE = {
    "approved_amount": 60000,
    "period_from": "2026-03-01",
    "period_until": "2026-12-31",
    "balance": {"granted": 60000, "kept": 0},
    "wanted_amount": 63000,
    "wanted_changes": "Die Zuwendung steigt um 3.000 Euro.",
}
GIVEN = {
    "amendment_outcome": "amend",
    "amendment_kinds": ["money"],
    "new_amount": "63000.00",
    "instalments": [{"year": 2026, "amount": "63000.00"}],
    "to_the_detriment": "no",
}


def faults(changed: dict[str, Any], **known: Any) -> set[str]:
    """The rules between answers that the changed draft breaks."""
    given = {**GIVEN, **changed}
    if "new_amount" in changed:
        given["instalments"] = [{"year": 2026, "amount": changed["new_amount"]}]
    return broken(NAME, given, {**BEFORE, **known})


@pytest.mark.parametrize(
    ("amount", "asked", "refused"),
    [
        ("63000.00", None, False),
        ("60000.00", None, False),
        ("40000.00", None, True),  # the authority's own motion
        ("20000.00", 63000, True),  # more was asked for
        ("50000.00", 50000, False),
        ("52000.00", 50000, False),
        ("49999.99", 50000, True),
    ],
)
def test_less_money_than_granted_or_asked_for_is_to_the_detriment(
    amount: str, asked: int | None, *, refused: bool
) -> None:
    less = {"new_amount": amount}
    expected = {"to_the_detriment"} if refused else set()
    assert faults(less, asked_amount=asked) == expected
    assert faults({**less, "to_the_detriment": "yes"}, asked_amount=asked) == set()
    assert faults({**less, "amendment_outcome": "refuse"}, asked_amount=asked) == set()


@pytest.mark.parametrize(
    ("end", "asked", "refused"),
    [
        ("2026-12-31", None, False),
        ("2026-12-30", None, True),
        ("2026-10-31", "2026-10-31", False),
        ("2026-10-30", "2026-10-31", True),
    ],
)
def test_less_time_than_granted_or_asked_for_is_to_the_detriment(
    end: str, asked: str | None, *, refused: bool
) -> None:
    shorter = {"amendment_kinds": ["time"], "new_end": end}
    expected = {"to_the_detriment"} if refused else set()
    assert faults(shorter, asked_end=asked) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(2026, "63000.00")], set()),
        ([(2026, "62999.99")], {"split_total"}),
        ([(2026, "0.10"), (2026, "0.20"), (2026, "62999.70")], set()),
        ([(2027, "63000.00")], {"instalments.0.year"}),
        ([(2025, "1000.00"), (2026, "62000.00")], {"instalments.0.year"}),
    ],
)
def test_the_years_bear_the_new_amount_within_the_period(
    parts: list[tuple[int, str]], expected: set[str]
) -> None:
    split = {"instalments": [{"year": year, "amount": amount} for year, amount in parts]}
    assert faults(split) == expected


def test_the_years_reach_as_far_as_the_new_end() -> None:
    longer = {"amendment_kinds": ["money", "time"], "new_end": "2027-03-31"}
    split = [{"year": 2026, "amount": "60000.00"}, {"year": 2027, "amount": "3000.00"}]
    assert faults({**longer, "instalments": split}, wanted_end="2027-03-31") == set()


@pytest.mark.parametrize(
    ("amount", "lines", "expected"),
    [
        ("63000.00", BEFORE["wanted_changes"], set()),
        ("20000.00", BEFORE["wanted_changes"], {"amendment_changes"}),
        ("20000.00", "Die Zuwendung sinkt um 40.000 Euro.", set()),
    ],
)
def test_the_letter_does_not_repeat_a_request_that_is_not_followed(
    amount: str, lines: str, expected: set[str]
) -> None:
    changed = {"new_amount": amount, "amendment_changes": lines, "to_the_detriment": "yes"}
    assert faults(changed) == expected
