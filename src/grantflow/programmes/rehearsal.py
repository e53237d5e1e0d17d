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
from grantflow.programmes.deadlines import Terms, computed
from grantflow.programmes.load import Programme
from grantflow.programmes.rehearsed_rules import as_moment, computed_rule, plain, remedy_in_time
from grantflow.programmes.scenario import Scenario
from grantflow.rules.periods import Channel, Sending, first_moment_after
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
    dispatched: dict[str, datetime] = field(default_factory=dict)
    deadlines: dict[str, str] = field(default_factory=dict)
    payments: list[Decimal] = field(default_factory=list)
    doers: dict[str, set[str]] = field(default_factory=dict)
    visited: dict[str, set[str]] = field(default_factory=dict)
    returned: Decimal = Decimal(0)
    status: str = "DRAFT"
    stage: str = ""
    approved: Decimal | None = None
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

    def move(self, instance_id: UUID, action: Callable[[engine.Instance], object]) -> None:
        running = self.running[instance_id]
        instance = engine.Instance.load(running.definition, running.step.state, self.now)
        action(instance)
        self._settle(instance_id, running.definition, instance, running.parent)

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

    def message(self, name: str, payload: Mapping[str, Any]) -> bool:
        """Send a message to every instance that waits for it; False when nobody does."""
        caught = False
        for instance_id in list(self.running):
            running = self.running.get(instance_id)
            if running and any(w.name == name for w in running.step.waits):
                self.move(instance_id, lambda i: i.message(name, payload))
                caught = True
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
        params = effect.params
        if effect.name == "letter":
            return self._letter(str(params["letter"]), held=str(params.get("hold")) == "true")
        if effect.name == "deadline":
            return {"value": self._deadline(params)}
        if effect.name == "compute":
            return {"value": computed_rule(self.terms(), params)}
        if effect.name == "balance":
            return {"value": self._balance()}
        if effect.name == "award_terms":
            return {"value": {key: self.awarded.get(name) for key, name in TERMS.items()}}
        if effect.name == "remedy_check":
            sent = self.dispatched.get(str(params["letter"]))
            return {"value": remedy_in_time(self.terms(), sent, str(params["received_on"]))}
        getattr(self, f"_{effect.name}", lambda _: None)(params)
        return {}

    def _balance(self) -> dict[str, Any]:
        granted, paid = self.approved or Decimal(0), sum(self.payments, Decimal(0))
        sums = {"granted": granted, "paid": paid, "returned": self.returned}
        rest = {"kept": paid - self.returned, "unpaid": max(Decimal(0), granted - paid)}
        overdue, today = self.status == "STATEMENT_OVERDUE", self.now.astimezone(BERLIN).date()
        days = {"first_paid_on": None, "paid_on": None, "today": today}
        told = {**sums, **rest, **days, "overdue_statements": int(overdue)}
        return {name: plain(value) for name, value in told.items()}

    def _record_return(self, params: Mapping[str, Any]) -> None:
        self.returned += cents(Decimal(str(params["amount"])))

    def _letter(self, name: str, *, held: bool) -> dict[str, Any]:
        note = self.programme.letter(name).nature == "internal"  # it stays in the case
        if held:
            self.held[name] = self.last_doer
        elif not note:
            self._send(name)
        return {"value": name}

    def _send(self, name: str) -> None:
        self.letters.append(name)
        self.dispatched[name] = self.now
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
            self.approved = cents(Decimal(str(params["amount"])))

    def _award(self, params: Mapping[str, Any]) -> None:
        self.approved = cents(Decimal(str(params["amount"])))
        self.awarded |= {TERMS[key]: params[key] for key in TERMS if params.get(key) is not None}

    def _deadline(self, params: Mapping[str, Any]) -> str:
        sent = self.dispatched.get(str(params.get("letter") or ""), self.now)
        on = self.now.astimezone(BERLIN).date()
        letter_on = sent.astimezone(BERLIN).date()
        sending = Sending(Channel.POST, letter_on) if params.get("letter") else None
        period = computed(self.terms(), params, on, sending)
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
