"""A value that turned out different later: put right in the data, and timers that hang on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.util.task import TaskState

from grantflow.engine.events import Event, FirstOf, Repeating, Timer
from grantflow.engine.faults import stop
from grantflow.engine.timers import due
from grantflow.engine.workflow import Running


def correct(running: Running, name: str, old: Any, new: Any) -> bool:
    """Put ``new`` wherever the variable is ``old``, and set the timers that depend on it anew.

    A timer is moved only if its expression gives something else than before; one that counts from
    the beginning of its waiting stays. False when the variable is nowhere ``old``. Raises Stopped.
    """
    before = {(t.id, e.element_id): e.text(t) for t, e in _timers(running)}
    if not _replace(running, name, old, new):
        return False
    for task, timer in _timers(running):
        text = timer.text(task)
        if text != before[task.id, timer.element_id]:
            moment = due(text, running.script_engine.now)
            if moment is None:
                raise stop(task, "no_timer", value=text, expression=timer.expression)
            task.internal_data.setdefault("due", {})[timer.element_id] = moment.isoformat()
    return True


def _timers(running: Running) -> Iterator[tuple[Any, Timer]]:
    """Waiting tasks with each of their timers that is due once and computed."""
    for task in running.open_tasks(TaskState.WAITING):
        definition = getattr(task.task_spec, "event_definition", None)
        for timer in _events(definition):
            computed = isinstance(timer, Timer) and timer.expression.startswith("=")
            if computed and not isinstance(timer, Repeating):
                yield task, timer


def _events(definition: Any) -> tuple[Any, ...]:
    if isinstance(definition, FirstOf):
        return tuple(definition.choices)
    return (definition,) if isinstance(definition, Event) else ()


def _replace(running: Running, name: str, old: Any, new: Any) -> bool:
    """Also in the data of what is finished: an open branch may still inherit from there."""
    found = False
    for data in _all_data(running):
        if name in data and data[name] == old:
            data[name] = new
            found = True
    return found


def _all_data(running: Running) -> Iterator[dict[str, Any]]:
    for level in (running, *running.subprocesses.values()):
        yield level.data
        yield from (task.data for task in level.tasks.values())
    # Not a task of its own any more, but what lists show of the process.
    latest = running.script_engine.latest
    if isinstance(latest, dict):
        yield latest
