"""Puts event sub-processes into a form that runs rightly in SpiffWorkflow.

SpiffWorkflow changes the shared diagram when an event sub-process starts, ignores whether it
interrupts, does not see those inside sub-processes, and lets one that waits for a timer hold up the
end. So a level with event sub-processes is drawn anew: everything else moves into an inner
sub-process (its *body*), and each event sub-process hangs on its border like a boundary event.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lxml import etree

from grantflow.engine.elements import EVENTS
from grantflow.engine.xml import children, local, tag

BODY = "__body"
_STAYS = frozenset(
    ("laneSet", "extensionElements", "documentation", "incoming", "outgoing", "ioSpecification",
     "multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
)  # fmt: skip


def is_event_subprocess(node: Any) -> bool:
    """Whether a node is a sub-process that an event starts."""
    return local(node) == "subProcess" and node.get("triggeredByEvent") == "true"


def rewrite(scope: Any) -> None:
    """Redraw a process (in place), the innermost levels first."""
    for inner in list(children(scope, "subProcess")):
        rewrite(inner)
    hanging = [node for node in children(scope) if is_event_subprocess(node)]
    if hanging:
        _wrap(scope, hanging)


def _wrap(scope: Any, hanging: list[Any]) -> None:
    own = scope.get("id")
    body = etree.Element(tag("subProcess"), id=own + BODY)
    for node in [n for n in children(scope) if local(n) not in _STAYS and n not in hanging]:
        body.append(node)
    _add(scope, "startEvent", own + "__start")
    scope.append(body)
    _add(scope, "endEvent", own + "__end")
    _flow(scope, own + "__start", body.get("id"))
    _flow(scope, body.get("id"), own + "__end")
    for node in hanging:
        _hang(scope, body, node)


def _hang(scope: Any, body: Any, node: Any) -> None:
    """Start an event sub-process by a boundary event that bears the id of its start event."""
    del node.attrib["triggeredByEvent"]
    start = next(children(node, "startEvent"))
    trigger = _add(scope, "boundaryEvent", trigger_id(start.get("id")))
    trigger.set("attachedToRef", body.get("id"))
    trigger.set("cancelActivity", start.get("isInterrupting", "true"))
    if start.get("name"):
        trigger.set("name", start.get("name"))
    for definition in [n for n in children(start) if local(n) in EVENTS]:
        trigger.append(definition)
    for extension in children(start, "extensionElements"):
        trigger.append(deepcopy(extension))
    _add(scope, "endEvent", node.get("id") + "__end")
    _flow(scope, trigger.get("id"), node.get("id"))
    _flow(scope, node.get("id"), node.get("id") + "__end")


def trigger_id(start_id: str) -> str:
    """The id of the boundary event that stands for the start event of an event sub-process."""
    return start_id + "__trigger"


def element_of(inner_id: str) -> str:
    """The id in the drawn diagram for an id in the redrawn one."""
    return inner_id.removesuffix("__trigger")


def _add(scope: Any, name: str, new_id: str) -> Any:
    return etree.SubElement(scope, tag(name), id=new_id)


def _flow(scope: Any, source: str, target: str) -> None:
    flow = _add(scope, "sequenceFlow", f"{source}__to__{target}")
    flow.set("sourceRef", source)
    flow.set("targetRef", target)
