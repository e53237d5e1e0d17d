"""A diagram as the rules look at it: levels with nodes and flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from grantflow.engine.elements import kind_of
from grantflow.engine.xml import child, children, load_xml, local, tag, text
from grantflow.errors import BadProgramme, Problem


@dataclass(frozen=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    condition: str
    node: Any


@dataclass(frozen=True)
class Level:
    """A process or an embedded sub-process with what lies directly in it."""

    file: str
    scope: Any
    nodes: tuple[Any, ...]
    flows: tuple[Flow, ...]
    by_id: Mapping[str, Any] = field(repr=False)

    def place(self, node: Any) -> str:
        """Where a problem of a node is shown."""
        return f"{self.file}#{node.get('id', '')}"

    def problem(self, code: str, node: Any, **params: Any) -> Problem:
        """A problem of a node; every text may use its ``name`` and ``element`` id."""
        element = node.get("id", "")
        name = node.get("name") or element
        return Problem(
            f"lint.{code}", {"name": name, "element": element, **params}, self.place(node)
        )

    def outgoing(self, node_id: str) -> list[Flow]:
        """The flows that leave a node."""
        return [flow for flow in self.flows if flow.source == node_id]

    def incoming(self, node_id: str) -> list[Flow]:
        """The flows that enter a node."""
        return [flow for flow in self.flows if flow.target == node_id]

    def boundary(self, node_id: str) -> list[Any]:
        """The events on the border of an activity."""
        return [n for n in self.nodes if n.get("attachedToRef") == node_id]

    @property
    def is_process(self) -> bool:
        """Whether this is the outermost level."""
        return local(self.scope) == "process"


@dataclass(frozen=True)
class Diagram:
    """One file."""

    file: str
    root: Any
    processes: tuple[Any, ...]
    levels: tuple[Level, ...]


def _flows(scope: Any) -> Iterator[Flow]:
    for node in children(scope, "sequenceFlow"):
        yield Flow(
            id=node.get("id", ""),
            source=node.get("sourceRef", ""),
            target=node.get("targetRef", ""),
            condition=text(child(node, "conditionExpression")),
            node=node,
        )


def _levels(scope: Any, file: str) -> Iterator[Level]:
    nodes = tuple(node for node in children(scope) if kind_of(node))
    by_id = {node.get("id", ""): node for node in nodes}
    yield Level(file, scope, nodes, tuple(_flows(scope)), by_id)
    for inner in children(scope, "subProcess"):
        yield from _levels(inner, file)


def read(raw: bytes, file: str) -> Diagram:
    """Read a file for the rules. Raises BadProgramme when it is no BPMN at all."""
    root = load_xml(raw, file)
    processes = tuple(children(root, "process"))
    if root.tag != tag("definitions") or not processes:
        raise BadProgramme([Problem("lint.no_bpmn", {}, file)])
    levels = tuple(level for process in processes for level in _levels(process, file))
    return Diagram(file, root, processes, levels)


def reachable(level: Level, starts: set[str], *, backwards: bool = False) -> set[str]:
    """All ids that can be reached along the flows (and from an activity to its border events)."""
    step: dict[str, set[str]] = {}
    for flow in level.flows:
        ends = (flow.target, flow.source) if backwards else (flow.source, flow.target)
        step.setdefault(ends[0], set()).add(ends[1])
    for node in level.nodes:
        host = node.get("attachedToRef")
        if host:
            ends = (node.get("id", ""), host) if backwards else (host, node.get("id", ""))
            step.setdefault(ends[0], set()).add(ends[1])
    seen, todo = set(starts), list(starts)
    while todo:
        for following in step.get(todo.pop(), set()) - seen:
            seen.add(following)
            todo.append(following)
    return seen
