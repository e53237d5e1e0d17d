"""From DMN files to decision tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grantflow.decisions.table import AGGREGATIONS, HIT_POLICIES, DecisionTable, Input, Output, Rule
from grantflow.decisions.xml import load_xml
from grantflow.errors import BadProgramme, Problem

NAMESPACES = (
    "https://www.omg.org/spec/DMN/20191111/MODEL/",  # 1.3
    "https://www.omg.org/spec/DMN/20211108/MODEL/",  # 1.4
    "https://www.omg.org/spec/DMN/20230324/MODEL/",  # 1.5
    "http://www.omg.org/spec/DMN/20180521/MODEL/",  # 1.2
)


def _local(node: Any) -> str:
    name = node.tag
    if not isinstance(name, str) or "}" not in name:
        return ""
    namespace, local = name[1:].split("}")
    return local if namespace in NAMESPACES else ""


def _children(node: Any, name: str) -> list[Any]:
    return [each for each in node if _local(each) == name]


def _text(node: Any, *path: str) -> str:
    """The text at the end of a path of child names; empty when there is none."""
    for name in path:
        found = _children(node, name)
        if not found:
            return ""
        node = found[0]
    return (node.text or "").strip()


def _values(text: str) -> tuple[str, ...]:
    """The entries of ``"a","b","c"`` in order."""
    parts = [part.strip() for part in text.split(",")]
    return tuple(part.strip('"') for part in parts if part)


def _inputs(table: Any) -> Iterator[Input]:
    for number, column in enumerate(_children(table, "input"), 1):
        expression = _text(column, "inputExpression", "text")
        label = column.get("label") or expression or str(number)
        yield Input(column.get("id", ""), label, expression)


def _outputs(table: Any, fallback: str) -> Iterator[Output]:
    for column in _children(table, "output"):
        name = column.get("name") or fallback
        yield Output(
            name=name,
            label=column.get("label") or name,
            values=_values(_text(column, "outputValues", "text")),
            default=_text(column, "defaultOutputEntry", "text"),
        )


def _rules(table: Any) -> Iterator[Rule]:
    for number, row in enumerate(_children(table, "rule"), 1):
        yield Rule(
            id=row.get("id") or f"rule_{number}",
            number=number,
            tests=tuple(_text(cell, "text") for cell in _children(row, "inputEntry")),
            answers=tuple(_text(cell, "text") for cell in _children(row, "outputEntry")),
            description=_text(row, "description"),
        )


def _table(decision: Any, known: dict[str, DecisionTable]) -> DecisionTable:
    table = _children(decision, "decisionTable")[0]
    fallback = next((v.get("name") for v in _children(decision, "variable")), None)
    return DecisionTable(
        id=decision.get("id", ""),
        name=decision.get("name", ""),
        inputs=tuple(_inputs(table)),
        outputs=tuple(_outputs(table, fallback or decision.get("id", ""))),
        rules=tuple(_rules(table)),
        hit_policy=table.get("hitPolicy", "UNIQUE"),
        aggregation=table.get("aggregation", ""),
        required=tuple(known[name] for name in _required(decision) if name in known),
    )


def _required(decision: Any) -> list[str]:
    found = []
    for requirement in _children(decision, "informationRequirement"):
        for link in _children(requirement, "requiredDecision"):
            found.append(link.get("href", "").removeprefix("#"))
    return found


def _structure(decision: Any, file: str) -> Iterator[Problem]:
    place = f"{file}#{decision.get('id', '')}"
    tables = _children(decision, "decisionTable")
    if len(tables) != 1:
        yield Problem("decisions.no_table", {"name": decision.get("name", "")}, place)
        return
    table = tables[0]
    policy = table.get("hitPolicy", "UNIQUE")
    if policy not in HIT_POLICIES or table.get("aggregation", "") not in AGGREGATIONS:
        yield Problem("decisions.unknown_policy", {"policy": policy}, place)
    inputs, outputs = len(_children(table, "input")), len(_children(table, "output"))
    if not inputs or not outputs:
        yield Problem("decisions.no_columns", {}, place)
    for rule in _rules(table):
        if len(rule.tests) != inputs or len(rule.answers) != outputs:
            yield Problem("decisions.uneven", {"rule": rule.number}, f"{file}#{rule.id}")


def _in_order(decisions: dict[str, Any], file: str) -> list[Any]:
    """Required decisions first. Raises BadProgramme when they need each other in a circle."""
    ordered: dict[str, Any] = {}
    while len(ordered) < len(decisions):
        ready = [
            name
            for name, node in decisions.items()
            if name not in ordered
            and all(r in ordered or r not in decisions for r in _required(node))
        ]
        if not ready:
            rest = ", ".join(name for name in decisions if name not in ordered)
            raise BadProgramme([Problem("decisions.circle", {"names": rest}, file)])
        ordered.update({name: decisions[name] for name in ready})
    return list(ordered.values())


def _missing(decisions: dict[str, Any], file: str) -> Iterator[Problem]:
    for name, node in decisions.items():
        for needed in _required(node):
            if needed not in decisions:
                yield Problem("decisions.missing", {"name": needed}, f"{file}#{name}")


def parse(xml: bytes, file: str) -> tuple[DecisionTable, ...]:
    """The decision tables of a DMN file. Raises BadProgramme with all structural problems."""
    root = load_xml(xml, file)
    if _local(root) != "definitions":
        raise BadProgramme([Problem("decisions.no_dmn", {}, file)])
    nodes = _children(root, "decision")
    decisions = {node.get("id", ""): node for node in nodes}
    problems = [problem for node in nodes for problem in _structure(node, file)]
    problems += _missing(decisions, file)
    if not nodes:
        problems.append(Problem("decisions.empty", {}, file))
    if len(decisions) < len(nodes):
        problems.append(Problem("decisions.twice", {}, file))
    if problems:
        raise BadProgramme(problems)
    known: dict[str, DecisionTable] = {}
    for node in _in_order(decisions, file):
        known[node.get("id", "")] = _table(node, known)
    return tuple(known[name] for name in decisions)
