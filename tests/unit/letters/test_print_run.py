"""The file for the printer: a list first, a sheet before each letter, room for both sides."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pikepdf
import pytest
from pypdf import PdfReader

from grantflow import letters
from grantflow.letters import NotPrintable, PrintPart
from grantflow.texts import text

DAY = date(2026, 3, 2)


def _part(pdf, recipient="Hund & Katze e. V.", number=1):
    return PrintPart(pdf, recipient, f"24-{number}", "Erinnerung <neu>", "Zustellungsurkunde")


@pytest.fixture
def parts(rendered):
    names = ("reminder", "payment_notice", "grant_decision")
    return [_part(rendered(name).pdf, number=n) for n, name in enumerate(names, start=1)]


def _pages(pdf):
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def test_the_first_page_lists_every_letter_with_its_pages_and_channel(parts, rendered):
    first = _pages(letters.press_run(parts, on=DAY))[0]
    total = sum(rendered(n).pages for n in ("reminder", "payment_notice", "grant_decision"))
    assert "Versandliste" in first
    assert f"3 Schreiben, {total} Seiten, erstellt am 02.03.2026" in first
    assert first.count("Hund & Katze e. V.") == first.count("Zustellungsurkunde") == 3
    assert [f"24-{number}" in first for number in (1, 2, 3)] == [True] * 3


def test_a_sheet_before_each_letter_names_recipient_pages_and_channel(parts, rendered):
    pages = _pages(letters.press_run(parts, on=DAY))
    place = 1
    for number, name in enumerate(("reminder", "payment_notice", "grant_decision"), start=1):
        sheet = pages[place]
        assert f"{number} von 3" in sheet
        assert "Hund & Katze e. V." in sheet
        assert "Erinnerung <neu>" in sheet
        assert "Zustellungsurkunde" in sheet
        assert str(rendered(name).pages) in sheet.split("Seiten")[-1]
        place += 1 + rendered(name).pages
    assert len(pages) == place


def test_on_both_sides_everything_begins_on_a_sheet_of_its_own(parts):
    pages = _pages(letters.press_run(parts, on=DAY, duplex=True))
    assert len(pages) % 2 == 0
    for number, page in enumerate(pages):
        if "Versandliste" in page or (" von 3\n" in page and "Zustellungsurkunde" in page):
            assert number % 2 == 0


def test_the_print_run_is_a_sound_pdf_and_the_same_every_time(parts):
    run = letters.press_run(parts, on=DAY)
    assert run == letters.press_run(parts, on=DAY)
    with pikepdf.open(BytesIO(run)) as document:
        assert document.check_pdf_syntax() == []


def test_a_long_list_takes_more_pages_and_no_letter_is_missing(rendered):
    pdf = rendered("reminder").pdf
    parts = [_part(pdf, f"Verein Nummer {n:03}", n) for n in range(1, 91)]
    pages = _pages(letters.press_run(parts, on=DAY))
    lists = " ".join(pages[: len(pages) - 2 * len(parts)])
    assert len(pages) > 2 * len(parts) + 1
    assert all(f"Verein Nummer {n:03}" in lists for n in range(1, 91))


def test_the_list_speaks_english_too(parts):
    first = _pages(letters.press_run(parts, on=DAY, language="en"))[0]
    assert "Dispatch list" in first


def test_nothing_to_print_is_an_error():
    with pytest.raises(NotPrintable, match="no_parts"):
        letters.press_run([], on=DAY)


def test_a_broken_letter_is_named(rendered):
    parts = [_part(rendered("reminder").pdf), _part(b"no pdf", "Maus GmbH", 2)]
    with pytest.raises(NotPrintable) as caught:
        letters.press_run(parts, on=DAY)
    assert "Maus GmbH" in text(caught.value.key, "de", **caught.value.params)
