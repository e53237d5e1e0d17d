"""A DMN file taken apart: tables, their columns, and their rows cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grantflow.programmes.differences.parts import Part, Reading
from grantflow.programmes.differences.trees import name_of, values, written
from grantflow.texts import Said, Worded

_COLUMNS = {"input": "inputEntry", "output": "outputEntry"}


def read(root: Any) -> Reading:
    """The parts of a file of decision tables; the order of columns and rows counts."""
    parts = list(_parts(root))
    order = tuple(part.id for part in parts if part.kind in (*_COLUMNS, "rule"))
    return Reading({part.id: part for part in parts}, dict(_layout(root)), order)


def _parts(root: Any) -> Iterator[Part]:
    for number, node in enumerate(each for each in root if name_of(each) != "DMNDI"):
        own = node.get("id") or f"part_{number}"
        yield Part(own, name_of(node), _words(node, own), values(node, _apart))
        for table in node:
            if name_of(table) == "decisionTable":
                yield from _columns(table, own)
                yield from _rules(table, own)


def _apart(node: Any) -> bool:
    return name_of(node) in (*_COLUMNS, "rule")


def _words(node: Any, fallback: str) -> Said:
    name = node.get("label") or node.get("name") or fallback
    return Worded(name, name)


def _columns(table: Any, owner: str) -> Iterator[Part]:
    for number, column in enumerate(node for node in table if name_of(node) in _COLUMNS):
        own = column.get("id") or f"{owner}_column_{number}"
        yield Part(own, name_of(column), _words(column, own), values(column, _never))


def _never(_: Any) -> bool:
    return False


def _rules(table: Any, owner: str) -> Iterator[Part]:
    columns = {
        entry: [str(_words(node, str(number))) for number, node in enumerate(_named(table, kind))]
        for kind, entry in _COLUMNS.items()
    }
    for number, rule in enumerate(_named(table, "rule"), 1):
        own = rule.get("id") or f"{owner}_row_{number}"
        cells, headings = {}, {}
        for entry, labels in columns.items():
            for place, cell in enumerate(_named(rule, entry)):
                key = f"{entry}_{place}"
                cells[key] = "".join(t.text or "" for t in _named(cell, "text")).strip()
                headings[key] = labels[place] if place < len(labels) else str(place + 1)
        cells |= {key: v for key, v in values(rule, _is_cell).items() if v}
        yield Part(own, "rule", Said("differences.row", {"number": number}), cells, headings)


def _is_cell(node: Any) -> bool:
    return name_of(node) in _COLUMNS.values()


def _named(node: Any, name: str) -> list[Any]:
    return [each for each in node if name_of(each) == name]


def _layout(root: Any) -> Iterator[tuple[str, str]]:
    for shape in root.iter():
        element = shape.get("dmnElementRef")
        if element:
            yield element, "\n".join(line for each in shape for line in written(each))
