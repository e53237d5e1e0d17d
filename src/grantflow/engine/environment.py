"""Stands where SpiffWorkflow expects a script engine: FEEL, decisions, the time, the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from grantflow import decisions, expressions
from grantflow.engine.faults import because, stop
from grantflow.engine.model import Fired, Passed, Sent
from grantflow.engine.script import Assignment
from grantflow.errors import Problem

MAX_TASKS = 5_000


@dataclass
class Environment:
    """One step of one instance: what it may ask for, and what it has done so far.

    Nothing here reads the clock; ``now`` is given from outside.
    """

    now: datetime
    tables: Mapping[str, decisions.DecisionTable]
    constants: Mapping[str, Any] = field(default_factory=dict)  # known, but never kept
    asked: list[UUID] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    timers_fired: int = 0
    tasks_run: int = 0
    latest: Mapping[str, Any] = field(default_factory=dict)

    def evaluate(self, task: Any, expression: str, data: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression over the task's data. Raises Stopped."""
        try:
            given = task.data if data is None else data
            return expressions.evaluate(expression, {**self.constants, **given})
        except expressions.FeelError as error:
            raise because(task, Problem(error.key, error.params)) from error

    def evaluate_all(self, task: Any, wanted: Mapping[str, str]) -> dict[str, Any]:
        """The values of several properties: ``=…`` is FEEL, anything else literal text."""
        feel = [name for name, value in wanted.items() if value.startswith("=")]
        known = {**self.constants, **task.data}
        try:
            values = expressions.evaluate_all([(wanted[name], known) for name in feel])
        except expressions.FeelError as error:
            raise because(task, Problem(error.key, error.params)) from error
        return {**wanted, **dict(zip(feel, values, strict=True))}

    def holds(self, task: Any, condition: str, data: Mapping[str, Any] | None = None) -> bool:
        """Whether a condition holds; anything but yes or no is an error. Raises Stopped."""
        value = self.evaluate(task, condition, data)
        if not isinstance(value, bool):
            raise stop(task, "not_yes_or_no", expression=condition.strip())
        return value

    def assign(self, task: Any, assignments: Iterable[Assignment]) -> None:
        """Run the lines of a script task. Raises Stopped."""
        data = dict(task.data)
        for each in assignments:
            data[each.name] = self.evaluate(task, each.expression, data)
        task.data = data

    def decide(self, task: Any, decision: str) -> None:
        """Ask a decision table and note which rules answered. Raises Stopped."""
        table = self.tables.get(decision)
        if table is None:
            raise stop(task, "no_decision", decision=decision)
        try:
            outcome = decisions.evaluate(table, {**self.constants, **task.data})
        except decisions.DecisionError as error:
            raise because(task, Problem(error.key, error.params)) from error
        self.fired.append(
            Fired(
                element_id=task.task_spec.bpmn_id,
                decision_id=decision,
                inputs=outcome.inputs,
                outputs=outcome.values,
                rules=outcome.rules,
            )
        )
        task.set_data(**outcome.values)

    def count(self, task: Any) -> None:
        """Stop a diagram that goes round without ever waiting. Raises Stopped."""
        self.tasks_run += 1
        if self.tasks_run > MAX_TASKS:
            raise stop(task, "endless", limit=MAX_TASKS)
