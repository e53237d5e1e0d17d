"""A running process as bytes, and back.

Layout (version 1): one version byte, then zstd of a JSON array. Tasks are columns (parent, spec,
state); only active tasks have an id of their own, and only tasks from which somebody may still
inherit have data. Equal data are stored once. Data are written as they are, never as differences,
so that 0, false and 0.0 stay what they were.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson
import zstandard
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from grantflow.engine.environment import Environment
from grantflow.engine.joins import ACTIVE
from grantflow.engine.workflow import Inside, Level, Running, Token

VERSION = 1
MAX_BYTES = 20_000_000
_PREDICTED = TaskState.PREDICTED_MASK | TaskState.FUTURE
_local = threading.local()


class BadState(Exception):
    """The bytes do not belong to this definition or version; ``args[0]`` says how."""


@dataclass(frozen=True)
class _Last:
    """All that anybody wants to know of the last finished task."""

    data: dict[str, Any]


class _Table:
    """Numbers equal values once, in order of appearance."""

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}

    def number(self, value: Any) -> int:
        return self.numbers.setdefault(orjson.dumps(value), len(self.numbers))

    def column(self) -> list[orjson.Fragment]:
        return [orjson.Fragment(each) for each in self.numbers]


def _zstd() -> tuple[zstandard.ZstdCompressor, zstandard.ZstdDecompressor]:
    # Neither of the two may be used by two threads at once.
    if not hasattr(_local, "zstd"):
        _local.zstd = (zstandard.ZstdCompressor(level=3), zstandard.ZstdDecompressor())
    found: tuple[zstandard.ZstdCompressor, zstandard.ZstdDecompressor] = _local.zstd
    return found


def _pack_level(level: Level, owner: list[int] | None, values: _Table, names: _Table) -> list[Any]:
    places: dict[UUID, int] = {}
    parents, specs, states, ids, facts = [], [], [], [], {}
    for place, (task_id, task) in enumerate(level.tasks.items()):
        places[task_id] = place
        parents.append(place - places[task._parent] if task._parent is not None else 0)
        specs.append(names.number(task.task_spec.name))
        states.append(task._state)
        if task._state & ACTIVE:
            ids.append(task_id.hex)
        if not task._state & _PREDICTED or task.triggered or task.internal_data:
            facts[str(place)] = [
                values.number(task.data), task.internal_data or 0, int(task.triggered)
            ]  # fmt: skip
    last = level.last_task.data if level.last_task is not None else None
    return [
        owner,
        names.number(level.spec.name),
        parents,
        specs,
        states,
        ids,
        facts,
        [int(level.completed), int(level.success)],
        values.number(level.data),
        -1 if last is None else values.number(last),
    ]


def pack(running: Running) -> bytes:
    """The bytes of a pruned process."""
    values, names = _Table(), _Table()
    places: dict[UUID, list[int]] = {}
    levels: list[Level] = [running, *running.subprocesses.values()]
    for number, level in enumerate(levels):
        for place, task_id in enumerate(level.tasks):
            places[task_id] = [number, place]
    owners = [None, *(places[task_id] for task_id in running.subprocesses)]
    packed = [
        _pack_level(level, owner, values, names)
        for level, owner in zip(levels, owners, strict=True)
    ]
    waiting = [places[i] for i in running.event_manager.tasks if i in places]
    latest = values.number(dict(running.script_engine.latest))
    text = orjson.dumps([names.column(), values.column(), packed, waiting, latest])
    return bytes([VERSION]) + _zstd()[0].compress(text)


def _unpack_level(level: Level, packed: list[Any], names: list[str], values: list[bytes]) -> None:
    _, _, parents, specs, states, ids, facts, flags, data, last = packed
    level.tasks = {}
    known = level.spec.task_specs
    tasks: list[Any] = []
    active = iter(ids)
    for place, state in enumerate(states):
        task = Token.__new__(Token)
        task.id = UUID(hex=next(active)) if state & ACTIVE else uuid4()
        task.workflow = level
        task.task_spec = known.get(names[specs[place]])
        if task.task_spec is None:
            raise BadState(names[specs[place]])
        task._state = state
        task._children = []
        task.thread_id = 0
        task.last_state_change = 0
        task.data, task.internal_data, task.triggered = {}, {}, False
        fact = facts.get(str(place))
        if fact:
            task.data = orjson.loads(values[fact[0]])
            task.internal_data = fact[1] or {}
            task.triggered = bool(fact[2])
        parent = tasks[place - parents[place]] if parents[place] else None
        task._parent = parent.id if parent else None
        if parent:
            parent._children.append(task.id)
        tasks.append(task)
        level.tasks[task.id] = task
    level.task_tree = tasks[0]
    level.completed, level.success = bool(flags[0]), bool(flags[1])
    level.data = orjson.loads(values[data])
    level.last_task = None if last < 0 else _Last(orjson.loads(values[last]))


def unpack(spec: Any, subs: Any, state: bytes, environment: Environment) -> Running:
    """The process behind the bytes. Raises BadState."""
    if not state or state[0] != VERSION:
        raise BadState(f"version {state[:1].hex() or 'none'}")
    try:
        text = _zstd()[1].decompress(state[1:], max_output_size=MAX_BYTES)
        names, raw_values, packed, waiting, latest = orjson.loads(text)
    except (zstandard.ZstdError, orjson.JSONDecodeError, ValueError) as error:
        raise BadState("damaged") from error
    values = [orjson.dumps(value) for value in raw_values]
    running = Running(spec, subs, script_engine=environment, deserializing=True)
    levels: list[Level] = [running]
    _unpack_level(running, packed[0], names, values)
    for each in packed[1:]:
        levels.append(_unpack_inner(running, levels, each, names, values))
    for number, place in waiting:
        task = list(levels[number].tasks.values())[place]
        if isinstance(task.task_spec, CatchingEvent):
            running.event_manager.add_task(task)
    environment.latest = orjson.loads(values[latest])
    return running


def _unpack_inner(
    running: Running, levels: list[Level], packed: list[Any], names: list[str], values: list[bytes]
) -> Inside:
    number, place = packed[0]
    owner = list(levels[number].tasks.values())[place]
    spec = running.subprocess_specs.get(names[packed[1]])
    if spec is None:
        raise BadState(names[packed[1]])
    inner = Inside(spec, owner.id, running, deserializing=True)
    running.subprocesses[owner.id] = inner
    _unpack_level(inner, packed, names, values)
    inner.completed_event.connect(owner.task_spec._on_subworkflow_completed, owner)
    return inner
