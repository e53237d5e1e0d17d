"""Puts the shorter ways in place of WeasyPrint's own, once per process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pydyf  # type: ignore[import-untyped]
import weasyprint
from weasyprint import css
from weasyprint.formatting_structure.boxes import Box
from weasyprint.text import line_break

from grantflow.letters.swift import boxes, glyphs, texts
from grantflow.letters.swift.styles import Styles

VERSION = "70.0"


class UnknownVersion(RuntimeError):
    """WeasyPrint is not the one these ways were made for."""


def install() -> None:
    """Take the shorter ways from now on, in this process; does nothing the second time."""
    if weasyprint.__version__ != VERSION:
        raise UnknownVersion(f"WeasyPrint {weasyprint.__version__}, made for {VERSION}")
    if css.StyleFor is Styles:
        return
    css.StyleFor = Styles
    layout = line_break.Layout
    layout.setup, layout.set_text = texts.set_up, texts.set_text
    layout.deactivate, layout.reactivate = texts.deactivate, texts.reactivate
    Box.is_in_normal_flow = boxes.is_in_normal_flow
    for old, new in (
        (texts.STRUT, texts.strut),
        (texts.SPLIT, texts.split),
        (boxes.RESOLVE, boxes.resolve),
        (boxes.AVOID, boxes.avoid),
        (boxes.BACKGROUNDS, boxes.backgrounds),
        (glyphs.DRAW, glyphs.draw),
    ):
        _replace(old, new)
    pydyf.PDF.page_references = property(_page_references)


def _replace(old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Put a function in the place of another, wherever WeasyPrint has imported it."""
    for module in [each for name, each in sys.modules.items() if name.startswith("weasyprint.")]:
        if getattr(module, old.__name__, None) is old:
            setattr(module, old.__name__, new)


def _page_references(pdf: Any) -> tuple[bytes, ...]:
    """In place of ``PDF.page_references``, which lists all pages anew for every element."""
    numbers = pdf.pages["Kids"][::3]
    if len(getattr(pdf, "known_references", ())) != len(numbers):
        pdf.known_references = tuple(f"{number} 0 R".encode() for number in numbers)
    return tuple(pdf.known_references)
