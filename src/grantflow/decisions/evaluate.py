"""Asks a decision table: which rules match, and what they answer together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grantflow.decisions.table import DecisionTable, Rule
from grantflow.errors import GrantFlowError
from grantflow.expressions import FeelError, evaluate_all, unary_tests

_ANY = ("", "-")
Answer = dict[str, Any]


class DecisionError(GrantFlowError):
    """A table gave no usable answer; ``params`` name the table and the rules."""

    default_key = "decisions.failed"


@dataclass(frozen=True)
class Outcome:
    """What a table answered, by the ids of which rules, and the inputs it looked at."""

    values: dict[str, Any]
    rules: tuple[str, ...]
    inputs: Mapping[str, Any] = field(default_factory=dict)


def evaluate(table: DecisionTable, context: Mapping[str, Any]) -> Outcome:
    """Ask a table, required decisions first; their results are part of the values.

    Raises DecisionError: no rule matches and there is no default, two rules of a UNIQUE table
    match, rules of an ANY table disagree, or a cell cannot be evaluated.
    """
    known = dict(context)
    values: dict[str, Any] = {}
    rules: list[str] = []
    for required in table.required:
        inner = evaluate(required, known)
        known.update(inner.values)
        values.update(inner.values)
        rules += inner.rules
    try:
        own = _ask(table, known)
    except FeelError as error:
        raise DecisionError(
            "decisions.bad_cell", table=table.name or table.id, key=error.key, **error.params
        ) from error
    return Outcome({**values, **own.values}, (*rules, *own.rules), own.inputs)


def _ask(table: DecisionTable, context: Mapping[str, Any]) -> Outcome:
    given = evaluate_all([(column.expression, context) for column in table.inputs])
    matching = _matching(table, given, context)
    if table.hit_policy == "FIRST":
        matching = matching[:1]
    answers = _answers(table, matching, context)
    values, used = _HITS[table.hit_policy](table, matching, answers)
    inputs = {column.label: value for column, value in zip(table.inputs, given, strict=True)}
    return Outcome(values, tuple(rule.id for rule in used), inputs)


def _matching(table: DecisionTable, given: Sequence[Any], context: Mapping[str, Any]) -> list[Rule]:
    """The rules all of whose cells match; every distinct cell of a column is tested once."""
    cells = {
        (column, test)
        for rule in table.rules
        for column, test in enumerate(rule.tests)
        if test not in _ANY
    }
    order = sorted(cells)
    results = unary_tests([(test, given[column], context) for column, test in order])
    holds = dict(zip(order, results, strict=True))
    return [
        rule
        for rule in table.rules
        if all(holds.get((column, test), True) for column, test in enumerate(rule.tests))
    ]


def _answers(
    table: DecisionTable, rules: Sequence[Rule], context: Mapping[str, Any]
) -> list[Answer]:
    names = [output.name for output in table.outputs]
    wanted = [(answer or "null", context) for rule in rules for answer in rule.answers]
    values = evaluate_all(wanted)
    width = len(names)
    return [
        dict(zip(names, values[place : place + width], strict=True))
        for place in range(0, len(values), width)
    ]


def _error(code: str, table: DecisionTable, rules: Sequence[Rule] = ()) -> DecisionError:
    numbers = ", ".join(str(rule.number) for rule in rules)
    return DecisionError(f"decisions.{code}", table=table.name or table.id, rules=numbers)


def _default(table: DecisionTable) -> tuple[Answer, Sequence[Rule]]:
    if not all(output.default for output in table.outputs):
        raise _error("no_rule", table)
    values = evaluate_all([(output.default, {}) for output in table.outputs])
    return dict(zip((o.name for o in table.outputs), values, strict=True)), ()


def _unique(
    table: DecisionTable, rules: Sequence[Rule], answers: list[Answer]
) -> tuple[Answer, Sequence[Rule]]:
    if len(rules) > 1:
        raise _error("overlap", table, rules)
    return (answers[0], rules) if rules else _default(table)


def _first(
    table: DecisionTable, rules: Sequence[Rule], answers: list[Answer]
) -> tuple[Answer, Sequence[Rule]]:
    return (answers[0], rules[:1]) if rules else _default(table)


def _any(
    table: DecisionTable, rules: Sequence[Rule], answers: list[Answer]
) -> tuple[Answer, Sequence[Rule]]:
    if any(answer != answers[0] for answer in answers):
        raise _error("disagree", table, rules)
    return (answers[0], rules) if rules else _default(table)


def _rank(table: DecisionTable, answer: Answer) -> tuple[int, ...]:
    """The place of an answer in the priority lists of the outputs; unlisted values come last."""
    return tuple(
        output.values.index(str(answer[output.name]))
        if str(answer[output.name]) in output.values
        else len(output.values)
        for output in table.outputs
    )


def _ranked(
    table: DecisionTable, rules: Sequence[Rule], answers: list[Answer]
) -> list[tuple[Answer, Rule]]:
    pairs = zip(answers, rules, strict=True)
    return sorted(pairs, key=lambda pair: _rank(table, pair[0]))


def _priority(
    table: DecisionTable, rules: Sequence[Rule], answers: list[Answer]
) -> tuple[Answer, Sequence[Rule]]:
    if not rules:
        return _default(table)
    answer, rule = _ranked(table, rules, answers)[0]
    return answer, [rule]


def _columns(table: DecisionTable, answers: Sequence[Answer]) -> Answer:
    return {output.name: [a[output.name] for a in answers] for output in table.outputs}


def _rule_order(
    table: DecisionTable, rules: Sequence[Rule], answers: list[Answer]
) -> tuple[Answer, Sequence[Rule]]:
    return _columns(table, answers), rules


def _output_order(
    table: DecisionTable, rules: Sequence[Rule], answers: list[Answer]
) -> tuple[Answer, Sequence[Rule]]:
    ranked = _ranked(table, rules, answers)
    return _columns(table, [answer for answer, _ in ranked]), [rule for _, rule in ranked]


def _collect(
    table: DecisionTable, rules: Sequence[Rule], answers: list[Answer]
) -> tuple[Answer, Sequence[Rule]]:
    columns = _columns(table, answers)
    if not table.aggregation:
        return columns, rules
    try:
        gathered = {name: _AGGREGATE[table.aggregation](v) for name, v in columns.items()}
    except TypeError as error:
        raise _error("no_numbers", table, rules) from error
    return gathered, rules


_AGGREGATE: Mapping[str, Any] = {
    "SUM": sum,
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
    "COUNT": len,
}
_HITS: Mapping[str, Any] = {
    "UNIQUE": _unique,
    "FIRST": _first,
    "ANY": _any,
    "PRIORITY": _priority,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _collect,
}
