"""Rules about the bones of a diagram: ids, starts, ends, reachability, size, unknown elements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from grantflow.engine.elements import EVENTS, kind_of
from grantflow.engine.lint.diagram import Diagram, Level, reachable
from grantflow.engine.lint.size import predicted
from grantflow.engine.rewrite import is_event_subprocess
from grantflow.engine.xml import SPIFF, children, local, properties, tag
from grantflow.errors import Problem

MAX_NODES = 250
MAX_PREDICTED = 2_000
_TICKED = ("holds_payments", "changes_grant")
PROCESS_PROPERTIES = frozenset(("name_en", *_TICKED))
_RESERVED = ("__body", "__trigger", "__start", "__end")
_PLAIN = frozenset(
    ("documentation", "extensionElements", "incoming", "outgoing", "sequenceFlow", "laneSet",
     "textAnnotation", "association", "group", "script", "standardLoopCharacteristics",
     "multiInstanceLoopCharacteristics")
)  # fmt: skip


def across(diagrams: Iterable[Diagram]) -> Iterator[Problem]:
    """Process ids must be unique in the programme; processes must not call each other round."""
    owner: dict[str, str] = {}
    calls: dict[str, set[str]] = {}
    places: dict[str, str] = {}
    for diagram in diagrams:
        for process in diagram.processes:
            own = process.get("id", "")
            place = f"{diagram.file}#{own}"
            if own in owner:
                params = {"process": own, "file": owner[own]}
                yield Problem("lint.process_twice", params, place)
            owner[own], places[own] = diagram.file, place
            calls[own] = {c.get("calledElement", "") for c in process.iter(tag("callActivity"))}
    for own in calls:
        if own in _called(calls, own):
            yield Problem("lint.calls_itself", {"process": own}, places[own])


def _called(calls: dict[str, set[str]], own: str) -> set[str]:
    seen: set[str] = set()
    todo = list(calls[own])
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += calls.get(here, ())
    return seen


def of_file(diagram: Diagram) -> Iterator[Problem]:
    """Ids, executability and elements nobody knows."""
    nodes = [node for node in diagram.root.iter() if local(node)]
    ids = Counter(node.get("id") for node in nodes if node.get("id"))
    for name, count in sorted(ids.items()):
        if count > 1:
            yield Problem("lint.id_twice", {"element": name}, f"{diagram.file}#{name}")
        if name.endswith(_RESERVED):
            yield Problem("lint.reserved_id", {"element": name}, f"{diagram.file}#{name}")
    for process in diagram.processes:
        if process.get("isExecutable") != "true":
            place = f"{diagram.file}#{process.get('id', '')}"
            yield Problem("lint.not_executable", {"element": process.get("id", "")}, place)
        yield from _strangers(diagram, process)


def _strangers(diagram: Diagram, scope: Any) -> Iterator[Problem]:
    for node in children(scope):
        place = f"{diagram.file}#{node.get('id') or scope.get('id', '')}"
        name = local(node)
        if name == "extensionElements":
            yield from _extensions(diagram, scope, node)
        elif not kind_of(node) and name not in _PLAIN:
            params = {"kind": name, "name": node.get("name") or node.get("id", "")}
            yield Problem("lint.unknown_element", params, place)
        elif kind_of(node):
            if not node.get("id"):
                yield Problem("lint.no_id", {"kind": name}, place)
            if name == "subProcess":
                yield from _strangers(diagram, node)
            else:
                yield from _inside(diagram, node)


def _inside(diagram: Diagram, node: Any) -> Iterator[Problem]:
    """What stands in an element that is not a level."""
    place = f"{diagram.file}#{node.get('id', '')}"
    for part in children(node):
        name = local(part)
        if name == "extensionElements":
            yield from _extensions(diagram, node, part)
        elif name.endswith("EventDefinition"):
            if name not in EVENTS:
                params = {
                    "kind": name.removesuffix("EventDefinition"),
                    "name": node.get("name") or node.get("id", ""),
                }
                yield Problem("lint.unknown_event", params, place)
        elif name not in _PLAIN:
            params = {"kind": name, "name": node.get("name") or node.get("id", "")}
            yield Problem("lint.unknown_element", params, place)


def _extensions(diagram: Diagram, owner: Any, extensions: Any) -> Iterator[Problem]:
    for each in extensions:
        if isinstance(each.tag, str) and each.tag != f"{{{SPIFF}}}properties":
            params = {"kind": each.tag.split("}")[-1], "element": owner.get("id", "")}
            yield Problem("lint.unknown_extension", params, f"{diagram.file}#{owner.get('id', '')}")


def of_level(level: Level) -> Iterator[Problem]:
    """Start, end, reachability and size of one level, and what a process says of itself."""
    if level.is_process:
        yield from _own(level)
    yield from _starts(level)
    yield from _reach(level)
    for node in level.nodes:
        yield from _ends(level, node)
    if len(level.nodes) > MAX_NODES:
        yield level.problem("many_nodes", level.scope, count=len(level.nodes), limit=MAX_NODES)
    elif predicted(level) > MAX_PREDICTED:
        yield level.problem("many_paths", level.scope, limit=MAX_PREDICTED)


def _own(level: Level) -> Iterator[Problem]:
    own = properties(level.scope)
    for name in sorted(set(own) - PROCESS_PROPERTIES):
        yield level.problem("unknown_property", level.scope, property=name)
    for name in _TICKED:
        value = own.get(name, "false")
        if value not in ("true", "false"):
            facts = {"property": name, "value": value, "allowed": "true, false"}
            yield level.problem("bad_choice", level.scope, **facts)


def _starts(level: Level) -> Iterator[Problem]:
    starts = [node for node in level.nodes if local(node) == "startEvent"]
    if not starts:
        yield level.problem("no_start", level.scope)
    for extra in starts[1:]:
        yield level.problem("several_starts", extra)
    if not any(local(node) == "endEvent" for node in level.nodes):
        yield level.problem("no_end", level.scope)


def _reach(level: Level) -> Iterator[Problem]:
    """What cannot be reached or left; only where that begins, not every step it makes follow."""
    starts = {n.get("id", "") for n in level.nodes if local(n) == "startEvent"}
    loose = {n.get("id", "") for n in level.nodes if is_event_subprocess(n)}
    ends = {n.get("id", "") for n in level.nodes if local(n) == "endEvent"}
    forward = reachable(level, starts) | loose
    backward = reachable(level, ends, backwards=True) | loose
    lost = [n for n in level.nodes if starts and n.get("id", "") not in forward]
    stuck = [n for n in level.nodes if ends and n.get("id", "") in forward - backward]
    for node, after in _first(level, lost, backwards=True):
        yield level.problem("unreachable_too" if after else "unreachable", node, count=after)
    for node, _ in _first(level, stuck, backwards=False):
        if level.outgoing(node.get("id", "")):  # else it is a dead end, which is said elsewhere
            yield level.problem("no_way_to_end", node)


def _first(level: Level, nodes: list[Any], *, backwards: bool) -> Iterator[tuple[Any, int]]:
    """Of these nodes those that the others follow from, and how many follow from each.

    The one with the least before it (``backwards``) or behind it is first; a ring has one first.
    """
    by_id = {node.get("id", ""): node for node in nodes}
    around = {own: reachable(level, {own}, backwards=backwards) for own in by_id}
    told: set[str] = set()
    for own in sorted(by_id, key=lambda one: len(around[one])):
        if own not in told:
            following = {one for one in by_id if own in around[one]} - told
            told |= following
            yield by_id[own], len(following) - 1


def _ends(level: Level, node: Any) -> Iterator[Problem]:
    own, kind = node.get("id", ""), local(node)
    entering, leaving = level.incoming(own), level.outgoing(own)
    if kind in ("startEvent", "boundaryEvent") and entering:
        yield level.problem("flow_into_start", node)
    if kind == "endEvent" and leaving:
        yield level.problem("flow_out_of_end", node)
    if is_event_subprocess(node) and (entering or leaving):
        yield level.problem("flow_at_event_subprocess", node)
    if kind != "endEvent" and not is_event_subprocess(node) and not leaving:
        yield level.problem("dead_end", node)
