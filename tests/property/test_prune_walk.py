"""Dropping history and storing after every action changes nothing that anybody can see."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from bpmn_blocks import CHOICES, LISTS, VALUES, Case, diagrams
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from grantflow.engine import EffectRule, EngineError, Instance, LintContext, lint, parse
from grantflow.engine import instance as module
from grantflow.engine.parse import Definition

# GRANTFLOW_WALKS=3000 walks deeper than the few seconds of an ordinary test run.
WALKS = int(os.environ.get("GRANTFLOW_WALKS", "90"))
ACTIONS = 25
START = datetime(2026, 1, 30, 9, tzinfo=UTC)
KNOWN = LintContext(
    effects={"note": EffectRule(("text",))},
    roles=frozenset({"CLERK"}),
    processes=frozenset({"child"}),
    variables=frozenset((*CHOICES, *VALUES, *LISTS, "length")),
)
ODD = (0, False, 0.5, 1, True, "", "a", None, [], [1, [2]], {"k": {"n": 1}}, {"k": [0, False]})


class Plain:
    """Keeps everything in memory and never drops anything."""

    def __init__(self, definition: Definition, data: dict[str, Any]) -> None:
        self.instance = Instance.start(definition, data, START)
        self.seen = 0

    def at(self, now: datetime) -> Instance:
        module.MANY_TASKS = 10**9
        self.instance._environment.now = now
        self.instance._environment.tasks_run = 0
        return self.instance

    def view(self) -> Any:
        instance = self.instance
        passed = instance._environment.passed[self.seen :]
        self.seen += len(passed)
        running = instance._running
        data = running.data if running.completed else instance._environment.latest
        return _view(
            instance._tasks(), instance._timers(), instance._waits(),
            (t.task_spec.bpmn_id for t in instance._outside()), running.completed, data, passed,
        )  # fmt: skip


class Stored:
    """Drops history, stores and loads after every action, each time with a diagram parsed anew."""

    def __init__(self, xml: bytes, data: dict[str, Any]) -> None:
        self.xml = xml
        self.instance: Instance | None = Instance.start(_definition(xml), data, START)
        self.state = b""

    def at(self, now: datetime) -> Instance:
        module.MANY_TASKS = 0  # drop history after every single run as well
        if self.instance is None:
            self.instance = Instance.load(_definition(self.xml), self.state, now)
        return self.instance

    def view(self) -> Any:
        assert self.instance is not None
        outside = [t.task_spec.bpmn_id for t in self.instance._outside()]
        step = self.instance.step()
        self.state, self.instance = step.state, None
        passed = [p for p in step.passed if not p.cancelled]
        return _view(
            step.tasks, step.timers, step.waits, outside, step.completed, step.data, passed
        )


def _definition(xml: bytes) -> Definition:
    return parse({"walk.bpmn": xml}, {})["walk"]


def _view(
    tasks: Any, timers: Any, waits: Any, outside: Any, completed: bool, data: Any, passed: Any
) -> Any:
    return orjson.loads(
        orjson.dumps(
            {
                "tasks": sorted(_text((t.element_id, t.properties, t.data)) for t in tasks),
                "timers": sorted(_text((t.element_id, t.due_at)) for t in timers),
                "waits": sorted(_text((w.element_id, w.kind, w.name)) for w in waits),
                "outside": sorted(outside),
                "completed": completed,
                "data": _text(data),
                "passed": [(p.element_id, p.kind) for p in passed],
            }
        )
    )


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _data(dice: random.Random) -> dict[str, Any]:
    data: dict[str, Any] = {name: dice.randrange(3) for name in CHOICES if dice.random() < 0.6}
    data |= {name: dice.choice(ODD) for name in VALUES if dice.random() < 0.4}
    for name in LISTS:
        if dice.random() < 0.2:
            data[name] = [dice.choice((1, "b", {"k": 1})) for _ in range(dice.randrange(4))]
    return data


def _first_data(dice: random.Random) -> dict[str, Any]:
    data = {**dict.fromkeys(CHOICES, 0), **dict.fromkeys(VALUES, 0), "length": "P2D"}
    return {**data, "items": [1, "b"], "more_items": [], **_data(dice)}


def _moves(instance: Instance) -> list[tuple[str, Any]]:
    """All that could be done now, in an order that does not depend on ids."""
    tasks = sorted(instance._tasks(), key=lambda t: _text((t.element_id, t.properties, t.data)))
    outside = sorted(instance._outside(), key=lambda t: (t.task_spec.bpmn_id, _text(t.data)))
    names = sorted({(w.kind, w.name) for w in instance._waits()})
    moves: list[tuple[str, Any]] = [("complete", t.id) for t in tasks]
    moves += [("resolve", t.id) for t in outside]
    moves += names
    moves += [("fire", None)] if any(instance._timers()) else []
    return moves


def _act(walker: Plain | Stored, dice: random.Random, now: datetime) -> datetime | None:
    """One action, chosen by the dice; the new time, or None when nothing can be done."""
    instance = walker.at(now)
    instance.pending()
    moves = _moves(instance)
    if not moves:
        return None
    name, what = moves[dice.randrange(len(moves))]
    data = {"x": 0, **_data(dice), "value": dice.choice(ODD)}
    days = dice.choice((0, 0, 1, 3, 40))
    if name == "fire":
        now = max(now, min(t.due_at for t in instance._timers())) + timedelta(days=days)
        instance._environment.now = now
        instance.fire_due()
    else:
        getattr(instance, name)(what, data)
    return now


def _walk(walker: Plain | Stored, seed: int) -> Iterator[Any]:
    """What can be seen after each action; an error ends the walk and is seen too."""
    dice = random.Random(seed)
    now: datetime | None = START
    yield walker.view()
    for _ in range(ACTIONS):
        try:
            now = _act(walker, dice, now)
        except EngineError as error:
            yield (error.problem.key, error.params["element"])
            return
        if now is None:
            return
        yield walker.view()


def _started(start: Callable[[], Any]) -> Any:
    """The walker, or what the error says when the diagram cannot even start."""
    try:
        return start()
    except EngineError as error:
        return error.params


@pytest.fixture(autouse=True)
def _limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grantflow.engine.environment.MAX_TASKS", 400)
    monkeypatch.setattr(module, "MANY_TASKS", 10**9)


@settings(
    max_examples=WALKS,
    deadline=None,
    derandomize="GRANTFLOW_WALKS" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large,
                           HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)  # fmt: skip
@given(case=diagrams(), seed=st.integers(0, 10**9))
def test_a_stored_and_pruned_process_behaves_like_one_kept_in_memory(case: Case, seed: int) -> None:
    problems = lint({"walk.bpmn": case.xml}, {}, KNOWN)
    assume(not any(p.key == "lint.many_paths" for p in problems))
    assert problems == []
    data = _first_data(random.Random(seed))
    plain = _started(lambda: Plain(_definition(case.xml), data))
    stored = _started(lambda: Stored(case.xml, data))
    if isinstance(plain, dict) or isinstance(stored, dict):
        assert plain == stored
        return
    for number, (expected, found) in enumerate(
        zip(_walk(plain, seed), _walk(stored, seed), strict=True)
    ):
        assert found == expected, f"after action {number}"
