"""Plays scenarios to their end and compares what came with what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from grantflow import clock, engine
from grantflow.errors import BadProgramme, GrantFlowError, Invalid, Problem
from grantflow.forms import Form, Option
from grantflow.forms.field import OFFERED
from grantflow.programmes import contest_days, grant_limits, last_days, need_window
from grantflow.programmes.constants import constants
from grantflow.programmes.load import Programme
from grantflow.programmes.rehearsal import OPTIONS, Rehearsal
from grantflow.programmes.scenario import Expectation, Scenario, ScenarioStep
from grantflow.rules.rounding import cents


@dataclass(frozen=True)
class Moment:
    """What was true after a step, for people who read the result."""

    at: datetime
    what: str
    tasks: tuple[str, ...]
    letters: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class ScenarioResult:
    """How a scenario went: the story, what it visited, and everything that differed."""

    name: str
    moments: tuple[Moment, ...]
    visited: Mapping[str, frozenset[str]]  # process id -> element ids
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        return not self.problems


def run_scenario(programme: Programme, scenario: Scenario) -> ScenarioResult:
    """Play a scenario to its end or to the first step that cannot be done.

    Differences from what the scenario expects are collected, not raised.
    """
    case = Rehearsal(programme, scenario)
    problems: list[Problem] = []
    moments: list[Moment] = []
    try:
        case.open_case()
        for number, step in enumerate(scenario.step, 1):
            problems += _play(case, number, step)
            moments.append(_moment(case, step))
            problems += _compare_step(case, number, step)
        problems += _compare_end(case, scenario.expect)
    except BadProgramme as error:
        problems += error.problems
    except GrantFlowError as error:
        where = {"step": len(moments) + 1, "detail_key": error.key, "detail_params": error.params}
        problems.append(Problem("programmes.scenario.failed", {**where, "detail": str(error)}))
    named = (Problem(p.key, p.params, f"scenarios/{scenario.name}.toml") for p in problems)
    visited = {k: frozenset(v) for k, v in case.visited.items()}
    return ScenarioResult(scenario.name, tuple(moments), visited, tuple(named))


def _moment(case: Rehearsal, step: ScenarioStep) -> Moment:
    what = step.task or step.message or step.start_process or "…"
    tasks = tuple(sorted(t.element_id for _, t in case.tasks()))
    return Moment(case.now, what, tasks, tuple(case.letters), case.status)


def _play(case: Rehearsal, number: int, step: ScenarioStep) -> list[Problem]:
    case.pass_time(step.at)
    if step.task:
        return _play_task(case, number, step)
    if step.message and not case.message(step.message, step.payload):
        params = {"step": number, "message": step.message}
        return [Problem("programmes.scenario.no_message", params)]
    if step.start_process:
        case.last_doer = step.by
        case.start_side(step.start_process)
    return []


def _play_task(case: Rehearsal, number: int, step: ScenarioStep) -> list[Problem]:
    found = _open_task(case, step)
    if found is None:
        names = ", ".join(sorted({t.element_id for _, t in case.tasks()})) or "–"
        params = {"step": number, "task": step.task, "open": names}
        return [Problem("programmes.scenario.task_not_open", params)]
    instance_id, task = found
    if _barred(case, task, step.by):
        params = {"step": number, "task": step.task, "by": step.by}
        return [Problem("programmes.scenario.four_eyes", params)]
    try:
        with clock.at(case.now):  # days that must have passed are judged on the scenario's day
            data = _routing(case, task, step)
    except Invalid as error:
        return [
            Problem(
                "programmes.scenario.answers",
                {"step": number, "task": step.task, "field": p.place, "detail": p.key,
                 "detail_key": p.key, "detail_params": p.params},
            )
            for p in error.problems
        ]  # fmt: skip
    case.last_doer = step.by
    case.doers.setdefault(task.element_id, set()).add(step.by)
    case.move(instance_id, lambda i: i.complete(task.id, data))
    case.deliver()
    return []


def _open_task(case: Rehearsal, step: ScenarioStep) -> tuple[UUID, engine.OpenTask] | None:
    """The open task of that name; of several (a panel), the one of this person."""
    wanted = step.item or step.by
    same = [(i, t) for i, t in case.tasks() if t.element_id == step.task]
    own = [(i, t) for i, t in same if t.properties.get("assignee") in (wanted, None, "")]
    return own[0] if own else None


def _barred(case: Rehearsal, task: engine.OpenTask, by: str) -> bool:
    others = str(task.properties.get("not_by") or "").split(",")
    return any(by in case.doers.get(name.strip(), set()) for name in others if name.strip())


def _routing(case: Rehearsal, task: engine.OpenTask, step: ScenarioStep) -> dict[str, Any]:
    name = str(task.properties.get("form") or task.element_id)
    form = None if name == "none" else case.programme.form(name)
    declared: dict[str, Any] = {}
    if task.properties.get("declaration") == "conflict_of_interest":
        if step.declare_conflict:
            unanswered = dict.fromkeys(form.routing_names()) if form is not None else {}
            return {**unanswered, "conflict": True}
        declared = {"conflict": False}
    if form is None:
        return declared
    answers = form.validate(
        step.answers,
        context={**constants(case.programme.file), **task.data},
        options={**OPTIONS, **_sent(case), **_files(form, step.answers)},
    )
    requested = task.data.get("requested_amount")
    asked = None if requested is None else cents(Decimal(str(requested)))
    above = [*grant_limits.exceeded(case.programme.file, asked, answers)]
    above += need_window.exceeded(case.terms().profile, clock.today(), answers)
    above += last_days.refused(case.terms(), clock.today(), answers)
    above += contest_days.refused(case.acts.left_on(contest_days.contested(answers)), answers)
    above += need_window.above_rest(_unpaid(case), answers)
    if above:
        raise Invalid(above)
    return {**form.routing(answers), **declared}


def _unpaid(case: Rehearsal) -> Decimal:
    """What may still be paid of the grant (euro)."""
    return (case.approved or Decimal(0)) - sum(case.payments, Decimal(0)) + case.returned


def _sent(case: Rehearsal) -> dict[str, tuple[Option, ...]]:
    """The letters that have left, as the decisions a case has."""
    return dict.fromkeys(OFFERED, tuple(Option(name, name) for name in case.acts.sent))


def _files(form: Form, answers: Mapping[str, Any]) -> dict[str, tuple[Option, ...]]:
    """The files a step names, as if they had been handed in."""
    named = {field.path: answers.get(field.path) or () for field in form.file_fields()}
    return {path: tuple(Option(name, name) for name in names) for path, names in named.items()}


def _compare_step(case: Rehearsal, number: int, step: ScenarioStep) -> list[Problem]:
    expected = step.expect
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("tasks", expected.tasks, tuple(sorted(t.element_id for _, t in case.tasks()))),
        ("letters", expected.letters, tuple(case.letters)),
        ("status", expected.status, case.status),
        ("amounts", expected.amounts, _amounts(case, expected.amounts or ())),
    )
    wanted = ((n, tuple(sorted(e)) if n == "tasks" and e else e, a) for n, e, a in pairs)
    return [
        Problem(
            f"programmes.scenario.{n}", {"step": number, "expected": said(e), "actual": said(a)}
        )
        for n, e, a in wanted
        if e is not None and e != a
    ]


def _amounts(case: Rehearsal, names: Iterable[str]) -> dict[str, Decimal | None]:
    """Variables of the case as euro; None for one that is missing or no number."""
    known: dict[str, Any] = {}
    for running in case.running.values():
        known.update(running.step.data)
    return {name: _euro(known.get(name)) for name in names}


def _euro(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return cents(Decimal(str(value)))


def said(value: Any) -> str:
    """A value as it is shown in a difference."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {one}" for name, one in value.items())
    return ", ".join(map(str, value)) or "–" if isinstance(value, tuple) else str(value)


def _compare_end(case: Rehearsal, expected: Expectation) -> list[Problem]:
    ended = all(r.step.completed for r in case.running.values())
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("ended", expected.ended, ended),
        ("status", expected.status, case.status),
        ("letters", expected.letters, tuple(case.letters)),
        ("approved", expected.approved, case.approved),
        ("payments", expected.payments, tuple(case.payments)),
    )
    problems = [
        Problem(f"programmes.scenario.end_{name}", {"expected": said(e), "actual": said(a)})
        for name, e, a in pairs
        if e is not None and e != a
    ]
    for kind, on in (expected.deadlines or {}).items():
        if case.deadlines.get(kind) != on:
            actual = case.deadlines.get(kind, "–")
            params = {"kind": kind, "expected": on, "actual": actual}
            problems.append(Problem("programmes.scenario.end_deadlines", params))
    return problems
