"""Composed HTML becomes a tree of elements, quickly where it is as tidy as our templates are.

WeasyPrint's HTML5 parser is written in Python and takes a twelfth of a letter's time. The parser
of XML is in C, but knows no void elements, no entities and no forgiveness: what it cannot read,
or would read otherwise, goes to the parser of HTML5.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

import tinyhtml5  # type: ignore[import-untyped]

_DOCTYPE = re.compile(r"\s*<!doctype html>\s*", re.IGNORECASE)
_VOID = re.compile(r"<(area|base|br|col|hr|img|input|link|meta|wbr)((?:\s[^<>]*?)?)\s*/?>")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(\w+;)")
# Declarations, contents that are not markup, foreign elements, names in capitals.
_UNFIT = re.compile(r"<[!?]|<(?:style|script|svg|math|pre|textarea|template|title/)\b|</?\w*[A-Z]")
_PHRASES = frozenset(
    {"a", "abbr", "b", "br", "code", "em", "i", "img", "small", "span", "strong", "sub", "sup"}
)
_PARTS_OF_TABLES = frozenset({"caption", "colgroup", "thead", "tbody", "tfoot"})


def read(html: str) -> Any:
    """The root element, as a parser of HTML5 builds it."""
    tree = _tidy(html)
    return tinyhtml5.parse(html, namespace_html_elements=False) if tree is None else tree


def _tidy(html: str) -> Element[str] | None:
    """The tree of a tidy document; None if it needs the patience of HTML5."""
    start = _DOCTYPE.match(html)
    rest = html[start.end() :] if start else html
    if _UNFIT.search(rest):
        return None
    parser = XMLParser()  # noqa: S314 - our own text, and declarations are unfit
    try:
        parser.feed(_ENTITY.sub(_character, _VOID.sub(r"<\1\2/>", rest)))
        root = parser.close()
    except ParseError:
        return None
    return root if _as_html5(root) else None


def _character(entity: re.Match[str]) -> str:
    return html5.get(entity[1], entity[0])


def _as_html5(root: Element[str]) -> bool:
    """Whether HTML5 would leave every element where it stands."""
    if root.tag != "html" or [part.tag for part in root] != ["head", "body"]:
        return False
    return all(_stays(element) for element in root.iter())


def _stays(element: Element[str]) -> bool:
    """A paragraph holds phrases only, a table its parts only, and nobody nests either."""
    if element.tag in {"p", "h1", "h2", "h3", "h4"}:
        return all(child.tag in _PHRASES for child in element)
    if element.tag == "table":
        return all(child.tag in _PARTS_OF_TABLES for child in element)
    return element.tag != "li" or all(child.tag != "li" for child in element)
