"""What a diagram shows: its elements with names, lanes and GrantFlow properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grantflow.engine.xml import child, children, local, properties, text

KINDS: Mapping[str, str] = {
    "userTask": "user",
    "serviceTask": "service",
    "businessRuleTask": "decision",
    "scriptTask": "script",
    "callActivity": "call",
    "subProcess": "subprocess",
    "startEvent": "start",
    "endEvent": "end",
    "exclusiveGateway": "gateway",
    "inclusiveGateway": "gateway",
    "parallelGateway": "gateway",
    "eventBasedGateway": "gateway",
    "intermediateThrowEvent": "throw",
    "sendTask": "throw",
    "receiveTask": "message",
}
CATCHING = ("intermediateCatchEvent", "boundaryEvent")
EVENTS: Mapping[str, str] = {
    "timerEventDefinition": "timer",
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "terminateEventDefinition": "terminate",
}


@dataclass(frozen=True)
class Element:
    """One element of a diagram; ``name`` is German, ``lane`` the name of its lane or empty."""

    id: str
    kind: str
    name: str
    name_en: str
    lane: str
    properties: Mapping[str, str]


def event_kind(node: Any) -> str:
    """What kind of event an event element is; empty for a plain one."""
    return next((EVENTS[local(each)] for each in node if local(each) in EVENTS), "")


def kind_of(node: Any) -> str:
    """The kind of an element as ``Passed`` names it; empty for what does not run."""
    name = local(node)
    if name in CATCHING:
        return event_kind(node) or "event"
    if name == "subProcess" and node.get("triggeredByEvent") == "true":
        return "event_subprocess"
    return KINDS.get(name, "")


def flow_nodes(scope: Any) -> Iterator[Any]:
    """All elements that run, of a process and of the sub-processes in it."""
    for node in children(scope):
        if kind_of(node):
            yield node
        if local(node) == "subProcess":
            yield from flow_nodes(node)


def lanes_of(process: Any) -> dict[str, str]:
    """The lane of each element that lies in one."""
    found: dict[str, str] = {}
    for lane in process.iter():
        if local(lane) == "lane":
            # Lanes inside lanes come later, so the innermost one stays.
            for reference in children(lane, "flowNodeRef"):
                found[text(reference)] = lane.get("name", "")
    return found


def innermost_lane(node: Any, lanes: Mapping[str, str]) -> str:
    """The lane of an element or of the sub-process it lies in."""
    while node is not None:
        if node.get("id") in lanes:
            return lanes[node.get("id")]
        node = node.getparent()
    return ""


def read_elements(process: Any) -> dict[str, Element]:
    """The elements of a process by id, sub-processes included."""
    lanes = lanes_of(process)
    found = {}
    for node in flow_nodes(process):
        own = properties(node)
        found[node.get("id", "")] = Element(
            id=node.get("id", ""),
            kind=kind_of(node),
            name=node.get("name", ""),
            name_en=own.get("name_en", ""),
            lane=innermost_lane(node, lanes),
            properties=own,
        )
    return found


def names(value: str | None) -> tuple[str, ...]:
    """The parts of a comma-separated list."""
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def payload_of(node: Any) -> tuple[str, ...]:
    """The variables an event takes from (or puts into) its payload."""
    return names(properties(node).get("payload"))


def condition_of(node: Any) -> str:
    """Which of the events that come are meant: FEEL over the data and the payload, or empty."""
    return properties(node).get("when", "")


def message_start(process: Any) -> str | None:
    """The name of the message that starts a process."""
    for start in children(process, "startEvent"):
        definition = child(start, "messageEventDefinition")
        if definition is not None:
            return referenced(definition, "message")
    return None


def referenced(definition: Any, what: str) -> str:
    """The name behind messageRef, signalRef, or the code behind errorRef, escalationRef."""
    root = definition.getroottree().getroot()
    wanted = definition.get(f"{what}Ref")
    for each in children(root, what):
        if wanted and each.get("id") == wanted.split(":")[-1]:
            code = {"error": "errorCode", "escalation": "escalationCode"}.get(what, "name")
            return str(each.get(code) or each.get("name", ""))
    return ""
