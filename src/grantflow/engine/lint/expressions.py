"""Rules about the expressions in conditions, scripts and properties of a node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grantflow.engine.lint.context import Context
from grantflow.engine.lint.diagram import Level
from grantflow.engine.lint.feel import feel
from grantflow.engine.lint.loops import items_around
from grantflow.engine.script import NotAScript, parse_script
from grantflow.engine.xml import child, local, properties, text
from grantflow.errors import Problem


def check(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    """All rules of this file for one node and the flows that leave it."""
    items = items_around(node)
    for value in properties(node).values():
        if value.startswith("="):
            yield from feel(level, node, value, context, items)
    for flow in level.outgoing(node.get("id", "")):
        if flow.condition and local(node) in ("exclusiveGateway", "inclusiveGateway"):
            yield from feel(level, flow.node, flow.condition, context, items)
    if local(node) == "scriptTask":
        yield from _script(level, node, context, items)


def _script(level: Level, node: Any, context: Context, items: set[str]) -> Iterator[Problem]:
    try:
        assignments = parse_script(text(child(node, "script")))
    except NotAScript:
        return
    for each in assignments:
        yield from feel(level, node, each.expression, context, items)
