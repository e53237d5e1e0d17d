"""A decision table as a value."""

from __future__ import annotations

from dataclasses import dataclass

from grantflow.expressions import FeelError, variables, variables_unary

HIT_POLICIES = (
    "UNIQUE",
    "FIRST",
    "ANY",
    "PRIORITY",
    "COLLECT",
    "RULE ORDER",
    "OUTPUT ORDER",
)
AGGREGATIONS = ("", "SUM", "MIN", "MAX", "COUNT")


@dataclass(frozen=True)
class Input:
    """A column that is asked: its heading and the FEEL expression that gives the value."""

    id: str
    label: str
    expression: str


@dataclass(frozen=True)
class Output:
    """A column that answers: the variable it sets, its values in order of priority, its default."""

    name: str
    label: str
    values: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True)
class Rule:
    """A row, counted from 1: one unary test for each input, one expression for each output."""

    id: str
    number: int
    tests: tuple[str, ...]
    answers: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True)
class DecisionTable:
    """A decision with its table and the decisions whose results it needs."""

    id: str
    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    hit_policy: str = "UNIQUE"
    aggregation: str = ""
    required: tuple[DecisionTable, ...] = ()

    def output_names(self) -> tuple[str, ...]:
        """The variables it sets, those of the required decisions included."""
        inner = [name for table in self.required for name in table.output_names()]
        return (*inner, *(output.name for output in self.outputs))

    def variables(self) -> frozenset[str]:
        """The variables it takes from outside; cells that do not compile are left out."""
        found: set[str] = set()
        for column in self.inputs:
            found |= _names(column.expression, unary=False)
        for rule in self.rules:
            for test in rule.tests:
                found |= _names(test, unary=True)
            for answer in rule.answers:
                found |= _names(answer, unary=False)
        for table in self.required:
            found = (found - set(table.output_names())) | table.variables()
        return frozenset(found)


def _names(text: str, *, unary: bool) -> frozenset[str]:
    try:
        return variables_unary(text) if unary else variables(text)
    except FeelError:
        return frozenset()
