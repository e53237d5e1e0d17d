"""The tags of a letter: header cells and what they head, pictures, reading order, headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pikepdf

from grantflow.errors import Problem

_CELLS = frozenset({"/TH", "/TD"})
_HEADINGS = {f"/H{level}": level for level in range(1, 7)}


def structure(document: pikepdf.Pdf) -> Iterator[Problem]:
    """Header cells say what they head, cells name headers that exist, pictures have a text."""
    ids = _ids(document)
    for element in elements(document):
        kind = element.get("/S")
        facts = _attributes(element)
        if kind == "/TH" and "/Scope" not in facts:
            yield Problem("letters.check.header_scope")
        if kind in _CELLS and any(str(each) not in ids for each in facts.get("/Headers", ())):
            yield Problem("letters.check.header_unknown")
        if kind == "/Table" and not _has_header(element):
            yield Problem("letters.check.table_without_header")
        if kind == "/Figure" and not str(element.get("/Alt", "")):
            yield Problem("letters.check.no_alt")


def order(document: pikepdf.Pdf) -> Iterator[Problem]:
    """Marked content is read page by page, and no level of headings is left out."""
    last = 0
    for element in elements(document):
        level = _HEADINGS.get(str(element.get("/S", "")), 0)
        if level > last + 1:
            yield Problem("letters.check.heading_skipped", {"level": level, "above": last})
        last = level or last
    numbers: dict[Any, int] = {
        page.objgen: number for number, page in enumerate(document.pages, start=1)
    }
    before = 0
    for element in elements(document):
        page = numbers.get(element["/Pg"].objgen, 0) if _has_content(element) else before
        if page < before:
            yield Problem("letters.check.reading_order", {"page": page})
            return
        before = page


def elements(document: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    """Every structure element once, in reading order."""
    waiting: list[Any] = [document.Root.get("/StructTreeRoot")]
    seen: set[tuple[int, int]] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting += reversed(list(node))
        elif isinstance(node, pikepdf.Dictionary) and not (node.is_indirect and _met(node, seen)):
            if "/S" in node:
                yield node
            waiting.append(node.get("/K"))


def _met(node: pikepdf.Dictionary, seen: set[tuple[int, int]]) -> bool:
    if node.objgen in seen:
        return True
    seen.add(node.objgen)
    return False


def _has_content(element: pikepdf.Dictionary) -> bool:
    kids: Any = element.get("/K", [])
    every = kids if isinstance(kids, pikepdf.Array) else [kids]
    return "/Pg" in element and any(isinstance(kid, int) for kid in every)


def _has_header(table: pikepdf.Dictionary) -> bool:
    waiting: list[Any] = [table.get("/K")]
    for _ in range(10_000):  # cells; a table that refers to itself must not hold up the check
        if not waiting:
            return False
        node = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting += list(node)
        elif isinstance(node, pikepdf.Dictionary):
            if node.get("/S") == "/TH":
                return True
            waiting.append(node.get("/K"))
    return False


def _ids(document: pikepdf.Pdf) -> frozenset[str]:
    root: Any = document.Root.get("/StructTreeRoot", {})
    names = root.get("/IDTree", {}).get("/Names", [])
    return frozenset(str(name) for name in list(names)[0::2])


def _attributes(element: Any) -> Mapping[str, Any]:
    given = element.get("/A", {})
    every = given if isinstance(given, pikepdf.Array) else [given]
    return {
        name: value
        for one in every
        if isinstance(one, pikepdf.Dictionary)
        for name, value in one.items()
    }
