"""Which variables a process sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grantflow.decisions import DecisionTable
from grantflow.engine.elements import CATCHING, flow_nodes, payload_of
from grantflow.engine.script import NotAScript, parse_script
from grantflow.engine.xml import child, local, properties, text


def loop_item(node: Any | None) -> str:
    """The variable of an inputDataItem or outputDataItem: its name, else its id."""
    return "" if node is None else node.get("name") or node.get("id", "")


def _script(node: Any) -> Iterator[str]:
    try:
        yield from (each.name for each in parse_script(text(child(node, "script"))))
    except NotAScript:
        return


def _of_node(node: Any, decisions: Mapping[str, DecisionTable]) -> Iterator[str]:
    kind = local(node)
    own = properties(node)
    if kind == "scriptTask":
        yield from _script(node)
    elif kind == "serviceTask":
        yield own.get("result", "")
    elif kind == "businessRuleTask" and own.get("decision") in decisions:
        yield from decisions[own["decision"]].output_names()
    elif kind in (*CATCHING, "receiveTask", "startEvent"):
        yield from payload_of(node)
    loop = child(node, "multiInstanceLoopCharacteristics")
    if loop is not None:
        yield text(child(loop, "loopDataOutputRef"))


def written(process: Any, decisions: Mapping[str, DecisionTable]) -> frozenset[str]:
    """The names that scripts, decisions, effects, messages and loops of a process set."""
    found = {name for node in flow_nodes(process) for name in _of_node(node, decisions)}
    return frozenset(found - {""})
