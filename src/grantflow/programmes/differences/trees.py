"""XML without its accidents: values of an element by name, and a text that only content changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
# What an editor may leave out or write down; both mean the same.
_USUAL = {
    "cancelActivity": "true",
    "isInterrupting": "true",
    "isSequential": "false",
    "triggeredByEvent": "false",
    "isForCompensation": "false",
    "hitPolicy": "UNIQUE",
}
# The order of what lies in these elements means nothing.
_HEAPS = frozenset(
    (
        *("definitions", "process", "subProcess", "collaboration", "laneSet", "lane"),
        *("properties", "BPMNPlane"),
    )
)
_LINKS = ("incoming", "outgoing")
_WRAPPERS = ("extensionElements", "properties")


def name_of(node: Any) -> str:
    """The name of a tag or attribute without its namespace."""
    written = node if isinstance(node, str) else str(node.tag)
    return written.rpartition("}")[2]


def values(node: Any, apart: Callable[[Any], bool]) -> dict[str, str]:
    """Attributes and texts of an element and of what lies in it, by the way to them.

    What is ``apart`` is left out; GrantFlow properties are named as themselves.
    """
    found: dict[str, str] = {}
    for way, value in _values(node, "", apart):
        number, key = 1, way
        while key in found:
            number += 1
            key = f"{way}.{number}"
        found[key] = value
    return found


def _values(node: Any, way: str, apart: Callable[[Any], bool]) -> Iterator[tuple[str, str]]:
    for key, value in _attributes(node):
        if key != "id":
            yield f"{way}{key}", value
    for child in node:
        yield from _inside(child, way, apart)


def _inside(child: Any, way: str, apart: Callable[[Any], bool]) -> Iterator[tuple[str, str]]:
    name, text = name_of(child), (child.text or "").strip()
    if apart(child) or name in _LINKS:
        return
    if name == "property" and child.get("name"):
        yield child.get("name"), (child.get("value") or "").strip()
        return
    if text:
        yield f"{way}{name}", text
    elif not len(child) and not _told(child):
        yield f"{way}{name}", "true"
    yield from _values(child, "" if name in _WRAPPERS else f"{way}{name}.", apart)


def _told(node: Any) -> bool:
    """Whether the element says anything but that it is there."""
    return name_of(node) in _WRAPPERS or any(key != "id" for key, _ in _attributes(node))


def _attributes(node: Any) -> list[tuple[str, str]]:
    """Attributes in the order of their names, without types and what goes without saying."""
    return sorted(
        (name_of(key), value)
        for key, value in node.attrib.items()
        if not key.startswith(_XSI) and _USUAL.get(name_of(key)) != value
    )


def written(node: Any, depth: int = 0) -> Iterator[str]:
    """The lines of an element: attributes by name, and by id what has no order."""
    indent = "  " * depth
    name = name_of(node)
    inside = "".join(f' {key}="{value}"' for key, value in _attributes(node))
    text = (node.text or "").strip().splitlines()
    yield f"{indent}{name}{inside}" + (f": {text[0]}" if len(text) == 1 else "")
    yield from (f"{indent}    {line}" for line in text if len(text) > 1)
    for child in _in_order(node):
        yield from written(child, depth + 1)


def _in_order(node: Any) -> list[Any]:
    children = list(node)
    if name_of(node) in _HEAPS:
        return sorted(children, key=_rank)
    # The links of an element stand before everything else and in no order.
    links = [child for child in children if name_of(child) in _LINKS]
    return [*sorted(links, key=_rank), *(c for c in children if name_of(c) not in _LINKS)]


def _rank(node: Any) -> tuple[str, str]:
    own = node.get("bpmnElement") or node.get("id") or node.get("name")
    return own or "", f"{name_of(node)} {(node.text or '').strip()}"
