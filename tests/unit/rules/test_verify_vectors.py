"""All vectors hold, and none of them holds any more when a single value is changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from grantflow.rules.verify import document, run
from grantflow.rules.verify.document import Vector

FOLDER = Path(__file__).parents[2] / "vectors"
DOMAIN = document.read(FOLDER / "domain.json")
NEIGHBOURS = document.read(FOLDER / "neighbours.json")
VECTORS = [*DOMAIN.vectors, *NEIGHBOURS.vectors]
named = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.id)


@named
def test_the_vector_holds(vector: Vector) -> None:
    result = run.check(vector)
    assert not result.differences


@named
def test_every_changed_expectation_is_found(vector: Vector) -> None:
    for path in _leaves(vector.expected):
        changed = replace(vector, expected=_changed(vector.expected, path))
        places = [each.place for each in run.check(changed).differences]
        assert ".".join(map(str, path)) in places


@named
def test_an_expected_field_that_no_rule_answers_is_never_passed(vector: Vector) -> None:
    changed = replace(vector, expected={**vector.expected, "somethingElse": "1"})
    assert [each.key for each in run.check(changed).differences] == ["rules_verify.not_answered"]


@named
def test_an_unknown_input_field_is_never_passed(vector: Vector) -> None:
    changed = replace(vector, given={**vector.given, "somethingElse": 1})
    found = run.check(changed).differences
    assert ("rules_verify.strange", "somethingElse") in [(each.key, each.place) for each in found]


@named
def test_a_missing_expectation_of_a_list_or_table_is_found(vector: Vector) -> None:
    for name, value in vector.expected.items():
        if isinstance(value, list | dict) and value:
            less = value[:-1] if isinstance(value, list) else dict(list(value.items())[:-1])
            changed = replace(vector, expected={**vector.expected, name: less})
            assert run.check(changed).differences


@named
def test_a_date_of_the_input_that_is_no_date_is_refused_with_its_name(vector: Vector) -> None:
    for name, value in vector.given.items():
        if _is_day(value):
            changed = replace(vector, given={**vector.given, name: "2026-02-30"})
            found = run.check(changed).differences
            assert any(each.place == name for each in found), name


@named
def test_an_amount_with_a_comma_is_refused(vector: Vector) -> None:
    for name, value in vector.given.items():
        if isinstance(value, str) and value.endswith(".00"):
            changed = replace(vector, given={**vector.given, name: value.replace(".", ",")})
            assert run.check(changed).differences, name


@named
def test_odd_values_are_refused_and_never_break_the_run(vector: Vector) -> None:
    for name in vector.given:
        for odd in (None, [], {}, [None], ["x"], {"x": "y"}, True, -1, Decimal("0.001"), "", "x"):
            changed = replace(vector, given={**vector.given, name: odd})
            assert isinstance(run.check(changed), run.Result)


# Where nothing was notified no period runs, a rejection needs no hearing, and a suspicion of bias
# is reported whoever it is about: there, and only there, a field plays no part.
_IDLE = {("N-D05", "periodMonths"), ("N-D06", "periodMonths"), ("N-D07", "periodMonths")} | {
    ("N-P08", "hearingDone"),
    ("N-P17", "actor"),
}


@named
def test_every_input_field_is_read(vector: Vector) -> None:
    for name in vector.given:
        odd = ([], {"x": 1}, "zzz", Decimal("-1.001"))
        passed = [
            run.check(replace(vector, given={**vector.given, name: one})).passed for one in odd
        ]
        assert all(passed) is ((vector.id, name) in _IDLE), name


def test_the_file_has_as_many_vectors_as_it_says() -> None:
    assert DOMAIN.meta["count"] == len(DOMAIN.vectors) == 99
    assert len({vector.id for vector in VECTORS}) == len(VECTORS)


def test_the_ids_play_no_part() -> None:
    found = [run.check(replace(vector, id="X", title="")) for vector in VECTORS]
    assert all(result.passed for result in found)


def test_the_base_rates_and_holidays_of_the_file_are_those_of_the_rules() -> None:
    assert [result.vector.id for result in run.verify(DOMAIN) if not result.passed] == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("baseRateValidUntil", "2027-06-30"),
        ("baseRates", [{"from": "2026-07-01", "rate": "1.53"}]),
        ("baseRates", [{"from": "2026-08-01", "rate": "1.52"}]),
        ("baseRates", ["1.52"]),
        ("holidaysSample", {"BE": {"2026": {"2026-01-01": "", "2026-06-04": ""}}}),
        ("holidaysSample", {"XX": {}}),
        ("holidaysSample", {"BE": {"when": {}}}),
    ],
)
def test_other_base_rates_or_holidays_fail_first(place: str, value: Any) -> None:
    first = run.verify(replace(DOMAIN, meta={place: value}))[0]
    assert first.vector.id == "meta"
    assert first.differences[0].place.startswith(f"meta.{place}")


def test_an_unknown_area_fails() -> None:
    found = run.check(replace(VECTORS[0], area="weather"))
    assert [each.key for each in found.differences] == ["rules_verify.strange_area"]


def test_fields_that_call_for_no_rule_fail() -> None:
    found = run.check(Vector("1", "deadline", "", {"colour": "red"}, {"dueOn": "2026-01-01"}))
    assert [each.key for each in found.differences] == ["rules_verify.no_rule"]


def test_two_fields_of_one_meaning_must_agree() -> None:
    given = {"postedOn": "2026-03-02", "sentOn": "2026-03-03", "holidayCalendar": "BE"}
    found = run.check(Vector("1", "deadline", "", given, {"notifiedOn": "2026-03-06"}))
    assert [each.key for each in found.differences] == ["rules_verify.twice"]


def test_a_row_with_a_field_that_nobody_reads_fails() -> None:
    for area, given in (
        ("funding", {"cases": [{"paid": "1.00", "finalGrant": "1.00", "owed": "1.00"}]}),
        ("funding", {"lines": [{"line": "A", "eligible": "1.00", "rate": "0.5", "colour": "red"}]}),
        (
            "funding",
            {"grants": [{"name": "A", "grant": "1.00", "colour": "red"}], "reduction": "0.50"},
        ),
        (
            "interest",
            {"payments": [{"on": "2026-01-01", "amount": "1.00", "to": "me"}], "uses": []},
        ),
    ):
        found = run.check(Vector("1", area, "", given, {"total": "1.00"}))
        assert [each.key for each in found.differences] == ["rules_verify.strange"]


def test_the_settings_of_the_reduction_are_read() -> None:
    given = {
        **{"financingType": "VOLL", "grant": "6800.00", "planExpenditure": "6800.00"},
        **{"actualExpenditure": "6500.50", "rounding": "FULL_EURO"},
    }
    for more, final in (
        ({}, "6500.00"),
        ({"thresholdAppliesToFull": True}, "6800.00"),
        ({"thresholdAppliesToFull": True, "threshold": "100.00"}, "6500.00"),
    ):
        asked = Vector("1", "funding", "", {**given, **more}, {"finalGrant": final})
        assert run.check(asked).passed


def test_a_month_that_does_not_exist_is_refused() -> None:
    asked = replace(VECTORS[0], jurisdiction="berlin (since 25 Foo 2025)")
    assert [each.key for each in run.check(asked).differences] == ["rules_verify.month"]


def test_weekdays_may_be_written_out() -> None:
    given = {"fixedEndDay": "2026-10-03", "holidayCalendar": "HE"}
    asked = Vector("1", "deadline", "", given, {"weekday": "Saturday", "periodEndWeekday": "Mon"})
    assert run.check(asked).passed


def test_the_level_chooses_the_rules() -> None:
    given = {"recipientType": "MUNICIPALITY", "grant": "10.00", "level": "MARS"}
    found = run.check(Vector("1", "funding", "", given, {"defaultFinancingType": "FESTBETRAG"}))
    assert [each.key for each in found.differences] == ["rules.unknown_area"]


@pytest.mark.parametrize(
    ("said", "area", "day"),
    [
        ("berlin (since 25 Jul 2025)", "berlin", date(2025, 7, 25)),
        ("berlin (before 25 Jul 2025)", "berlin", date(2025, 7, 24)),
        ("hessen (until 2024-12-31)", "hessen", date(2024, 12, 31)),
        ("federal/hessen", "federal", date(2026, 3, 1)),
        ("all", "federal", date(2026, 3, 1)),
    ],
)
def test_the_jurisdiction_says_which_rules_and_when(said: str, area: str, day: date) -> None:
    vector = Vector("1", "deadline", said, {"b": "2026-04-01", "a": "2026-03-01"}, {})
    found = run.profile_of(vector)
    assert (found.book.area, found.on) == (area, day)


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-"


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    rows = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in rows:
        if isinstance(one, dict | list):
            yield from _leaves(one, (*path, key))
        else:
            yield (*path, key)


def _changed(expected: Any, path: tuple[Any, ...]) -> Any:
    found = copy.deepcopy(expected)
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = _other(place[path[-1]])
    return found


def _other(value: Any) -> Any:
    """Another value of the same kind, as near as possible: a day later, a cent more."""
    if value is None:
        return False
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | Decimal):
        return value + 1
    if _is_day(value):
        return (date.fromisoformat(value) + timedelta(1)).isoformat()
    try:
        return str(Decimal(value) + Decimal("0.000001" if len(value) > 9 else "0.01"))
    except ArithmeticError:
        return value + "X"


def test_the_mutations_really_change_something() -> None:
    for vector in VECTORS:
        for path in _leaves(vector.expected):
            assert json.dumps(_changed(vector.expected, path), default=str) != json.dumps(
                vector.expected, default=str
            )
