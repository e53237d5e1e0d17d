"""Times and scripts are read exactly or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from grantflow.engine.joins import changes, merged, same
from grantflow.engine.script import Assignment, NotAScript, parse_script
from grantflow.engine.timers import Duration, due, parse_cycle, parse_duration, parse_moment

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P14D", Duration(days=14)),
        ("p2w", Duration(days=14)),
        ("P1Y6M", Duration(months=18)),
        ("PT36H", Duration(seconds=36 * 3600)),
        ("P1DT1M5.5S", Duration(days=1, seconds=65)),
        ("PT0S", Duration()),
    ],
)
def test_durations(text, length):
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "14D", "P-1D", "P1H", "P1.5D", "P101Y", "P99999999D", "R/P1D"]
)
def test_what_is_no_duration(text):
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("P1M", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("P13M", datetime(2027, 2, 28, 12, tzinfo=UTC)),
        ("P6M", datetime(2026, 7, 31, 11, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 30, 23, tzinfo=UTC)),
        ("2026-07-01T00:00:00Z", datetime(2026, 7, 1, tzinfo=UTC)),
        ("soon", None),
        ("2026-02-30", None),
    ],
)
def test_due(text, moment):
    assert due(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["R", "R3", "R/", "3/P1D", "R/P0D", "R/soon/P1D", "R/P1D/2026-01-01", "R-1/P1D"]
)
def test_what_is_no_cycle(text):
    assert parse_cycle(text) is None


def test_cycles():
    assert parse_cycle("r3/p1d").times == 3
    assert parse_cycle("R/P1M").times == -1
    assert parse_cycle("R/2026-02-01/P1D").start == datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert parse_moment("2026-01-31T12:00:00+01:00") == datetime(2026, 1, 31, 11, tzinfo=UTC)


def test_scripts():
    found = parse_script(
        "\n   // first\n   a = 1 + 2\n   b=\n     if a > 1\n     then a\n\n   c = [1]\n"
    )
    assert found == (
        Assignment("a", "1 + 2"), Assignment("b", "if a > 1\nthen a"), Assignment("c", "[1]"),
    )  # fmt: skip
    assert parse_script("") == ()


@pytest.mark.parametrize(
    "text", ["import os", "a == 1", "a", "1a = 2", "a.b = 2", "a =", "def f(): pass", "a += 1"]
)
def test_what_is_no_script(text):
    with pytest.raises(NotAScript):
        parse_script(text)


def test_sameness_is_strict():
    assert same([1, {"a": True}], [1, {"a": True}])
    assert not same(1, True)
    assert not same([0], [False])
    assert not same({"a": 1}, {"a": 1.0})
    assert changes({"a": 1, "b": 2}, {"a": True, "b": 2, "c": None}) == {"a": True, "c": None}
    assert merged({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 5, "b": 2}) == {"a": 5, "b": 3}
