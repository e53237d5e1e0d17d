"""One activity several times: for each entry of a list, or as long as a condition holds."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.defaults import (
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
    StandardLoopTask,
)
from SpiffWorkflow.util.task import TaskState

from grantflow.engine.faults import stop
from grantflow.engine.joins import changes

MAX_ENTRIES = 1_000


class Loop:
    """Keeps count in the task of the loop, so that finished rounds can be dropped."""

    task_spec: str
    _wf_spec: Any

    def prepare(self) -> None:
        """Listen to the single round once and for all: specs are shared and must not change."""
        self._round().completed_event.connect(self._round_done)

    def _round(self) -> Any:
        return self._wf_spec.task_specs[self.task_spec]

    def _open(self, my_task: Any, **items: Any) -> None:
        child = my_task._add_child(self._round(), TaskState.WAITING)
        child.triggered = True
        child.data.update(items)
        child.internal_data["round"] = my_task.internal_data["opened"]
        my_task.internal_data["opened"] += 1
        child.task_spec._update(child)

    def _round_done(self, _workflow: Any, child: Any) -> None:
        my_task = child.parent
        my_task.internal_data["done"] += 1
        self._take(my_task, child)
        if self._complete(my_task, child):
            for other in my_task.children:
                if not other.has_state(TaskState.FINISHED_MASK) and other.triggered:
                    other.cancel()
            my_task._set_state(TaskState.READY)
        else:
            self._next(my_task)

    def _take(self, my_task: Any, child: Any) -> None:
        raise NotImplementedError

    def _complete(self, my_task: Any, child: Any) -> bool:
        raise NotImplementedError

    def _next(self, my_task: Any) -> None:
        raise NotImplementedError


class WhileLoop(Loop, StandardLoopTask):  # type: ignore[misc]
    """Repeats while a condition holds (standard loop)."""

    def _update_hook(self, my_task: Any) -> bool:
        BpmnTaskSpec._update_hook(self, my_task)
        my_task.internal_data.update(opened=0, done=0)
        if self.test_before and self._complete(my_task, my_task):
            return True
        my_task._set_state(TaskState.STARTED)
        self._open(my_task)
        return False

    def _take(self, my_task: Any, child: Any) -> None:
        my_task.data = dict(child.data)

    def _complete(self, my_task: Any, child: Any) -> bool:
        if self.maximum is not None and my_task.internal_data["done"] >= self.maximum:
            return True
        engine = my_task.workflow.script_engine
        return self.condition is not None and not engine.holds(my_task, self.condition)

    def _next(self, my_task: Any) -> None:
        self._open(my_task)


class ForEach(Loop):
    """Repeats for each entry of a list; results come back in the order of the entries."""

    at_once: bool
    data_input: Any
    data_output: Any
    input_item: Any
    output_item: Any
    condition: str | None

    def _update_hook(self, my_task: Any) -> bool:
        BpmnTaskSpec._update_hook(self, my_task)
        entries = self._entries(my_task)
        for item in self._own_names():
            my_task.data.pop(item, None)
        my_task.internal_data.update(opened=0, done=0, total=len(entries), results=[])
        if self.data_output is not None:
            my_task.data[self.data_output.bpmn_id] = []
        if not entries:
            return True
        my_task._set_state(TaskState.STARTED)
        for _ in entries if self.at_once else entries[:1]:
            self._next(my_task)
        return False

    def _own_names(self) -> list[str]:
        items = (self.input_item, self.output_item)
        return [item.bpmn_id for item in items if item is not None]

    def _entries(self, my_task: Any) -> list[Any]:
        # The parent's data, because the rounds change the data of this task.
        name = self.data_input.bpmn_id
        if name not in my_task.parent.data:
            raise stop(my_task, "no_list", variable=name)
        entries = my_task.parent.data[name]
        if not isinstance(entries, list) or None in entries:
            raise stop(my_task, "not_a_list", variable=name)
        if len(entries) > MAX_ENTRIES:
            raise stop(my_task, "long_list", variable=name, limit=MAX_ENTRIES)
        return entries

    def _next(self, my_task: Any) -> None:
        memory = my_task.internal_data
        if memory["opened"] >= memory["total"]:
            return
        item = self.input_item
        entry = self._entries(my_task)[memory["opened"]]
        self._open(my_task, **({item.bpmn_id: entry} if item is not None else {}))

    def _take(self, my_task: Any, child: Any) -> None:
        output, item = self.data_output, self.output_item
        if output is None or item is None:
            own = self._own_names()
            changed = changes(my_task.parent.data, child.data)
            my_task.data.update({k: v for k, v in changed.items() if k not in own})
            return
        if item.bpmn_id not in child.data:
            raise stop(child, "no_result", variable=item.bpmn_id)
        results = my_task.internal_data["results"]
        results.append([child.internal_data["round"], child.data[item.bpmn_id]])
        my_task.data[output.bpmn_id] = [v for _, v in sorted(results, key=lambda r: r[0])]

    def _complete(self, my_task: Any, child: Any) -> bool:
        memory = my_task.internal_data
        if memory["done"] >= memory["total"]:
            return True
        if not self.condition:
            return False
        counts = {
            "numberOfCompletedInstances": memory["done"],
            "numberOfInstances": memory["total"],
        }
        engine = my_task.workflow.script_engine
        condition = self.condition
        return bool(engine.holds(my_task, condition, {**child.data, **my_task.data, **counts}))


class ForEachAtOnce(ForEach, ParallelMultiInstanceTask):  # type: ignore[misc]
    """All entries at the same time."""

    at_once = True

    def _round_done(self, workflow: Any, child: Any) -> None:
        Loop._round_done(self, workflow, child)


class ForEachInTurn(ForEach, SequentialMultiInstanceTask):  # type: ignore[misc]
    """One entry after the other."""

    at_once = False
