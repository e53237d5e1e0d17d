"""SpiffWorkflow's running process, without its walks through all of history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from grantflow.engine.events import Event
from grantflow.engine.model import Passed

MANY_TASKS = 400


class Token(Task):  # type: ignore[misc]
    """A task that takes over its parent's data as they are.

    SpiffWorkflow merges them recursively, treating lists as sets, and fails on mixed lists.
    """

    data: dict[str, Any]

    def _inherit_data(self) -> None:
        self.data = {**self.parent.data, **self.data}

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> Token:
        child = Token(self.workflow, task_spec, self, state=state)
        child.thread_id = self.thread_id
        if state == TaskState.READY:
            child._ready()
        return child

    def _set_state(self, value: int) -> None:
        # Without the log records, which cost more than the rest of a step.
        self._state = value

    def find_ancestor(self, spec_name: str) -> Token | None:
        """The nearest ancestor of this name."""
        above: Token | None = self.parent
        while above is not None and above.task_spec.name != spec_name:
            above = above.parent
        return above


class Level:
    """One level of a running process: the process itself or an embedded sub-process."""

    tasks: dict[Any, Any]
    task_tree: Any
    spec: Any
    data: dict[str, Any]
    last_task: Any
    completed: bool
    completed_event: Any
    success: bool
    top_workflow: Any

    def begin(self) -> None:
        """Put the first token on the start."""
        self.task_tree = Token(self, self.spec.start, state=TaskState.FUTURE)
        self.task_tree.task_spec._predict(self.task_tree, mask=TaskState.NOT_FINISHED_MASK)
        self.task_tree._ready()

    def _task_completed_notify(self, task: Any) -> None:
        self.last_task = task
        engine = self.top_workflow.script_engine
        engine.latest = task.data
        kind = getattr(task.task_spec, "passed_as", "")
        if kind:
            engine.passed.append(Passed(task.task_spec.bpmn_id, kind))
        if task.task_spec.name == "End":
            self._mark_complete(task)  # type: ignore[attr-defined]
        if self.completed:
            self.completed_event(self)
        else:
            self.update_waiting_tasks()

    def update_waiting_tasks(self) -> None:
        """Let every waiting task look whether its time has come."""
        for task in [t for t in self.tasks.values() if t._state == TaskState.WAITING]:
            if task.id in self.tasks and task._state == TaskState.WAITING:
                task.task_spec._update(task)

    def cancel(self, success: bool = False) -> list[Any]:
        """Cancel everything that is open on this level and below."""
        self.success = success
        self.completed = True
        open_tasks = [t for t in self.tasks.values() if not t.has_state(TaskState.FINISHED_MASK)]
        for task in open_tasks:
            task.cancel()
        return open_tasks

    def _task_removed_notify(self, task: Any) -> None:
        """SpiffWorkflow removes tasks without a word to what hangs on them."""
        top = self.top_workflow
        top.event_manager.remove_task(task)
        inner = top.subprocesses.get(task.id)
        if inner is not None:
            inner.cancel()


class Inside(Level, BpmnSubWorkflow):  # type: ignore[misc]
    """A running embedded sub-process."""


class Running(Level, BpmnWorkflow):  # type: ignore[misc]
    """A running process with its embedded sub-processes."""

    subprocesses: dict[Any, Inside]

    def create_subprocess(self, my_task: Any, spec_name: str) -> Inside:
        """Begin the embedded sub-process of a task."""
        inner = Inside(self.subprocess_specs[spec_name], my_task.id, self, deserializing=True)
        inner.begin()
        self.subprocesses[my_task.id] = inner
        return inner

    def levels(self) -> Iterator[Level]:
        """The process and all open sub-processes, the deepest first."""
        live = [s for s in self.subprocesses.values() if not s.completed]
        yield from sorted(live, key=lambda s: -s.depth)
        yield self

    def open_tasks(self, states: int) -> Iterator[Any]:
        """All tasks of all levels in one of these states."""
        for level in [self, *self.subprocesses.values()]:
            if not level.completed:
                yield from [t for t in level.tasks.values() if t._state & states]

    def run_ready(self) -> bool:
        """Run what needs no human; True when something ran."""
        ran = False
        for level in list(self.levels()):
            for task in [t for t in level.tasks.values() if t._state == TaskState.READY]:
                if self._may_run(level, task):
                    self.script_engine.count(task)
                    task.run()
                    ran = True
        return ran

    @staticmethod
    def _may_run(level: Level, task: Any) -> bool:
        return (
            not task.task_spec.manual
            and not level.completed
            and task._state == TaskState.READY
            and task.id in level.tasks
        )

    def refresh_timers(self) -> None:
        """Let every waiting event look at the time."""
        for task in list(self.event_manager.tasks.values()):
            definition = task.task_spec.event_definition
            if isinstance(definition, Event) and definition.kind in ("timer", "first"):
                live = task.id in task.workflow.tasks and not task.workflow.completed
                if live and task._state == TaskState.WAITING:
                    task.task_spec._update(task)

    def size(self) -> int:
        """How many tasks it holds on all levels."""
        return len(self.tasks) + sum(len(s.tasks) for s in self.subprocesses.values())
