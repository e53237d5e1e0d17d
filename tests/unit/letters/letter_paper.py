"""Where things stand on a sheet: millimetres from its left and upper edges, read out of a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import ContentStream

from grantflow.settings import settings

MM = 25.4 / 96  # a CSS pixel in millimetres; the page's content is drawn in pixels


@dataclass(frozen=True)
class Text:
    """A run of text: where its baseline begins, and how large it is set."""

    text: str
    x: float
    y: float
    size: float

    @property
    def right(self) -> float:
        """Where the run ends, by the widths of the shipped font."""
        widths, cmap = _font()
        ems = sum(widths[cmap.get(ord(letter), ".notdef")][0] for letter in self.text) / 1000
        return self.x + ems * self.size


@lru_cache
def _font() -> tuple[Any, Any]:
    font = TTFont(settings().templates_dir / "letters" / "fonts" / "FiraSans-Regular.woff2")
    return font["hmtx"].metrics, font.getBestCmap()


def texts(pdf: bytes, page: int = 0) -> list[Text]:
    """All runs of text of a page."""
    found: list[Text] = []

    def visit(text: str, _cm: Any, tm: Any, _font: Any, size: float) -> None:
        if text.strip():
            found.append(Text(text.strip(), tm[4] * MM, tm[5] * MM, size * MM))

    PdfReader(BytesIO(pdf)).pages[page].extract_text(visitor_text=visit)
    return found


def marks(pdf: bytes, page: int = 0) -> list[float]:
    """The heights of the short lines at the left edge."""
    reader = PdfReader(BytesIO(pdf))
    content = ContentStream(reader.pages[page]["/Contents"].get_object(), reader)
    rectangles = [
        [float(value) * MM for value in operands]
        for operands, operator in content.operations
        if operator == b"re"
    ]
    return sorted(
        {round(y, 1) for x, y, width, height in rectangles if x < 20 and width < 12 and height}
    )
