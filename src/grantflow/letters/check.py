"""Is a letter's PDF what it says it is: PDF/A-3a and PDF/UA-1, tagged, and free of surprises?

This does not replace a full validator; it looks for what letters can get wrong. Files may come from
anywhere: whatever is in them, the answer is a list of problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

from grantflow.errors import Problem
from grantflow.letters import check_pages, check_structure, check_whole

BOOKMARKS_FROM = 4  # pages; shorter letters are read without an outline
_STREAM = re.compile(r"^stream <[^>]*>[^:]*: ")  # what a file in memory is called
_REASON = 200  # characters of what a library says about a broken file
# What pikepdf and its parsers raise where a PDF has other things in its places than it should.
_HOSTILE = (
    pikepdf.PdfError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# Language, script, region and variants as BCP 47 writes them: de, de-DE, sr-Latn-RS.
_LANGUAGE = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
)
_IDS = (
    ("pdfaid:part", "3", "letters.check.no_pdfa"),
    ("pdfaid:conformance", "A", "letters.check.no_pdfa"),
    ("pdfuaid:part", "1", "letters.check.no_pdfua"),
)


def check(pdf: bytes) -> list[Problem]:
    """Everything that is wrong with the PDF of a letter; empty if nothing is."""
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            return [
                *(problem for rule in _RULES for problem in rule(document)),
                *check_whole.seals(document, len(pdf)),
                *_damage(document),
            ]
    except pikepdf.PasswordError:
        return [Problem("letters.check.password")]
    except _HOSTILE as error:
        reason = _STREAM.sub("", str(error)) or type(error).__name__
        return [Problem("letters.check.unreadable", {"reason": reason.splitlines()[0][:_REASON]})]


def _damage(document: pikepdf.Pdf) -> Iterator[Problem]:
    """What had to be guessed while reading, and streams that cannot be unpacked."""
    told = [*document.get_warnings(), *document.check_pdf_syntax()]
    if told:
        reason = _STREAM.sub("", str(told[0])).splitlines()[0][:_REASON]
        yield Problem("letters.check.damaged", {"reason": reason})


def _metadata(document: pikepdf.Pdf) -> Iterator[Problem]:
    with document.open_metadata() as metadata:
        for name, wanted, key in _IDS:
            if metadata.get(name) != wanted:
                yield Problem(key, {"name": name})
        if not metadata.get("dc:title"):
            yield Problem("letters.check.no_title")
    if document.is_encrypted:
        yield Problem("letters.check.encrypted")


def _catalogue(document: pikepdf.Pdf) -> Iterator[Problem]:
    root: Any = document.Root
    language = str(root.get("/Lang", ""))
    if not language:
        yield Problem("letters.check.no_language")
    elif not _LANGUAGE.fullmatch(language):
        yield Problem("letters.check.language_unknown", {"found": language[:40]})
    if root.get("/ViewerPreferences", {}).get("/DisplayDocTitle") is not True:
        yield Problem("letters.check.title_hidden")
    if root.get("/MarkInfo", {}).get("/Marked") is not True or "/StructTreeRoot" not in root:
        yield Problem("letters.check.not_tagged")
    if "/OutputIntents" not in root:
        yield Problem("letters.check.no_output_intent")
    if len(document.pages) >= BOOKMARKS_FROM and "/First" not in root.get("/Outlines", {}):
        yield Problem("letters.check.no_bookmarks", {"pages": len(document.pages)})


def _fonts(document: pikepdf.Pdf) -> Iterator[Problem]:
    """Fonts travel with the letter and say which letters their signs are, to be read aloud."""
    fonts = {
        str(font.get("/BaseFont", name)): font
        for page in document.pages
        for name, font in page.resources.get("/Font", {}).items()
    }
    for name, font in sorted(fonts.items()):
        if not _embedded(font):
            yield Problem("letters.check.font_not_embedded", {"name": name})
        if not isinstance(font.get("/ToUnicode"), pikepdf.Stream):
            yield Problem("letters.check.font_not_readable", {"name": name})


def _embedded(font: Any) -> bool:
    every = [font, *font.get("/DescendantFonts", [])]
    files = {"/FontFile", "/FontFile2", "/FontFile3"}
    return any(files & set(one.get("/FontDescriptor", {}).keys()) for one in every)


def _actions(document: pikepdf.Pdf) -> Iterator[Problem]:
    """No scripts, nothing that opens by itself, no way out of the file."""
    root: Any = document.Root
    if "/JavaScript" in root.get("/Names", {}) or "/AA" in root or "/OpenAction" in root:
        yield Problem("letters.check.active_content")
    for number, page in enumerate(document.pages, start=1):
        annotations: Any = page.obj.get("/Annots", [])
        for annotation in annotations:
            if annotation.get("/A", {}).get("/S", "/GoTo") != "/GoTo" or "/AA" in annotation:
                yield Problem("letters.check.external_link", {"page": number})


_RULES = (
    _metadata,
    _catalogue,
    check_structure.structure,
    check_structure.order,
    check_structure.kinds,
    check_pages.text_and_place,
    _fonts,
    _actions,
    check_whole.paper,
    check_whole.data,
)
