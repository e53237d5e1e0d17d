"""Lines of text become glyphs in the PDF: read from Pango in one go, without empty shifts."""

from __future__ import annotations

from typing import Any

from weasyprint.draw import text
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

_FIELDS = 5  # of PangoGlyphInfo, 32 bits each: glyph, width, x offset, y offset, attributes

_SMALLEST = 1e-6  # pixels, as far as a PDF counts

DRAW = text.draw_first_line


class _Unusual(Exception):
    """A text with glyphs that are missing, raised, coloured or no outlines."""


def draw(stream: Any, box: Any, overflow: Any, ellipsis: Any, matrix: Any) -> Any:
    """In place of ``draw_first_line``, for lines without ellipsis and pictures of characters."""
    if overflow == "ellipsis" or ellipsis != "none" or not box.text.strip():
        return DRAW(stream, box, overflow, ellipsis, matrix)
    pango.pango_layout_set_single_paragraph_mode(box.pango_layout.layout, True)
    line, _ = box.pango_layout.get_first_line()
    try:
        runs = list(_runs(stream, box, line))
    except _Unusual:
        return DRAW(stream, box, overflow, ellipsis, matrix)
    stream.set_text_matrix(*matrix.values)
    shown, previous = "", None
    for font, size, glyphs in runs:
        if previous != (font.hash, size):
            if shown:
                stream.show_text(shown)
            stream.set_font_size(font.hash, size)
            shown, previous = "", (font.hash, size)
        shown += glyphs
    stream.show_text(shown)
    return []


def _runs(stream: Any, box: Any, line: Any) -> Any:
    """Font, size and encoded glyphs of each run of a line."""
    run = line.runs[0]
    while run != ffi.NULL:
        item = run.data
        font, size = stream.add_font(item.item.analysis.font)
        if font.png or font.svg or font.colr or font.bitmap or size < _SMALLEST:
            raise _Unusual
        yield font, size, _glyphs(stream, font, size, item, box.pango_layout.text)
        run = run.next


def _glyphs(stream: Any, font: Any, size: float, item: Any, line: str) -> str:
    """The glyphs of a run with their shifts: ``<0036>10<01e0019c>``."""
    count = item.glyphs.num_glyphs
    facts = ffi.unpack(ffi.cast("int *", item.glyphs.glyphs), _FIELDS * count)
    glyphs, widths, offsets = facts[0::_FIELDS], facts[1::_FIELDS], facts[2::_FIELDS]
    if any(facts[3::_FIELDS]) or max(glyphs) >= pango.PANGO_GLYPH_EMPTY or min(glyphs) < 0:
        raise _Unusual
    # A glyph of the same width and shift is written in the same way in all of a document.
    written: dict[tuple[int, int, int], str] = font.__dict__.setdefault(f"written {size}", {})
    forms = list(zip(glyphs, widths, offsets, strict=True))
    if not written.keys() >= set(forms):
        for place, form in enumerate(forms):
            if form not in written:
                font.to_unicode.setdefault(form[0], _character(item, place, count, line))
                written[form] = _written(stream, font, size, item.item.analysis.font, form)
    return f"<{''.join([written[form] for form in forms])}>".removesuffix("<>")


def _written(stream: Any, font: Any, size: float, face: Any, form: tuple[int, int, int]) -> str:
    glyph, width, shift = form
    if glyph not in font.widths:
        pango.pango_font_get_glyph_extents(face, glyph, stream.ink_rect, stream.logical_rect)
        advance = stream.logical_rect.width * 1000 * FROM_UNITS / size
        font.widths[glyph] = round(advance)
    offset = shift / size
    kerning = int(font.widths[glyph] + offset - width * 1000 * FROM_UNITS / size)
    return (f">{-offset}<" if offset else "") + f"{glyph:04x}" + (f">{kerning}<" if kerning else "")


def _character(item: Any, place: int, count: int, line: str) -> str:
    """The part of the text that a glyph stands for."""
    clusters, start = item.glyphs.log_clusters, item.item.offset
    if item.item.analysis.level % 2:  # from right to left
        end = item.item.length if place == 0 else clusters[place - 1]
    else:
        end = item.item.length if place == count - 1 else clusters[place + 1]
    return line.encode()[start + clusters[place] : start + end].decode()
