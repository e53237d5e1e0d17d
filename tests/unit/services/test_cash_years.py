"""Money by budget year: no cent is lost, past years count as this one; the cut line of a list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantflow.errors import GrantFlowError
from grantflow.services.cash_years import by_months, fitted, read_split
from grantflow.services.ranking import Place, cut

AMOUNTS = st.decimals("0.01", "9999999.99", places=2)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(AMOUNTS, DAYS, DAYS)
def test_the_years_of_a_grant_add_up_to_the_cent(amount: Decimal, one: date, two: date) -> None:
    first, last = min(one, two), max(one, two)
    split = by_months(amount, first, last)
    assert sum(split.values()) == amount
    assert list(split) == list(range(first.year, last.year + 1))
    assert all(part >= 0 for part in split.values())


@given(st.dictionaries(st.integers(2020, 2035), AMOUNTS, max_size=6), AMOUNTS)
def test_a_fitted_split_is_exact_and_never_in_the_past(
    split: dict[int, Decimal], amount: Decimal
) -> None:
    found = fitted(split, amount, 2027)
    assert sum(found.values()) == amount
    assert all(year >= 2027 and part > 0 for year, part in found.items())


def test_months_decide_what_a_year_gets() -> None:
    assert by_months(Decimal(1200), date(2027, 7, 1), date(2028, 6, 30)) == {
        2027: Decimal(600),
        2028: Decimal(600),
    }
    with pytest.raises(GrantFlowError):
        by_months(Decimal(1), date(2027, 2, 1), date(2027, 1, 1))


def test_what_is_too_much_is_taken_from_the_last_year() -> None:
    split = {2026: Decimal(10), 2027: Decimal(20), 2028: Decimal(30)}
    assert fitted(split, Decimal(35), 2027) == {2027: Decimal(30), 2028: Decimal(5)}
    assert fitted(split, Decimal(70), 2027) == {2027: Decimal(30), 2028: Decimal(40)}
    assert fitted({}, Decimal(5), 2027) == {2027: Decimal(5)}


def test_a_split_is_read_from_the_rows_of_a_form() -> None:
    rows = [{"year": 2027, "amount": "1.50"}, {"year": "2027", "amount": 2}]
    assert read_split(rows) == {2027: Decimal("3.50")}
    for wrong in ([{"year": 2027}], [{"year": "x", "amount": 1}], [{"year": 1, "amount": "-1"}], 5):
        with pytest.raises(GrantFlowError):
            read_split(wrong)


def places(*amounts: str) -> list[Place]:
    return [
        Place(rank, uuid4(), f"T-{rank}", "", "", Decimal(5), Decimal(one), Decimal(one),
              {2027: Decimal(one)})
        for rank, one in enumerate(amounts, 1)
    ]  # fmt: skip


def drawn(mode: str, *amounts: str) -> list[str]:
    return [p.place for p in cut(places(*amounts), {2027: Decimal(100)}, mode)]


def test_strict_stops_at_the_first_that_does_not_fit_and_fill_up_goes_on() -> None:
    assert drawn("strict", "60", "50", "40") == ["selected", "reserve", "reserve"]
    assert drawn("fill_up", "60", "50", "40") == ["selected", "reserve", "selected"]
    assert drawn("strict", "60", "40", "0.01") == ["selected", "selected", "reserve"]


def test_without_a_score_or_money_for_every_year_nobody_is_selected() -> None:
    (one,) = places("10")
    later = replace(one, by_year={2027: Decimal(5), 2028: Decimal(5)})
    assert [p.place for p in cut([later], {2027: Decimal(100)}, "strict")] == ["reserve"]
    assert [p.place for p in cut([replace(one, score=None)], {2027: Decimal(100)}, "strict")] == [
        "open"
    ]


@given(st.lists(AMOUNTS, max_size=12), AMOUNTS, st.sampled_from(["strict", "fill_up"]))
def test_no_list_ever_selects_more_than_is_free(
    amounts: list[Decimal], free: Decimal, mode: str
) -> None:
    found = cut(places(*map(str, amounts)), {2027: free}, mode)
    assert sum(p.proposed for p in found if p.place == "selected") <= free
