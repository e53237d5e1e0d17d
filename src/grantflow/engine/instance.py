"""A process instance: start it, move it, and see what is open; nothing here knows a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from grantflow import clock
from grantflow.engine.corrections import correct
from grantflow.engine.environment import Environment
from grantflow.engine.events import Event, Message, Signal
from grantflow.engine.faults import EngineError, Stopped
from grantflow.engine.joins import ACTIVE
from grantflow.engine.model import (
    ChildStart,
    Effect,
    OpenTask,
    OpenTimer,
    OpenWait,
    Passed,
    Step,
)
from grantflow.engine.parse import Definition
from grantflow.engine.prune import prune
from grantflow.engine.state import BadState, pack, unpack
from grantflow.engine.tasks import ChildTask, EffectTask, Human, Inner, Outside
from grantflow.engine.workflow import MANY_TASKS, Running
from grantflow.errors import Conflict, GrantFlowError, Problem
from grantflow.expressions.values import Unfit, into


def _clean(data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of routing data that shares nothing with its source. Raises GrantFlowError."""
    try:
        found: dict[str, Any] = orjson.loads(orjson.dumps(into(data)))
    except (Unfit, orjson.JSONEncodeError) as error:
        raise GrantFlowError("engine.bad_data", reason=str(error)) from error
    return found


class Instance:
    """One running process between two stored states."""

    def __init__(self, definition: Definition, running: Running, environment: Environment) -> None:
        self._definition = definition
        self._running = running
        self._environment = environment
        self._handed: set[UUID] = set()
        self._answered: set[UUID] = set()
        self._before = {task.id: task for task in running.open_tasks(ACTIVE)}
        self._handed |= {i for i, t in self._before.items() if isinstance(t.task_spec, Outside)}
        self._finished: set[UUID] = set()

    @classmethod
    def start(cls, definition: Definition, data: Mapping[str, Any], now: datetime) -> Instance:
        """Begin a process with its data (copied) and run to where it first waits.

        ``now`` is aware; all timers and ``now()`` in FEEL count from it. Raises EngineError.
        """
        environment = _environment(definition, now)
        running = Running(
            definition.spec, definition.subs, script_engine=environment, deserializing=True
        )
        running.begin()
        running.task_tree.data.update(_clean(data))
        instance = cls(definition, running, environment)
        with instance._moving():
            instance._run()
        return instance

    @classmethod
    def load(cls, definition: Definition, state: bytes, now: datetime) -> Instance:
        """The instance behind a stored state. Raises EngineError if the state does not fit."""
        environment = _environment(definition, now)
        try:
            running = unpack(definition.spec, definition.subs, state, environment)
        except BadState as error:
            problem = Problem("engine.bad_state", {"detail": str(error)})
            process = definition.process_id
            raise EngineError(
                problem, file=definition.file, element=process, name=definition.name
            ) from error
        return cls(definition, running, environment)

    # ---- asking

    def pending(self) -> tuple[Effect | ChildStart, ...]:
        """What the instance asks for and has not asked for before, in order.

        Each is handed out once. One that has been cancelled meanwhile (by the answer to another)
        is in ``cancelled()``, and ``resolve`` refuses it.
        """
        with self._moving():
            found = [self._request(task) for task in self._asking()]
        self._handed |= {request.id for request in found}
        return tuple(found)

    def _asking(self) -> Iterator[Any]:
        order = {task_id: place for place, task_id in enumerate(self._environment.asked)}
        new = [t for t in self._outside() if t.id not in self._handed]
        yield from sorted(new, key=lambda task: order.get(task.id, 0))

    def _outside(self) -> Iterator[Any]:
        for task in self._running.open_tasks(TaskState.STARTED):
            if isinstance(task.task_spec, Outside):
                yield task

    def _request(self, task: Any) -> Effect | ChildStart:
        spec = task.task_spec
        if isinstance(spec, ChildTask):
            return ChildStart(task.id, spec.bpmn_id, spec.process_id, _clean(task.data))
        hidden = ("effect", "result", "name_en")
        wanted = {k: v for k, v in spec.properties.items() if k not in hidden}
        params = self._environment.evaluate_all(task, wanted)
        return Effect(task.id, spec.bpmn_id, spec.properties.get("effect", ""), params)

    def cancelled(self) -> tuple[UUID, ...]:
        """Effects and children that were asked for and will not be waited for any more."""
        running = {task.id for task in self._outside()}
        return tuple(sorted(self._handed - running - self._answered))

    # ---- moving

    def complete(self, task_id: UUID, data: Mapping[str, Any]) -> None:
        """Finish a human task with its routing data.

        Raises Conflict(``engine.task_not_open``) if it is not open any more, EngineError.
        """
        task = self._open(task_id, TaskState.READY, Human)
        task.set_data(**_clean(data))
        with self._moving():
            task.run()
            self._run()

    def resolve(self, request_id: UUID, data: Mapping[str, Any]) -> None:
        """Answer an effect (``{"value": …}`` is its result) or a child (all its data).

        Raises Conflict(``engine.task_not_open``) if nobody waits for it any more, EngineError.
        """
        task = self._open(request_id, TaskState.STARTED, (EffectTask, ChildTask))
        task.task_spec.answer(task, _clean(data))
        self._handed.add(request_id)
        self._answered.add(request_id)
        with self._moving():
            task.complete()
            self._run()

    def _open(self, task_id: UUID, state: int, kinds: Any) -> Any:
        for task in self._running.open_tasks(state):
            if task.id == task_id and isinstance(task.task_spec, kinds):
                return task
        raise Conflict("engine.task_not_open")

    def message(self, name: str, payload: Mapping[str, Any]) -> bool:
        """Give a message to whatever in this instance waits for it; False when nothing does."""
        return self._catch(Message("", name), payload)

    def signal(self, name: str, payload: Mapping[str, Any]) -> bool:
        """Give a signal to whatever in this instance waits for it; False when nothing does."""
        return self._catch(Signal("", name), payload)

    def correct(self, name: str, old: Any, new: Any) -> bool:
        """Put a variable right that turned out different later, and move the timers set to it.

        Nothing fires here; call ``fire_due`` where a moved timer may be due already. False when the
        variable is nowhere ``old``. Raises EngineError.
        """
        with self._moving():
            return correct(self._running, name, old, new)

    def _catch(self, event: Event, payload: Mapping[str, Any]) -> bool:
        with self._moving():
            sent = BpmnEvent(event, _clean(payload))
            caught = self._running.event_manager.catch(sent, internal=False)
            self._run()
        return bool(caught)

    def fire_due(self) -> int:
        """Fire every timer that is due by ``now``; how many did."""
        before = self._environment.timers_fired
        with self._moving():
            self._run()
        return self._environment.timers_fired - before

    def _run(self) -> None:
        """Run until everything waits for somebody or for a time to come."""
        running = self._running
        while True:
            while running.run_ready():
                if running.size() > MANY_TASKS:
                    prune(running)
            fired = self._environment.timers_fired
            running.refresh_timers()
            if fired == self._environment.timers_fired and not self._has_ready():
                return

    def _has_ready(self) -> bool:
        ready = self._running.open_tasks(TaskState.READY)
        return any(not task.task_spec.manual for task in ready)

    @contextmanager
    def _moving(self) -> Iterator[None]:
        """FEEL sees the given time, and what goes wrong inside names the diagram."""
        definition = self._definition
        try:
            with clock.at(self._environment.now):
                yield
        except Stopped as error:
            raise EngineError(
                error.problem, file=definition.file, element=error.element, name=error.name
            ) from error

    # ---- seeing

    def step(self) -> Step:
        """Drop history, and say what is open and what has happened; call it once, at the end."""
        running, environment = self._running, self._environment
        cancelled = tuple(self._gone())
        prune(running)
        with self._moving():
            return Step(
                state=pack(running),
                tasks=tuple(self._tasks()),
                timers=tuple(self._timers()),
                waits=tuple(self._waits()),
                running=tuple(task.id for task in self._outside()),
                completed=running.completed,
                data=_clean(running.data if running.completed else environment.latest),
                passed=(*environment.passed, *cancelled),
                fired=tuple(environment.fired),
                sent=tuple(environment.sent),
            )

    def _gone(self) -> Iterator[Passed]:
        """Activities that were open at the beginning and have been cancelled since."""
        for task in self._before.values():
            removed = task.id not in task.workflow.tasks and not task.has_state(
                TaskState.FINISHED_MASK
            )
            kind = getattr(task.task_spec, "passed_as", "")
            shown = kind and isinstance(task.task_spec, (Human, Outside, Inner))
            if shown and (removed or task.has_state(TaskState.CANCELLED)):
                yield Passed(task.task_spec.bpmn_id, kind, cancelled=True)

    def _tasks(self) -> Iterator[OpenTask]:
        for task in self._running.open_tasks(TaskState.READY):
            spec = task.task_spec
            if isinstance(spec, Human):
                element = self._definition.elements[spec.bpmn_id]
                yield OpenTask(
                    id=task.id,
                    element_id=element.id,
                    name=element.name,
                    lane=element.lane,
                    properties={**spec.properties, **task.internal_data.get("open", {})},
                    data=_clean(task.data),
                )

    def _events(self, wanted: Callable[[str], bool]) -> Iterator[tuple[UUID, Any]]:
        for task in self._running.open_tasks(TaskState.WAITING):
            definition = getattr(task.task_spec, "event_definition", None)
            if isinstance(definition, Event):
                for each in definition.waiting(task):
                    if wanted(each.kind):
                        several = each.number is not None
                        yield uuid5(task.id, str(each.number)) if several else task.id, each

    def _timers(self) -> Iterator[OpenTimer]:
        for event_id, each in self._events(lambda kind: kind == "timer"):
            yield OpenTimer(event_id, each.element_id, each.due_at)

    def _waits(self) -> Iterator[OpenWait]:
        for event_id, each in self._events(lambda kind: kind in ("message", "signal")):
            yield OpenWait(event_id, each.element_id, each.kind, each.name)


def _environment(definition: Definition, now: datetime) -> Environment:
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    return Environment(now=now, tables=definition.decisions, constants=definition.constants)
