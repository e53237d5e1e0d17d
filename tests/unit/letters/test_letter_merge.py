"""The print queue: many letters, one file."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from grantflow import letters


def _pages(pdf):
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def test_letters_keep_their_order(rendered):
    parts = [rendered(name).pdf for name in ("reminder", "grant_decision")]
    pages = _pages(letters.merge(parts))
    assert len(pages) == rendered("reminder").pages + rendered("grant_decision").pages
    assert "Erinnerung" in pages[0]
    assert "Zuwendungsbescheid" in pages[rendered("reminder").pages]


def test_a_sheet_separates_letters(rendered):
    parts = [rendered("reminder").pdf, rendered("eoi_rejection").pdf]
    pages = _pages(letters.merge(parts, separators=["1 <von> 2", "2 von 2"]))
    assert [page.strip() for page in (pages[0], pages[2])] == ["1 <von> 2", "2 von 2"]


def test_on_both_sides_each_letter_begins_on_its_own_sheet(rendered):
    names = ("reminder", "rejection_decision")
    pages = _pages(letters.merge([rendered(name).pdf for name in names], duplex=True))
    full = [[True] * rendered(name).pages for name in names]
    filled = [each + [False] * (len(each) % 2) for each in full]
    assert [bool(page.strip()) for page in pages] == [*filled[0], *filled[1]]


def test_one_separator_per_letter(rendered):
    with pytest.raises(ValueError, match="one separator"):
        letters.merge([rendered("reminder").pdf], separators=["a", "b"])


def test_merging_is_repeatable(rendered):
    parts = [rendered("reminder").pdf]
    assert letters.merge(parts) == letters.merge(parts)
