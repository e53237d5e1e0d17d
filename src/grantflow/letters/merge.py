"""Many letters in one file for the printer."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pikepdf
from markupsafe import Markup

from grantflow.letters.render import render

_SHEET = Markup(
    '<!doctype html><html lang="de-DE"><head><title>{0}</title></head>'
    '<body><p class="separator">{0}</p></body></html>'
)


def merge(parts: Sequence[bytes], *, separators: Sequence[str] = (), duplex: bool = False) -> bytes:
    """One PDF of all letters in their order, for printing only (it is not tagged).

    ``separators`` are the lines of a sheet before each letter (one per letter, or none at all);
    ``duplex`` fills up odd letters with an empty page, so that each begins on a sheet of its own.
    """
    if separators and len(separators) != len(parts):
        raise ValueError("one separator per letter")
    with pikepdf.new() as merged:
        for number, part in enumerate(parts):
            if separators:
                append(merged, render(_SHEET.format(separators[number])).pdf, duplex)
            append(merged, part, duplex)
        target = BytesIO()
        merged.save(target, deterministic_id=True)
        return target.getvalue()


def append(merged: pikepdf.Pdf, part: bytes, duplex: bool) -> None:
    """Add all pages of a letter, and an empty one if ``duplex`` and their number is odd."""
    with pikepdf.open(BytesIO(part)) as letter:
        odd = len(letter.pages) % 2 == 1
        for page in letter.pages:
            if "/StructParents" in page:
                del page["/StructParents"]
        merged.pages.extend(letter.pages)
        if duplex and odd:
            left, bottom, right, top = (float(edge) for edge in merged.pages[-1].mediabox)
            merged.add_blank_page(page_size=(right - left, top - bottom))
