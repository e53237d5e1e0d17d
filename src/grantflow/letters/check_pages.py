"""The pages of a letter: where their text stands, that it is marked, and that its window fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from grantflow.errors import Problem

_MM = 72 / 25.4  # points
_LOOSE = 2.0  # millimetres
_LEFT = 25.0  # millimetres from the left edge to the address
# DIN 5008: the lines of the address, millimetres from the upper edge, in form A and in form B.
_WINDOWS = ((44.7, 72.0), (62.7, 90.0))
_EXACT = 0.5  # millimetres
_COVER_LEFT = 30.0  # millimetres; the sheet in plain language before a decision has no window
_SHOWS_TEXT = frozenset({"Tj", "TJ", "'", '"'})
_OPENS = frozenset({"BMC", "BDC"})
_MATRIX = pikepdf.Matrix()


@dataclass
class _Pen:
    """Where the next text is drawn, as the instructions of a page move it."""

    now: pikepdf.Matrix = _MATRIX
    line: pikepdf.Matrix = _MATRIX
    leading: float = 0.0
    kept: list[pikepdf.Matrix] = field(default_factory=list)

    def follow(self, name: str, given: list[Any]) -> None:
        """Take one instruction into account; those that move nothing change nothing."""
        if name == "q":
            self.kept.append(self.now)
        elif name == "Q" and self.kept:
            self.now = self.kept.pop()
        elif name == "cm":
            self.now = pikepdf.Matrix(*map(float, given)) @ self.now
        elif name == "BT":
            self.line = _MATRIX
        elif name == "Tm":
            self.line = pikepdf.Matrix(*map(float, given))
        else:
            self._next_line(name, given)

    def _next_line(self, name: str, given: list[Any]) -> None:
        if name in ("TL", "TD"):
            self.leading = float(given[-1]) * (-1 if name == "TD" else 1)
        if name in ("Td", "TD"):
            self._move(float(given[0]), float(given[1]))
        elif name in ("T*", "'", '"'):
            self._move(0, -self.leading)

    def _move(self, right: float, up: float) -> None:
        self.line = pikepdf.Matrix(1, 0, 0, 1, right, up) @ self.line

    @property
    def place(self) -> tuple[float, float]:
        """Points from the left and from the lower edge."""
        at = self.line @ self.now
        return at.e, at.f


@dataclass(frozen=True)
class _Run:
    """A run of text: millimetres from the left and the upper edge, and whether it is marked."""

    x: float
    y: float
    marked: bool


def text_and_place(document: pikepdf.Pdf) -> Iterator[Problem]:
    """Every page has text, all of it on the paper and inside marked content; the first an address.

    The address is checked as DIN 5008 has it, so that it shows in the window of the envelope. A
    sheet in plain language may lie before the letter.
    """
    window = 1
    if not len(document.pages):
        yield Problem("letters.check.no_pages")
    for number, page in enumerate(document.pages, start=1):
        box = [float(edge) for edge in page.mediabox]
        runs = list(_runs(page, box[0], box[3]))
        wide, high = (box[2] - box[0]) / _MM, (box[3] - box[1]) / _MM
        if not runs:
            yield Problem("letters.check.empty_page", {"page": number})
        if not all(run.marked for run in runs):
            yield Problem("letters.check.untagged_text", {"page": number})
        if not all(0 <= run.x <= wide and 0 <= run.y <= high for run in runs):
            yield Problem("letters.check.text_off_page", {"page": number})
        if number == 1 and len(document.pages) > 1 and _is_cover(runs):
            window = 2
        if number == window and runs and not any(_in_window(run) for run in runs):
            yield Problem("letters.check.no_address")


def _runs(page: pikepdf.Page, left: float, top: float) -> Iterator[_Run]:
    depth, pen = 0, _Pen()
    for instruction in pikepdf.parse_content_stream(page):
        name = str(instruction.operator)
        depth += (name in _OPENS) - (name == "EMC")
        pen.follow(name, list(instruction.operands))
        if name in _SHOWS_TEXT:
            x, y = pen.place
            yield _Run((x - left) / _MM, (top - y) / _MM, depth > 0)


def _is_cover(runs: list[_Run]) -> bool:
    edge = min((run.x for run in runs if run.marked), default=0.0)
    return abs(edge - _COVER_LEFT) < _EXACT


def _in_window(run: _Run) -> bool:
    return abs(run.x - _LEFT) <= _LOOSE and any(
        upper - _LOOSE <= run.y <= lower + _LOOSE for upper, lower in _WINDOWS
    )
