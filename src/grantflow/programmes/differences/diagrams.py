"""A BPMN diagram taken apart: elements, flows, lanes and messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grantflow.engine.elements import kind_of
from grantflow.engine.xml import local, properties
from grantflow.programmes.differences.parts import Part, Reading
from grantflow.programmes.differences.trees import name_of, values, written
from grantflow.texts import Said, Worded

_PARTS = frozenset(
    (
        *("process", "participant", "messageFlow", "lane", "sequenceFlow", "textAnnotation"),
        *("association", "group", "message", "signal", "error", "escalation"),
    )
)
_FRAMES = ("laneSet", "collaboration")
_MEMBERS = "flowNodeRef"


def read(root: Any) -> Reading:
    """The parts of a diagram. Elements without an id are seen in the element around them."""
    nodes = [node for node in root.iter() if _is_part(node)]
    names = {node.get("id"): _name(node) for node in nodes}
    lanes = dict(_lanes(root))
    parts = {part.id: part for part in (_part(node, names, lanes) for node in nodes)}
    return Reading(parts, dict(_layout(root)))


def _is_part(node: Any) -> bool:
    known = local(node) in _PARTS or bool(kind_of(node)) or local(node).endswith("Task")
    return bool(node.get("id")) and known


def _apart(node: Any) -> bool:
    return _is_part(node) or name_of(node) in (*_FRAMES, _MEMBERS)


def _part(node: Any, names: dict[str, Said], lanes: dict[str, str]) -> Part:
    own, found = node.get("id"), values(node, _apart)
    around = node.getparent()
    if local(around) == "subProcess":
        found["inside"] = around.get("id", "")
    if own in lanes:
        found["lane"] = lanes[own]
    return Part(own, local(node), _flow_name(node, names) or names[own], found)


def _name(node: Any) -> Said:
    text = next((t.text or "" for t in node if local(t) == "text"), "")
    name = node.get("name") or text.strip() or node.get("id")
    return Worded(name, properties(node).get("name_en") or name)


def _flow_name(node: Any, names: dict[str, Said]) -> Said | None:
    """A flow is known by where it leads from and to."""
    ends = [names.get(node.get(side, "")) for side in ("sourceRef", "targetRef")]
    if ends[0] is None or ends[1] is None:
        return None
    return Said("differences.flow", {"source": ends[0], "target": ends[1]})


def _lanes(root: Any) -> Iterator[tuple[str, str]]:
    for lane in root.iter():
        if local(lane) == "lane":
            for reference in lane:
                if local(reference) == _MEMBERS:
                    yield (reference.text or "").strip(), lane.get("id", "")


def _layout(root: Any) -> Iterator[tuple[str, str]]:
    for shape in root.iter():
        element = shape.get("bpmnElement")
        if element and name_of(shape) != "BPMNPlane":
            yield element, "\n".join(line for each in shape for line in written(each))
