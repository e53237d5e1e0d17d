"""What wakes and ends things: timers, messages, signals, errors, escalations."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent

from grantflow.engine.faults import stop
from grantflow.engine.model import Sent
from grantflow.engine.timers import Cycle, due, parse_cycle


@dataclass(frozen=True)
class Waiting:
    """One thing a waiting task waits for; ``number`` tells several of one task apart."""

    element_id: str
    kind: str
    name: str = ""
    due_at: datetime | None = None
    number: int | None = None


class Event(EventDefinition):  # type: ignore[misc]
    """The kind of an event and the element it belongs to."""

    kind = ""

    def __init__(self, element_id: str, name: str = "") -> None:
        EventDefinition.__init__(self, name)
        self.element_id = element_id

    def waiting(self, my_task: Any) -> Iterator[Waiting]:
        """What a task with this definition waits for."""
        yield Waiting(self.element_id, self.kind, self.name)

    def next_round(self, my_task: Any) -> dict[str, Any] | None:
        """With which memory to wait again after firing; None when once is enough."""
        return {}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.name == getattr(other, "name", None)

    __hash__ = None  # type: ignore[assignment]


class Timer(Event):
    """Due at a moment, or some time after it began to wait."""

    kind = "timer"

    def __init__(self, element_id: str, expression: str) -> None:
        super().__init__(element_id, element_id)
        self.expression = expression.strip()

    def text(self, my_task: Any) -> str:
        """The ISO 8601 text, evaluated if it is FEEL."""
        value: Any = self.expression
        if self.expression.startswith("="):
            value = my_task.workflow.script_engine.evaluate(my_task, self.expression)
        if not isinstance(value, str):
            raise stop(my_task, "no_timer", value=str(value), expression=self.expression)
        return value

    def due_at(self, my_task: Any) -> datetime:
        """When it is due (UTC); worked out once, when the waiting begins."""
        known = my_task.internal_data.setdefault("due", {})
        if self.element_id not in known:
            text = self.text(my_task)
            moment = due(text, my_task.workflow.script_engine.now)
            if moment is None:
                raise stop(my_task, "no_timer", value=text, expression=self.expression)
            known[self.element_id] = moment.isoformat()
        return datetime.fromisoformat(known[self.element_id])

    def has_fired(self, my_task: Any) -> bool:
        engine = my_task.workflow.script_engine
        fired = self.due_at(my_task) <= engine.now
        if fired and not my_task.internal_data.get("event_fired"):
            my_task.internal_data["event_fired"] = True
            engine.timers_fired += 1
        return bool(fired)

    def catches(self, my_task: Any, event: BpmnEvent) -> bool:
        return False

    def next_round(self, my_task: Any) -> dict[str, Any] | None:
        return None

    def reset(self, my_task: Any) -> None:
        super().reset(my_task)
        my_task.internal_data.pop("due", None)

    def waiting(self, my_task: Any) -> Iterator[Waiting]:
        yield Waiting(self.element_id, self.kind, due_at=self.due_at(my_task))


class Repeating(Timer):
    """Due again and again while the activity it hangs on runs."""

    def _cycle(self, my_task: Any) -> Cycle:
        known = my_task.internal_data
        if "cycle" not in known:
            text = self.text(my_task)
            cycle = parse_cycle(text)
            if cycle is None:
                raise stop(my_task, "no_cycle", value=text, expression=self.expression)
            start = cycle.start or cycle.every.after(my_task.workflow.script_engine.now)
            known.update(cycle=text, start=start.isoformat(), fired=0)
        found = parse_cycle(known["cycle"])
        assert found is not None
        return found

    def due_at(self, my_task: Any) -> datetime:
        cycle = self._cycle(my_task)
        start = datetime.fromisoformat(my_task.internal_data["start"])
        return cycle.every.after(start, my_task.internal_data["fired"])

    def has_fired(self, my_task: Any) -> bool:
        return self._cycle(my_task).times != 0 and super().has_fired(my_task)

    def next_round(self, my_task: Any) -> dict[str, Any] | None:
        memory = my_task.internal_data
        fired = memory["fired"] + 1
        if fired == self._cycle(my_task).times:
            return None
        return {"cycle": memory["cycle"], "start": memory["start"], "fired": fired}

    def reset(self, my_task: Any) -> None:
        super().reset(my_task)
        for name in ("cycle", "start", "fired"):
            my_task.internal_data.pop(name, None)


class Carrying(Event):
    """An event with a payload, of which the element takes the variables it names.

    One with a condition (``when``) passes by events that do not meet it and waits on.
    """

    def __init__(
        self, element_id: str, name: str, payload: tuple[str, ...] = (), when: str = ""
    ) -> None:
        super().__init__(element_id, name)
        self.payload = payload
        self.when = when

    def catches(self, my_task: Any, event: BpmnEvent) -> bool:
        if not super().catches(my_task, event):
            return False
        known = {**my_task.data, **(event.payload or {})}
        return not self.when or my_task.workflow.script_engine.holds(my_task, self.when, known)

    def catch(self, my_task: Any, event: BpmnEvent) -> None:
        my_task.internal_data["payload"] = event.payload or {}
        super().catch(my_task, event)

    def update_task_data(self, my_task: Any) -> None:
        payload = my_task.internal_data.pop("payload", {})
        my_task.data.update({n: deepcopy(payload[n]) for n in self.payload if n in payload})

    def throw(self, my_task: Any) -> None:
        missing = [name for name in self.payload if name not in my_task.data]
        if missing:
            raise stop(my_task, "no_payload", variable=missing[0])
        payload = {name: deepcopy(my_task.data[name]) for name in self.payload}
        top = my_task.workflow.top_workflow
        if not top.event_manager.catch(BpmnEvent(self, payload), internal=False):
            top.script_engine.sent.append(Sent(self.kind, self.name, payload))


class Message(Carrying):
    """A message to this instance."""

    kind = "message"


class Signal(Carrying):
    """A signal to everybody."""

    kind = "signal"


class Code(Carrying):
    """Goes up through the enclosing sub-processes to the first that catches it."""

    def __eq__(self, other: object) -> bool:
        # A catching event without a code catches every code.
        return type(self) is type(other) and self.name in ("", getattr(other, "name", None))

    __hash__ = None  # type: ignore[assignment]

    def throw(self, my_task: Any) -> None:
        event = BpmnEvent(self, {n: my_task.data[n] for n in self.payload if n in my_task.data})
        workflow = my_task.workflow
        while workflow is not None:
            waiting = list(workflow.top_workflow.event_manager.tasks.values())
            here = [task for task in waiting if task.workflow is workflow]
            catchers = [task for task in here if task.task_spec.catches(task, event)]
            for catcher in catchers:
                catcher.task_spec.catch(catcher, event)
                catcher.task_spec._update(catcher)
            if catchers:
                return
            workflow = workflow.parent_workflow
        self.uncaught(my_task)

    def uncaught(self, my_task: Any) -> None:
        """Nobody cares."""


class Escalation(Code):
    """Tells an enclosing level something without ending anything by itself."""

    kind = "escalation"


class Error(Code):
    """Ends the sub-process it happens in."""

    kind = "error"

    def uncaught(self, my_task: Any) -> None:
        raise stop(my_task, "uncaught_error", code=self.name)


class FirstOf(Event):
    """Waits for several events; the first one wins."""

    kind = "first"

    def __init__(self, element_id: str, choices: list[Event]) -> None:
        super().__init__(element_id)
        self.choices = choices

    def catches(self, my_task: Any, event: BpmnEvent) -> bool:
        return "winner" not in my_task.internal_data and any(
            choice.catches(my_task, event) for choice in self.choices
        )

    def catch(self, my_task: Any, event: BpmnEvent) -> None:
        for number, choice in enumerate(self.choices):
            if choice.catches(my_task, event):
                choice.catch(my_task, event)
                my_task.internal_data["winner"] = number
                return

    def has_fired(self, my_task: Any) -> bool:
        memory = my_task.internal_data
        if "winner" not in memory:
            timers = [(n, c) for n, c in enumerate(self.choices) if isinstance(c, Timer)]
            moments = sorted((c.due_at(my_task), n) for n, c in timers)
            engine = my_task.workflow.script_engine
            if moments and moments[0][0] <= engine.now:
                memory["winner"] = moments[0][1]
                engine.timers_fired += 1
        return "winner" in memory

    def reset(self, my_task: Any) -> None:
        my_task.internal_data.clear()

    def waiting(self, my_task: Any) -> Iterator[Waiting]:
        for number, choice in enumerate(self.choices):
            for each in choice.waiting(my_task):
                yield Waiting(each.element_id, each.kind, each.name, each.due_at, number)
