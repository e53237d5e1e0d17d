"""All faults of a DMN file at once: cells that do not compile or end, with their rule's number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grantflow.decisions.parse import parse
from grantflow.decisions.table import DecisionTable
from grantflow.errors import NOTHING, BadProgramme, Problem
from grantflow.expressions import Entries, check, check_unary, is_builtin, stopped
from grantflow.texts import Said

MAX_RULES = 500


def lint(xml: bytes, file: str, known: Entries = NOTHING) -> list[Problem]:
    """Every fault of a DMN file, ``place`` = ``file#element``.

    ``known`` are names that FEEL knows besides the variables, each with the entries of its rows.
    """
    try:
        tables = parse(xml, file)
    except BadProgramme as error:
        return list(error.problems)
    return [problem for table in tables for problem in _table(table, file, known)]


def _table(table: DecisionTable, file: str, known: Entries) -> Iterator[Problem]:
    place = f"{file}#{table.id}"
    if not table.rules:
        yield Problem("decisions.no_rules", {"table": table.name}, place)
    if len(table.rules) > MAX_RULES:
        yield Problem("decisions.many_rules", {"table": table.name, "limit": MAX_RULES}, place)
    yield from _outputs(table, place, known)
    wrong = [
        cell.problem(Said(found.key, found.params))
        for cell in _cells(table, file)
        if (found := (check_unary if cell.unary else check)(cell.text, known))
    ]
    yield from wrong or _endless(table, file)


def _outputs(table: DecisionTable, place: str, known: Entries) -> Iterator[Problem]:
    names = [output.name for output in table.outputs]
    for output in table.outputs:
        if not output.name.isidentifier() or is_builtin(output.name):
            yield Problem("decisions.bad_name", {"name": output.name}, place)
        if output.name in known:
            yield Problem("decisions.hides_terms", {"name": output.name}, place)
        if table.hit_policy in ("PRIORITY", "OUTPUT ORDER") and not output.values:
            yield Problem("decisions.no_order", {"name": output.name}, place)
    if len(set(names)) < len(names):
        yield Problem("decisions.same_name", {"table": table.name}, place)


@dataclass(frozen=True)
class _Cell:
    """FEEL in a table, where it stands; ``rule`` 0 is a heading or default."""

    text: str
    place: str
    rule: int
    column: str
    unary: bool = False

    def problem(self, reason: Said) -> Problem:
        key = "decisions.cell" if self.rule else "decisions.heading"
        params = {"rule": self.rule, "column": self.column, "reason": reason}
        return Problem(key, params, self.place)


def _cells(table: DecisionTable, file: str) -> Iterator[_Cell]:
    for output in table.outputs:
        if output.default:
            yield _Cell(output.default, f"{file}#{table.id}", 0, output.label)
    for column in table.inputs:
        yield _Cell(column.expression, f"{file}#{column.id}", 0, column.label)
    for rule in table.rules:
        where = f"{file}#{rule.id}"
        for column, test in zip(table.inputs, rule.tests, strict=True):
            yield _Cell(test, where, rule.number, column.label, unary=True)
        for output, answer in zip(table.outputs, rule.answers, strict=True):
            yield _Cell(answer, where, rule.number, output.label)


def _endless(table: DecisionTable, file: str) -> Iterator[Problem]:
    """The first cell that compiles but never ends: each costs seconds, and a table has many."""
    if len(table.rules) > MAX_RULES:
        return
    for cell in _cells(table, file):
        if reason := stopped(cell.text, {}, unary=cell.unary):
            yield cell.problem(reason)
            return
