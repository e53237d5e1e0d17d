"""Tasks that catch or end: the first of several events, boundary events, end events."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, EndEvent, EventBasedGateway
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import ThrowingEvent
from SpiffWorkflow.util.task import TaskState

from grantflow.engine.joins import ACTIVE


class FirstEventGateway(EventBasedGateway):  # type: ignore[misc]
    """An event-based gateway that takes exactly one way."""

    def _run_hook(self, my_task: Any) -> bool:
        winner = my_task.internal_data["winner"]
        self.event_definition.choices[winner].update_task_data(my_task)
        my_task._sync_children([self.outputs[winner]], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        self.event_definition.reset(my_task)
        return True


class Boundary(BoundaryEvent):  # type: ignore[misc]
    """An event on the border of an activity.

    One that does not interrupt waits again after it has fired (SpiffWorkflow's own fires once
    only). The trigger of an event sub-process takes the data as they stand inside.
    """

    def _run_hook(self, my_task: Any) -> bool:
        siblings = my_task.parent.children
        host = next((t for t in siblings if not isinstance(t.task_spec, BoundaryEvent)), None)
        if host is not None:
            self._look_inside(my_task, host)
        memory = self.event_definition.next_round(my_task)
        super()._run_hook(my_task)
        waits_on = host is not None and not host.has_state(TaskState.FINISHED_MASK)
        if waits_on and memory is not None and not self.cancel_activity:
            self._wait_again(my_task, memory)
        return True

    @staticmethod
    def _look_inside(my_task: Any, host: Any) -> None:
        inner = my_task.workflow.top_workflow.subprocesses.get(host.id)
        if inner is not None and getattr(host.task_spec, "transparent", False):
            latest = inner.last_task.data if inner.last_task is not None else {}
            my_task.data.update(deepcopy(latest))

    def _wait_again(self, my_task: Any, memory: dict[str, Any]) -> None:
        again = my_task.parent._add_child(self, TaskState.WAITING)
        again.triggered = True
        again.internal_data.update(memory)
        self._predict(again, mask=TaskState.NOT_FINISHED_MASK)
        self._update(again)


class End(EndEvent):  # type: ignore[misc]
    """An end event; *terminate* ends the whole level and everything inside it."""

    def _on_complete_hook(self, my_task: Any) -> None:
        ThrowingEvent._on_complete_hook(self, my_task)
        if not isinstance(self.event_definition, TerminateEventDefinition):
            return
        workflow = my_task.workflow
        self._clear(workflow, my_task, TaskState.NOT_FINISHED_MASK)
        workflow._mark_complete(my_task)
        outer = workflow.parent_workflow
        if outer is not None:
            body = outer.tasks[workflow.parent_task_id]
            if getattr(body.task_spec, "transparent", False):
                self._clear(outer, body, ACTIVE)

    @staticmethod
    def _clear(workflow: Any, survivor: Any, states: int) -> None:
        for task in list(workflow.tasks.values()):
            if task is not survivor and task.has_state(states):
                task.cancel()
