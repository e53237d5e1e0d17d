"""The tags of a letter: header cells and what they head, pictures, reading order, headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pikepdf

from grantflow.errors import Problem

_CELLS = frozenset({"/TH", "/TD"})
_KINDS = frozenset(
    (
        *("Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI"),
        *("Index", "NonStruct", "Private", "P", "H", "H1", "H2", "H3", "H4", "H5", "H6"),
        *("L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead", "TBody", "TFoot"),
        *("Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot"),
        *("Ruby", "RB", "RT", "RP", "Warichu", "WT", "WP", "Figure", "Formula", "Form"),
    )
)
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


def kinds(document: pikepdf.Pdf) -> Iterator[Problem]:
    """Every element is of a kind readers know (ISO 32000-1, 14.8.4), or is mapped to one."""
    tree: Any = document.Root.get("/StructTreeRoot", {})
    known: Any = tree.get("/RoleMap", {})
    names = {str(element.get("/S")) for element in elements(document)}
    for name in sorted(names):
        if not _is_known(name, known):
            yield Problem("letters.check.kind_unknown", {"name": name[:40]})


def _is_known(name: str, mapped: Any) -> bool:
    for _ in range(10):  # a map that leads back to itself must not hold up the check
        if name.removeprefix("/") in _KINDS:
            return True
        name = str(mapped.get(name, ""))
        if not name:
            return False
    return False


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
        for shown in _pages_of(element):
            page = numbers.get(shown.objgen, 0)
            if not page:
                yield Problem("letters.check.page_gone")
                return
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


def _pages_of(element: pikepdf.Dictionary) -> Iterator[Any]:
    """The pages on which the own content of an element stands, in its order."""
    kids: Any = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, int) and "/Pg" in element:
            yield element["/Pg"]
        elif isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/MCR":
            yield kid.get("/Pg", element.get("/Pg"))


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
