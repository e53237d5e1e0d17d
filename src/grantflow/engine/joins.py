"""Where parallel paths meet again; the result depends on the paths, never on who came last.

SpiffWorkflow's own joins look through the whole history for earlier arrivals and let the last path
overwrite the others. Here the waiting join itself remembers who has arrived and what each path has
changed since the split, so history can be dropped, and a value that only one path changed stays.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import orjson
from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.specs.MultiChoice import MultiChoice
from SpiffWorkflow.util.task import TaskState

from grantflow.engine.faults import stop

ACTIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all the way down (1 is not true, 0 is not false)."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (dict, list)):
        return one == other and orjson.dumps(one) == orjson.dumps(other)
    return bool(one == other)


_MISSING = object()


def changes(base: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What a path has changed since the base."""
    return {key: value for key, value in data.items() if not same(base.get(key, _MISSING), value)}


def merged(base: Mapping[str, Any], *paths: Mapping[str, Any]) -> dict[str, Any]:
    """The base with what each path changed; where two changed the same name the later path wins."""
    result = dict(base)
    for path in paths:
        result.update(changes(base, path))
    return result


def _path(task: Any) -> list[Any]:
    path = [task]
    while task.parent is not None:
        task = task.parent
        path.append(task)
    return path[::-1]


def common_ancestor(one: Any, other: Any) -> Any:
    """The lowest task that both descend from."""
    found = None
    for left, right in zip(_path(one), _path(other), strict=False):
        if left is not right:
            break
        found = left
    return found


class Joining(ABC):
    """Collects the arrivals of one gateway in its newest waiting task."""

    def _update_hook(self, my_task: Any) -> bool:
        memory = my_task.internal_data
        if "arrived" not in memory:
            self._arrive(my_task)
        if self._complete(my_task, set(memory["arrived"])):
            return True
        my_task._set_state(TaskState.WAITING)
        return False

    def _arrive(self, my_task: Any) -> None:
        my_task.data = dict(my_task.parent.data)
        arrived = [my_task.parent.task_spec.name]
        for other in [t for t in my_task.workflow.tasks.values() if self._waits(t, my_task)]:
            base = common_ancestor(other, my_task).data
            my_task.data = merged(base, other.data, my_task.data)
            arrived += other.internal_data["arrived"]
            other.cancel()
        my_task.internal_data["arrived"] = sorted(set(arrived))

    def _waits(self, task: Any, my_task: Any) -> bool:
        return (
            task.task_spec is self and task is not my_task and bool(task._state & TaskState.WAITING)
        )

    @abstractmethod
    def _complete(self, my_task: Any, arrived: set[str]) -> bool:
        """Whether the gateway goes on with what has arrived."""


class Parallel(Joining, ParallelGateway):  # type: ignore[misc]
    """Goes on when every incoming flow has been taken."""

    def _complete(self, my_task: Any, arrived: set[str]) -> bool:
        return set(self._inputs) <= arrived

    def _run_hook(self, my_task: Any) -> bool:
        return True


class Inclusive(Joining, InclusiveGateway):  # type: ignore[misc]
    """Goes on when nothing that is still under way can reach a flow that has not been taken."""

    def _complete(self, my_task: Any, arrived: set[str]) -> bool:
        if len(self._inputs) <= 1:
            return True
        sources = {name: self._reaching(name) for name in self._inputs}
        for task in my_task.workflow.tasks.values():
            if task._state & ACTIVE and task.task_spec is not self:
                spec = task.task_spec.name
                reached = {name for name, before in sources.items() if spec in before}
                if reached and not reached & arrived:
                    return False
        return True

    def _reaching(self, name: str) -> frozenset[str]:
        """The names of all that leads to one incoming flow without passing this gateway."""
        known: dict[str, frozenset[str]] = self.__dict__.setdefault("_sources", {})
        if name not in known:
            specs = self._wf_spec.task_specs
            seen, todo = {name}, [name]
            while todo:
                for before in specs[todo.pop()]._inputs:
                    if before not in seen and before != self.name:
                        seen.add(before)
                        todo.append(before)
            known[name] = frozenset(seen)
        return known[name]

    def _run_hook(self, my_task: Any) -> bool:
        matches, defaults = MultiChoice._get_matching_outputs(self, my_task)
        if not matches and not defaults:
            raise stop(my_task, "no_way_out")
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class EndJoin(Joining, _EndJoin):  # type: ignore[misc]
    """Ends a process or sub-process when nothing in it is under way any more."""

    def _complete(self, my_task: Any, arrived: set[str]) -> bool:
        return not any(
            task._state & ACTIVE and task is not my_task for task in my_task.workflow.tasks.values()
        )

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.data.update(my_task.data)
        return True
