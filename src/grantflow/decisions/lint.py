"""All faults of a DMN file at once: every cell that does not compile, with its rule's number."""

from __future__ import annotations

from collections.abc import Iterator

from grantflow.decisions.parse import parse
from grantflow.decisions.table import DecisionTable
from grantflow.errors import BadProgramme, Problem
from grantflow.expressions import check, check_unary, is_builtin
from grantflow.texts import Said

MAX_RULES = 500


def lint(xml: bytes, file: str) -> list[Problem]:
    """Every fault of a DMN file, ``place`` = ``file#element``."""
    try:
        tables = parse(xml, file)
    except BadProgramme as error:
        return list(error.problems)
    return [problem for table in tables for problem in _table(table, file)]


def _table(table: DecisionTable, file: str) -> Iterator[Problem]:
    place = f"{file}#{table.id}"
    if not table.rules:
        yield Problem("decisions.no_rules", {"table": table.name}, place)
    if len(table.rules) > MAX_RULES:
        yield Problem("decisions.many_rules", {"table": table.name, "limit": MAX_RULES}, place)
    yield from _outputs(table, place)
    for column in table.inputs:
        yield from _cell(check(column.expression), f"{file}#{column.id}", 0, column.label)
    for rule in table.rules:
        where = f"{file}#{rule.id}"
        for column, test in zip(table.inputs, rule.tests, strict=True):
            yield from _cell(check_unary(test), where, rule.number, column.label)
        for output, answer in zip(table.outputs, rule.answers, strict=True):
            yield from _cell(check(answer), where, rule.number, output.label)


def _outputs(table: DecisionTable, place: str) -> Iterator[Problem]:
    names = [output.name for output in table.outputs]
    for output in table.outputs:
        if not output.name.isidentifier() or is_builtin(output.name):
            yield Problem("decisions.bad_name", {"name": output.name}, place)
        if output.default:
            yield from _cell(check(output.default), place, 0, output.label)
        if table.hit_policy in ("PRIORITY", "OUTPUT ORDER") and not output.values:
            yield Problem("decisions.no_order", {"name": output.name}, place)
    if len(set(names)) < len(names):
        yield Problem("decisions.same_name", {"table": table.name}, place)


def _cell(found: Problem | None, place: str, rule: int, column: str) -> Iterator[Problem]:
    if found is not None:
        reason = Said(found.key, found.params)
        key = "decisions.cell" if rule else "decisions.heading"
        yield Problem(key, {"rule": rule, "column": column, "reason": reason}, place)
