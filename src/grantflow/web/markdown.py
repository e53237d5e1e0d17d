"""A small, safe part of Markdown for texts of programmes; HTML in the source is shown as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup, escape

_LINK = re.compile(r"\[([^\]]+)\]\(((?:https?://|mailto:|/)[^\s)]*)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_ITALIC = re.compile(r"(?<!\*)\*([^*\s][^*]*?)\*(?!\*)")
_HEADING = re.compile(r"(#{1,4})\s+(.*)")
_BULLET = re.compile(r"[-*]\s+(.*)")
_NUMBER = re.compile(r"\d+[.)]\s+(.*)")
_LEVELS = {1: "medium", 2: "medium", 3: "small", 4: "small"}


def markdown(source: str) -> Markup:
    """Headings, lists, paragraphs, bold, italics and links as KERN HTML."""
    return Markup("\n").join(_blocks(source))


def _blocks(source: str) -> Iterator[Markup]:
    for kind, lines in groupby(source.strip().splitlines(), key=_kind):
        if kind != "blank":
            yield from _block(kind, [line.strip() for line in lines])


def _kind(line: str) -> str:
    stripped = line.strip()
    if not stripped:
        return "blank"
    for kind, pattern in (("heading", _HEADING), ("bullet", _BULLET), ("number", _NUMBER)):
        if pattern.fullmatch(stripped):
            return kind
    return "paragraph"


def _block(kind: str, lines: list[str]) -> Iterator[Markup]:
    if kind == "heading":
        for line in lines:
            found = _HEADING.fullmatch(line)
            assert found is not None
            level = len(found[1])
            tag = Markup('<h{0} class="kern-heading-{1}">{2}</h{0}>')
            yield tag.format(min(level + 1, 4), _LEVELS[level], _inline(found[2]))
    elif kind == "paragraph":
        yield Markup('<p class="kern-body">{}</p>').format(_inline(" ".join(lines)))
    else:
        pattern, tag_name = (_BULLET, "ul") if kind == "bullet" else (_NUMBER, "ol")
        items = [Markup("<li>{}</li>").format(_inline(pattern.sub(r"\1", line))) for line in lines]
        style = "bullet" if tag_name == "ul" else "number"
        tag = Markup('<{0} class="kern-list kern-list--{1}">{2}</{0}>')
        yield tag.format(tag_name, style, Markup("").join(items))


def _inline(line: str) -> Markup:
    safe = str(escape(line))
    safe = _LINK.sub(r'<a class="kern-link" href="\2">\1</a>', safe)
    safe = _BOLD.sub(r"<strong>\1</strong>", safe)
    safe = _ITALIC.sub(r"<em>\1</em>", safe)
    return Markup(safe)  # noqa: S704 (escaped above, only our own tags were added)
