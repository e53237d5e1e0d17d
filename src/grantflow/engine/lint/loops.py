"""Rules about activities that are done several times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grantflow.engine.lint.context import Context
from grantflow.engine.lint.diagram import Level
from grantflow.engine.lint.feel import feel, variable
from grantflow.engine.writes import loop_item
from grantflow.engine.xml import child, local, text
from grantflow.errors import Problem

_ONCE = ("scriptTask", "sendTask", "businessRuleTask")


def check(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    """All rules of this file for one node."""
    standard = child(node, "standardLoopCharacteristics")
    several = child(node, "multiInstanceLoopCharacteristics")
    if standard is not None:
        yield from _standard(level, node, standard, context)
    if several is not None:
        yield from _several(level, node, several, context)
    if standard is not None and several is not None:
        yield level.problem("two_loops", node)


def _standard(level: Level, node: Any, loop: Any, context: Context) -> Iterator[Problem]:
    condition = text(child(loop, "loopCondition"))
    maximum = loop.get("loopMaximum")
    if not condition and maximum is None:
        yield level.problem("loop_without_end", node)
    if maximum is not None and not (maximum.isdigit() and 0 < int(maximum) <= 1_000):
        yield level.problem("bad_maximum", node, value=maximum)
    if condition:
        yield from feel(level, node, condition, context)


def _several(level: Level, node: Any, loop: Any, context: Context) -> Iterator[Problem]:
    if child(loop, "loopCardinality") is not None:
        yield level.problem("cardinality", node)
        return
    collection = text(child(loop, "loopDataInputRef"))
    item = loop_item(child(loop, "inputDataItem"))
    output = text(child(loop, "loopDataOutputRef"))
    result = loop_item(child(loop, "outputDataItem"))
    if not item:
        yield level.problem("no_item", node)
    if not collection:
        yield level.problem("no_collection", node)
    elif collection not in context.variables:
        yield level.problem("unknown_variable", node, variable=collection, expression=collection)
    yield from _results(level, node, collection, output, result)
    for name in filter(None, (item, output, result)):
        yield from variable(level, node, name, context)
    condition = text(child(loop, "completionCondition"))
    if condition:
        counts = {"numberOfInstances", "numberOfCompletedInstances", item, result}
        yield from feel(level, node, condition, context, counts)


def _results(
    level: Level, node: Any, collection: str, output: str, result: str
) -> Iterator[Problem]:
    if bool(output) != bool(result):
        yield level.problem("half_output", node)
    if output and output == collection:
        yield level.problem("output_is_input", node, variable=output)


def items_around(node: Any) -> set[str]:
    """The loop variables that are set inside an element: its own and those of what encloses it."""
    found: set[str] = set()
    while node is not None and local(node):
        loop = child(node, "multiInstanceLoopCharacteristics")
        if loop is not None:
            found |= {loop_item(child(loop, n)) for n in ("inputDataItem", "outputDataItem")}
        node = node.getparent()
    return found - {""}
