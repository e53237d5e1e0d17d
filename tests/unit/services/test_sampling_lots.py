"""Samples: at least the share, always the same for a seed, risk makes a draw more likely."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantflow.services.sampling_lots import Candidate, rank, select, size

POPULATION = [Candidate(f"ABC-2027-{n:04d}", n % 4, n == 7) for n in range(40)]


def drawn(seed: str, share: str = "0.1") -> set[str]:
    return {
        lot.candidate.reference for lot in select(POPULATION, Decimal(share), seed) if lot.drawn
    }


def test_the_same_seed_draws_the_same_in_whatever_order_the_cases_come() -> None:
    again = select(POPULATION[::-1], Decimal("0.1"), "7-13-22")
    assert again == select(POPULATION, Decimal("0.1"), "7-13-22")


def test_another_seed_draws_others() -> None:
    assert drawn("7-13-22") != drawn("7-13-23")


def test_a_rank_can_be_computed_by_hand() -> None:
    # printf 'a:b' | sha256sum
    assert f"{rank('a', Candidate('b')):016x}" == "6783a31eabf68ccc"
    assert rank("a", Candidate("b", 1)) == 0x6783A31EABF68CCC // 2


def test_points_below_zero_are_a_fault() -> None:
    with pytest.raises(ValueError, match="-1"):
        rank("a", Candidate("b", -1))


def test_those_that_must_be_in_are_in_and_count_towards_the_share() -> None:
    found = drawn("x")
    assert "ABC-2027-0007" in found
    assert len(found) == 4


def test_the_share_is_rounded_up() -> None:
    assert [size(n, Decimal("0.1")) for n in (0, 1, 10, 11)] == [0, 1, 1, 2]


@given(st.text(min_size=1, max_size=20), st.integers(0, 100))
def test_at_least_the_share_is_drawn(seed: str, percent: int) -> None:
    share = Decimal(percent) / 100
    lots = select(POPULATION, share, seed)
    assert sum(lot.drawn for lot in lots) >= size(len(POPULATION), share)
    assert [lot.rank for lot in lots] == sorted(lot.rank for lot in lots)


def test_more_points_are_drawn_more_often() -> None:
    often = dict.fromkeys((0, 3), 0)
    for number in range(300):
        for lot in select(POPULATION, Decimal("0.2"), str(number)):
            if lot.drawn and lot.candidate.points in often and not lot.candidate.always:
                often[lot.candidate.points] += 1
    assert often[3] > 2 * often[0]
