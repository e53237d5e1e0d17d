"""Drops finished history from a running process, so that its cost never grows with its age.

What is kept: the root, every active task with what is predicted behind it, the parent of every
active task (it inherits from there), and the tasks at which paths that are still alive parted
(joins compare with their data). Everything between is cut out. That this changes nothing is what
``tests/property/test_prune_walk.py`` proves.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.util.task import TaskState

from grantflow.engine.joins import ACTIVE
from grantflow.engine.workflow import Level, Running

Tasks = dict[UUID, Any]


def prune(running: Running) -> None:
    """Drop history in place, on all levels."""
    _drop_ended_levels(running)
    for level in (running, *running.subprocesses.values()):
        _prune_level(level)


def _drop_ended_levels(running: Running) -> None:
    everything = dict(running.tasks)
    for inner in running.subprocesses.values():
        everything.update(inner.tasks)
    for owner_id, inner in list(running.subprocesses.items()):
        owner = everything.get(owner_id)
        # An ended sub-process has handed its data to its owner as soon as that is finished.
        if inner.completed and (owner is None or owner.has_state(TaskState.FINISHED_MASK)):
            del running.subprocesses[owner_id]


def _prune_level(level: Level) -> None:
    tasks: Tasks = level.tasks
    active = [task for task in tasks.values() if task._state & ACTIVE]
    ways = _ways(tasks, active)
    root = level.task_tree.id
    needed = {root, *(task.id for task in active), *(task._parent for task in active)}
    needed |= {task_id for task_id, onward in ways.items() if len(onward) > 1}
    needed |= {i for task_id in needed & ways.keys() for i in _bordering(tasks[task_id], ways)}
    children: dict[UUID, list[UUID]] = {}
    for task_id in ways:
        above = _above(tasks, task_id, needed)
        if task_id in needed and above is not None:
            children.setdefault(above, []).append(task_id)
            tasks[task_id]._parent = above
    predicted = {i for task in active for i in _predicted(tasks, task)}
    for task_id in [i for i in tasks if i not in needed and i not in predicted]:
        del tasks[task_id]
    _relink(tasks, predicted, children)


def _ways(tasks: Tasks, active: list[Any]) -> dict[UUID, set[UUID]]:
    """Every task on the way from the root to an active one, with the ways that go on from it."""
    ways: dict[UUID, set[UUID]] = {}
    for task in active:
        here = task.id
        seen = here in ways
        ways.setdefault(here, set())
        while not seen:
            parent = tasks[here]._parent
            if parent is None:
                break
            seen = parent in ways
            ways.setdefault(parent, set()).add(here)
            here = parent
    return ways


def _bordering(task: Any, ways: dict[UUID, set[UUID]]) -> set[UUID]:
    """An activity with boundary events knows it and them by their place right below this one."""
    return ways[task.id] if isinstance(task.task_spec, BoundaryEventSplit) else set()


def _above(tasks: Tasks, task_id: UUID, needed: set[UUID]) -> UUID | None:
    above: UUID | None = tasks[task_id]._parent
    while above is not None and above not in needed:
        above = tasks[above]._parent
    return above


def _predicted(tasks: Tasks, task: Any) -> list[UUID]:
    """What hangs below an active task and has not begun."""
    found: list[UUID] = []
    todo = [i for i in task._children if not tasks[i]._state & ~TaskState.NOT_FINISHED_MASK]
    while todo:
        here = todo.pop()
        if not tasks[here]._state & ACTIVE:
            found.append(here)
            todo += tasks[here]._children
    return found


def _relink(tasks: Tasks, predicted: set[UUID], children: dict[UUID, list[UUID]]) -> None:
    order = {task_id: number for number, task_id in enumerate(tasks)}
    for task_id, task in tasks.items():
        if task_id not in predicted:
            own = [i for i in task._children if i in predicted]
            task._children = sorted({*children.get(task_id, []), *own}, key=order.__getitem__)
