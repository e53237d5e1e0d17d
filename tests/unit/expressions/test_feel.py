"""FEEL gives plain values, names its mistakes and never runs away."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from grantflow import clock
from grantflow.expressions import (
    FeelError,
    check,
    check_unary,
    evaluate,
    evaluate_all,
    is_builtin,
    isolate,
    unary_test,
    unary_tests,
    variables,
    variables_unary,
)

WINTER = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # half past midnight in Germany


@pytest.mark.parametrize(
    ("expression", "context", "value"),
    [
        ("= a + 1", {"a": 2}, 3),
        ("a / 2", {"a": 5}, 2.5),
        ("0.5 + 0.5", {}, 1),
        ("amount >= 1000", {"amount": Decimal("1000.00")}, True),
        ('a and not(b) or c = "x"', {"a": True, "b": False, "c": "y"}, True),
        ("plan[amount > 10].amount", {"plan": [{"amount": 5}, {"amount": 11}]}, [11]),
        ("sum(for p in plan return p.amount)", {"plan": [{"amount": 5}, {"amount": 11}]}, 16),
        ("some p in plan satisfies p > 3", {"plan": [1, 4]}, True),
        ('duration("P14D")', {}, "P14D"),
        ('date("2026-01-31") + duration("P1M")', {}, "2026-02-28"),
        ("date(started) > date(ended)", {"started": date(2026, 2, 1), "ended": "2026-01-01"}, True),
        ('date and time("2026-07-01T12:00:00@Europe/Berlin")', {}, "2026-07-01T12:00:00+02:00"),
        ('{a: 1, "b": [null, true]}', {}, {"a": 1, "b": [None, True]}),
        ("a", {"a": (1, 2.0)}, [1, 2]),
        ("a = null", {"a": None}, True),
        ("a", {"a": UUID(int=1)}, "00000000-0000-0000-0000-000000000001"),
        ("x != null and x.y > 3", {"x": None}, False),
    ],
)
def test_expressions_have_plain_values(expression, context, value):
    found = evaluate(expression, context)
    assert found == value
    assert type(found) is type(value)


def test_now_and_today_are_the_clock_s_in_germany():
    with clock.at(WINTER):
        assert evaluate("today()", {}) == "2027-01-01"
        assert evaluate("now()", {}) == "2027-01-01T00:30:00+01:00"
    with clock.at(datetime(2026, 7, 1, tzinfo=UTC)):
        assert evaluate("string(today())", {}) == "2026-07-01"


@pytest.mark.parametrize(
    ("expression", "context", "key"),
    [
        ("missing > 3", {}, "unknown_name"),
        ("missing", {}, "unknown_name"),
        ("x.y", {"x": {"z": 1}}, "unknown_entry"),
        ("x.y", {"x": 5}, "unknown_entry"),
        ("x + 1", {"x": "a"}, "unfit"),
        ("date(x)", {"x": 5}, "unfit"),
        ("x(3)", {"x": 5}, "unknown_function"),
        ("x == 3", {"x": 3}, "syntax"),
        ("import os", {}, "unknown_name"),
        ("x > ", {"x": 3}, "syntax"),
        ("", {}, "empty"),
        ("1" * 2001, {}, "too_long"),
        ("10 ** 400", {}, "not_a_number"),
        ("x", {"x": 2**60}, "not_a_number"),
        ("x", {"x": float("nan")}, "not_a_number"),
        ("x + 1", {"x": Decimal("NaN")}, "not_a_number"),
        ("count", {}, "unknown_name"),
        ("[1..3]", {}, "not_a_value"),
        ("x", {"x": object()}, "not_a_value"),
        ("x + 1", {"x": object()}, "not_a_value"),
        ("for i in 1..1001 return i", {}, "too_many"),
        ("count(x)", {"x": list(range(1001))}, "too_many"),
        ("(function(f) f(f))(function(f) f(f))", {}, "too_deep"),
        ('string join(for i in 1..20000 return "0123456789ab")', {}, "too_large"),
        ("x + 1", {"x": "\ud800"}, "not_a_value"),
        ("\ud800", {}, "failed"),
    ],
)
def test_mistakes_are_named(expression, context, key):
    with pytest.raises(FeelError) as error:
        evaluate(expression, context)
    assert error.value.key == f"expressions.{key}"
    assert len(error.value.params["expression"]) <= 121


def test_nesting_without_end_is_refused():
    value: list = []
    for _ in range(30):
        value = [value]
    with pytest.raises(FeelError, match="too_deep"):
        evaluate("count(x)", {"x": value})


@pytest.mark.parametrize(
    "expression",
    [
        "for i in 1..100000000 return i",
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")',
        "count(for i in 1..3000, j in 1..3000 return {a: i, b: j})",
    ],
)
def test_what_runs_away_is_stopped_and_the_next_call_works(expression):
    with pytest.raises(FeelError) as error:
        evaluate(expression, {})
    assert error.value.key in ("expressions.out_of_time", "expressions.out_of_memory")
    assert evaluate("1 + 1", {}) == 2


def test_memory_is_limited(monkeypatch):
    monkeypatch.setattr(isolate, "SECONDS", 30.0)
    with pytest.raises(FeelError, match="out_of_memory"):
        evaluate("count(for i in 1..3000, j in 1..3000 return {a: i, b: j})", {})
    assert evaluate("2 + 2", {}) == 4


def test_a_slow_machine_gets_a_second_chance(monkeypatch):
    calls = []
    once = isolate.Pool._once

    def slow_first(self, function, payload, seconds):
        calls.append(function)
        if len(calls) == 1:
            raise isolate.OutOfTime
        return once(self, function, payload, seconds)

    monkeypatch.setattr(isolate.Pool, "_once", slow_first)
    assert evaluate("40 + 2 + 0 * 17", {}) == 42
    assert len(calls) >= 2


def test_an_isolate_that_does_not_come_to_rest_is_left_alone(monkeypatch):
    spoilt = isolate.Isolate()
    monkeypatch.setattr(isolate, "PATIENCE", 0.05)
    monkeypatch.setattr(spoilt, "call", lambda *_: spoilt._racer.eval("for(;;);", timeout_sec=0.05))
    spoilt.retire()
    assert isolate._stuck.pop() is spoilt
    monkeypatch.undo()
    spoilt.retire()


def test_a_failure_of_the_interpreter_is_no_crash():
    with pytest.raises(isolate.Broken):
        isolate.pool().call("nonsense", "")


def test_a_missing_bundle_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(isolate, "BUNDLE", tmp_path / "feel.js")
    isolate._bundle.cache_clear()
    with pytest.raises(isolate.NotBuilt, match="not_built"):
        isolate.Isolate()
    isolate._bundle.cache_clear()


def test_a_forked_process_gets_isolates_of_its_own():
    evaluate("1", {})
    before = isolate.pool()
    isolate._after_fork()
    assert isolate.pool() is not before
    assert evaluate("3 * 14", {}) == 42
    isolate._pools.pop()
    assert isolate.pool() is before
    assert os.getpid()


def test_without_strictness_mistakes_are_null():
    assert evaluate("missing", {}, strict=False) is None
    assert evaluate("x + 1", {"x": "a"}, strict=False) is None
    assert evaluate_all([("a = 1", {}), ("1", {})], strict=False) == [False, 1]


def test_many_threads_share_the_isolates():
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: evaluate("n * n + 1", {"n": n}), range(200)))
    assert found == [n * n + 1 for n in range(200)]


def test_answers_are_never_shared_between_callers():
    first = evaluate("append(x, 1)", {"x": []})
    first.append("mine")
    assert evaluate("append(x, 1)", {"x": []}) == [1]


def test_a_batch_keeps_its_order():
    assert evaluate_all([("a", {"a": 1}), ("a + 1", {"a": 1}), ("b", {"b": 3})]) == [1, 2, 3]
    assert evaluate_all([]) == []


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("a.b + c", {"a", "c"}),
        ("for i in list return i + k", {"list", "k"}),
        ("every p in a satisfies p.x = b and partial > 1", {"a", "b", "partial"}),
        ("plan[amount > limit and item > 3]", {"plan"}),
        ("{a: 1, b: a + z}", {"z"}),
        ("(function(u) u + v)(w)", {"v", "w"}),
        ('contains(x, "y") and count(z) > 0', {"x", "z"}),
        ("x instance of number", {"x"}),
        ("frobnicate(x)", {"frobnicate", "x"}),
        ("today() > date(d)", {"d"}),
        ("substring(string: s, start position: n)", {"s", "n"}),
    ],
)
def test_free_names_are_found(expression, names):
    assert variables(expression) == names


def test_checks_return_a_problem_or_nothing():
    assert check("= a > 1") is None
    assert check("a = ").key == "expressions.syntax"
    assert check_unary("< 3, [5..7]") is None
    assert check_unary("") is None
    assert check_unary("a b c >").key == "expressions.syntax"
    with pytest.raises(FeelError):
        variables("a >")


@pytest.mark.parametrize(
    ("test", "value", "holds"),
    [
        ("> 3", 4, True),
        ("> 3", 3, False),
        ("[3..5)", 5, False),
        ('"a","b"', "b", True),
        ('not("a","b")', "b", False),
        ("-", None, True),
        ("", 5, True),
        ("true", True, True),
        ("null", None, True),
        ("? > limit", 11, True),
        ("> limit", 9, False),
    ],
)
def test_unary_tests(test, value, holds):
    assert unary_test(test, value, {"limit": 10}) is holds


def test_unary_tests_name_their_mistakes():
    assert unary_tests([]) == []
    assert variables_unary("> limit") == {"limit"}
    with pytest.raises(FeelError, match="unknown_name"):
        unary_test("> limit", 3, {})
    with pytest.raises(FeelError, match="not_a_value"):
        unary_test("> 1", object(), {})


def test_functions_of_the_language_are_known():
    assert is_builtin("count")
    assert not is_builtin("amount")


def test_a_name_of_a_function_may_not_hide_a_broken_isolate(monkeypatch):
    def broken(*_):
        raise isolate.Broken

    monkeypatch.setattr(isolate.Pool, "call", broken)
    with pytest.raises(FeelError, match="failed"):
        is_builtin("never asked before")
