"""Plays a scenario against a programme in memory: no database, no mail, no wall clock.

The studio and ``programmes check`` use it before anything is published. It carries out effects in
their simplest true form: a letter leaves at once, a deadline is computed by the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from grantflow import engine
from grantflow.clock import BERLIN
from grantflow.errors import GrantFlowError, NotAllowed
from grantflow.forms import Option
from grantflow.programmes.deadlines import Terms
from grantflow.programmes.load import Programme
from grantflow.programmes.rehearsed_acts import Acts
from grantflow.programmes.rehearsed_rules import as_moment, balance, computed_rule
from grantflow.programmes.scenario import Scenario
from grantflow.programmes.vocabulary import CAME_BACK
from grantflow.rules.periods import first_moment_after
from grantflow.rules.rounding import cents

PANEL = tuple(Option(f"panel:{number}", f"panel:{number}") for number in (1, 2, 3))
OPTIONS: Mapping[str, tuple[Option, ...]] = {"panel_members": PANEL}
MOST_MOVES = 1_000
TERMS = {"amount": "approved_amount", "until": "period_until", "lines": "plan_lines"}


@dataclass
class Running:
    """One process instance of the rehearsed case."""

    definition: engine.Definition
    instance_id: UUID
    parent: tuple[UUID, UUID] | None
    step: engine.Step


@dataclass
class Rehearsal:
    """A case that lives in memory."""

    programme: Programme
    scenario: Scenario
    now: datetime = field(init=False)
    running: dict[UUID, Running] = field(default_factory=dict)
    letters: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)  # letter -> who prepared it
    acts: Acts = field(default_factory=Acts)
    deadlines: dict[str, str] = field(default_factory=dict)
    payments: list[Decimal] = field(default_factory=list)
    came_back: Decimal = Decimal(0)
    doers: dict[str, set[str]] = field(default_factory=dict)
    visited: dict[str, set[str]] = field(default_factory=dict)
    returned: Decimal = Decimal(0)
    status: str = "DRAFT"
    stage: str = ""
    approved: Decimal | None = None
    most_granted: Decimal = Decimal(0)
    awarded: dict[str, Any] = field(default_factory=dict)  # the terms after an amendment
    last_doer: str = "system"
    outbox: list[str] = field(default_factory=list)
    thrown: list[engine.Sent] = field(default_factory=list)
    lifecycle: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.scenario.start

    # ---- moving

    def open_case(self) -> None:
        """Start the lifecycle with the variables of a case."""
        file = self.programme.file
        call = next((c for c in file.calls if c.key == self.scenario.call), None)
        if call is None:
            raise GrantFlowError("programmes.no_such", kind="call", name=self.scenario.call)
        closes = call.closes
        data = {
            "case_id": str(uuid4()),
            "call": call.key,
            "call_closes_at": None if closes is None else as_moment(closes).isoformat(),
            "organisation": self.scenario.organisation,
            "programme": file.key,
            "started_on": self.now.astimezone(BERLIN).date().isoformat(),
        }
        self.lifecycle = self._start(file.lifecycle, data, None)
        self.deliver()

    def _start(
        self, process_id: str, data: Mapping[str, Any], parent: tuple[UUID, UUID] | None
    ) -> UUID:
        definition = self.programme.process(process_id)
        instance = engine.Instance.start(definition, dict(data), self.now)
        instance_id = uuid4()
        if parent is not None and not self.stage_is_fixed(process_id):
            self.stage = process_id
        self._settle(instance_id, definition, instance, parent)
        return instance_id

    def stage_is_fixed(self, process_id: str) -> bool:
        """Side processes do not change the stage a case is in."""
        return process_id in self.programme.file.side_processes

    def move(self, instance_id: UUID, action: Callable[[engine.Instance], object]) -> bool:
        running = self.running[instance_id]
        instance = engine.Instance.load(running.definition, running.step.state, self.now)
        moved = bool(action(instance))
        self._settle(instance_id, running.definition, instance, running.parent)
        return moved

    def _settle(
        self,
        instance_id: UUID,
        definition: engine.Definition,
        instance: engine.Instance,
        parent: tuple[UUID, UUID] | None,
    ) -> None:
        """Answer everything the instance asks for, then keep its new state."""
        for _ in range(MOST_MOVES):
            pending = instance.pending()
            if not pending:
                break
            for request in pending:
                self._answer(instance_id, instance, request)
        step = instance.step()
        self.thrown += [sent for sent in step.sent if sent.kind == "message"]
        self.running[instance_id] = Running(definition, instance_id, parent, step)
        self.visited.setdefault(definition.process_id, set()).update(
            p.element_id for p in step.passed if not p.cancelled
        )
        self._drop_children(instance_id, set(step.running))
        if step.completed:
            self._finish(instance_id, parent, step)

    def _answer(
        self,
        instance_id: UUID,
        instance: engine.Instance,
        request: engine.Effect | engine.ChildStart,
    ) -> None:
        if isinstance(request, engine.ChildStart):
            child = self._start(request.process_id, request.data, (instance_id, request.id))
            ended = self.running[child].step
            if ended.completed:
                instance.resolve(request.id, ended.data)
        else:
            instance.resolve(request.id, self._effect(request))

    def _finish(
        self, instance_id: UUID, parent: tuple[UUID, UUID] | None, step: engine.Step
    ) -> None:
        if parent is None or parent[0] not in self.running:
            return
        token = parent[1]
        if token in self.running[parent[0]].step.running:
            self.move(parent[0], lambda i: i.resolve(token, step.data))

    def _drop_children(self, instance_id: UUID, alive: set[UUID]) -> None:
        for child in [r for r in self.running.values() if r.parent and r.parent[0] == instance_id]:
            if child.parent and child.parent[1] not in alive and not child.step.completed:
                self._drop_children(child.instance_id, set())
                del self.running[child.instance_id]

    def deliver(self) -> None:
        """Send the messages that diagrams have thrown and letters on their way out have caused."""
        while self.thrown or self.outbox:
            if self.thrown:
                sent = self.thrown.pop(0)
                self.message(sent.name, sent.payload)
            else:
                self.message(self.outbox.pop(0), {})
        self._end_orphans()

    def _end_orphans(self) -> None:
        """Drop the side processes that need others of which none is running any more."""
        alive = {r.definition.process_id for r in self.running.values() if not r.step.completed}
        for one in list(self.running.values()):
            side = self.programme.file.side_processes.get(one.definition.process_id)
            if side and side.needs and not one.step.completed and not alive & set(side.needs):
                self._drop_children(one.instance_id, set())
                del self.running[one.instance_id]

    def message(self, name: str, payload: Mapping[str, Any]) -> bool:
        """Send a message to every instance that waits for it; False when nobody does.

        A payment may come back whoever waits for that: it counts as paid no more.
        """
        caught = name == CAME_BACK and bool(self.payments)
        if caught:
            self.came_back += self.payments.pop()
        for instance_id in list(self.running):
            running = self.running.get(instance_id)
            if running and any(w.name == name for w in running.step.waits):
                caught = self.move(instance_id, lambda i: i.message(name, payload)) or caught
        self.deliver()
        return caught

    def tasks(self) -> Iterator[tuple[UUID, engine.OpenTask]]:
        """All open tasks with the instance they belong to."""
        for instance_id, running in self.running.items():
            if not running.step.completed:
                yield from ((instance_id, task) for task in running.step.tasks)

    def pass_time(self, until: datetime) -> None:
        """Fire every timer that is due until then, at its own moment and in order."""
        for _ in range(MOST_MOVES):
            due = sorted(
                (t.due_at, str(i), i)
                for i, r in self.running.items()
                if not r.step.completed
                for t in r.step.timers
                if t.due_at <= until
            )
            if not due:
                break
            self.now = max(self.now, due[0][0])
            self.move(due[0][2], lambda i: i.fire_due())
            self.deliver()
        self.now = max(self.now, until)

    # ---- effects

    def _effect(self, effect: engine.Effect) -> dict[str, Any]:
        if effect.name in ("suspend", "resume"):
            getattr(self.acts, effect.name)(effect.params)
        found = getattr(self, f"_{effect.name}", lambda _: None)(effect.params)
        return {} if found is None else {"value": found}

    def _compute(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return computed_rule(self.terms(), params)

    def _balance(self, _: Mapping[str, Any]) -> dict[str, Any]:
        overdue, today = self.status == "STATEMENT_OVERDUE", self.now.astimezone(BERLIN).date()
        grant = (self.approved or Decimal(0), self.most_granted)
        paid = sum(self.payments, Decimal(0))
        return balance(
            grant,
            paid,
            self.returned,
            today,
            overdue=overdue,
            won=self.acts.won,
            came_back=self.came_back,
        )

    def _award_terms(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self.awarded.get(name) for key, name in TERMS.items()}

    def _remedy_check(self, params: Mapping[str, Any]) -> dict[str, Any]:
        name, received_on = str(params["letter"]), str(params["received_on"])
        return self.acts.remedy_check(self.terms(), name, received_on)

    def _waive(self, params: Mapping[str, Any]) -> None:
        self.acts.waive(params, self.now.astimezone(BERLIN).date())

    def _standing(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return self.acts.standing(self.terms(), str(params["letter"]), self.approved)

    def _record_return(self, params: Mapping[str, Any]) -> None:
        self.returned += cents(Decimal(str(params["amount"])))

    def _letter(self, params: Mapping[str, Any]) -> str:
        name = str(params["letter"])
        self.acts.facts[name] = params
        if str(params.get("hold")) == "true":
            self.held[name] = self.last_doer
        elif self.programme.letter(name).nature != "internal":  # a note stays in the case
            self._send(name)
        return name

    def _send(self, name: str) -> None:
        self.letters.append(name)
        self.acts.leave(name, self.now)
        self.outbox.append(f"dispatched_{name}")

    def _dispatch(self, params: Mapping[str, Any]) -> None:
        name = str(params["letter"])
        if self.held.pop(name, None) == self.last_doer:
            raise NotAllowed("programmes.scenario.own_letter", letter=name)
        self._send(name)

    def _discard(self, params: Mapping[str, Any]) -> None:
        self.held.pop(str(params["letter"]), None)

    def _status(self, params: Mapping[str, Any]) -> None:
        self.status = str(params["status"])
        self.stage = str(params.get("stage") or self.stage)

    def _decide(self, params: Mapping[str, Any]) -> None:
        if params["kind"] == "grant" and params.get("amount") is not None:
            self._grant(params["amount"])

    def _grant(self, amount: Any) -> None:
        self.approved = cents(Decimal(str(amount)))
        self.most_granted = max(self.most_granted, self.approved)

    def _award(self, params: Mapping[str, Any]) -> None:
        self._grant(params["amount"])
        self.awarded |= {TERMS[key]: params[key] for key in TERMS if params.get(key) is not None}

    def _deadline(self, params: Mapping[str, Any]) -> str:
        period = self.acts.period(self.terms(), params)
        self.deadlines[str(params["kind"])] = period.end.isoformat()
        return first_moment_after(period.end).isoformat()

    def terms(self) -> Terms:
        """The rules of the programme on the day of the scenario."""
        return Terms.of(self.programme, self.now.astimezone(BERLIN).date())

    def _pay(self, params: Mapping[str, Any]) -> None:
        if params["state"] == "ordered":
            self.payments.append(cents(Decimal(str(params["amount"]))))

    def _start_process(self, params: Mapping[str, Any]) -> None:
        self.start_side(str(params["process"]))

    def start_side(self, process_id: str) -> None:
        """Start a side process with the facts of the lifecycle."""
        data = {**self.running[self.lifecycle].step.data}
        for running in self.running.values():
            data.update(running.step.data)
        data.update(self.awarded)
        self._start(process_id, data, None)
        self.deliver()
