"""Reads diagrams as XML, hardened, and the names that occur in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from grantflow.decisions.xml import load_xml

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"

__all__ = ["BPMN", "BPMNDI", "SPIFF", "child", "children", "load_xml", "local", "properties", "tag"]


@cache
def tag(name: str) -> str:
    """The full name of a BPMN tag."""
    return f"{{{BPMN}}}{name}"


_PREFIX = tag("")


def local(node: Any) -> str:
    """The name of a BPMN node without its namespace; empty for nodes of other namespaces."""
    name = node.tag
    return name[len(_PREFIX) :] if isinstance(name, str) and name.startswith(_PREFIX) else ""


def children(node: Any, *names: str) -> Iterator[Any]:
    """The direct BPMN children with one of these names; all when none is given."""
    yield from node.iterchildren(*map(tag, names or "*"))


def child(node: Any, name: str) -> Any | None:
    """The first direct BPMN child of this name."""
    return next(children(node, name), None)


def text(node: Any | None) -> str:
    """The text of a node without surrounding blanks."""
    return (node.text or "").strip() if node is not None else ""


def properties(node: Any) -> dict[str, str]:
    """The GrantFlow properties of an element."""
    found: dict[str, str] = {}
    for extension in children(node, "extensionElements"):
        for group in extension.iterchildren(f"{{{SPIFF}}}properties"):
            for each in group.iterchildren(f"{{{SPIFF}}}property"):
                found[each.get("name", "")] = each.get("value", "").strip()
    return found
