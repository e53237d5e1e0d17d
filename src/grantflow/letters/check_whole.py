"""The file as a whole: its paper, the data that travel inside, and what happened after sealing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pikepdf

from grantflow.errors import Problem
from grantflow.letters.data import FILE

_A4 = (595.28, 841.89)  # points
_LOOSE = 2.0  # points a page may differ
_MOST_DATA = 5_000_000  # bytes


def paper(document: pikepdf.Pdf) -> Iterator[Problem]:
    """Every page is an upright A4 sheet, so that address and fold marks are where they should."""
    for number, page in enumerate(document.pages, start=1):
        left, bottom, right, top = (float(edge) for edge in page.mediabox)
        size = zip((right - left, top - bottom), _A4, strict=True)
        if any(abs(found - wanted) > _LOOSE for found, wanted in size) or "/Rotate" in page:
            yield Problem("letters.check.not_a4", {"page": number})


def data(document: pikepdf.Pdf) -> Iterator[Problem]:
    """The case data are there and can be read; embedded files belong to the document, say how."""
    root: Any = document.Root
    names = root.get("/Names", {}).get("/EmbeddedFiles", {}).get("/Names", [])
    associated = [file.objgen for file in root.get("/AF", [])]
    files = list(names)[1::2]
    if not any(str(file.get("/UF", file.get("/F", ""))) == FILE for file in files):
        yield Problem("letters.check.no_data", {"name": FILE})
    for file in files:
        name = str(file.get("/UF", file.get("/F", "")))
        if file.objgen not in associated:
            yield Problem("letters.check.file_not_associated", {"name": name})
        if "/AFRelationship" not in file:
            yield Problem("letters.check.file_relationship", {"name": name})
        stream = file.get("/EF", {}).get("/F")
        if not isinstance(stream, pikepdf.Stream) or not _dated(stream):
            yield Problem("letters.check.file_facts", {"name": name})
        elif str(file.get("/AFRelationship")) == "/Data" and not _is_json(stream):
            yield Problem("letters.check.data_unreadable", {"name": name})


def _dated(stream: Any) -> bool:
    return "/ModDate" in stream.get("/Params", {}) and "/Subtype" in stream


def _is_json(stream: Any) -> bool:
    """Whether the case data are what their type says; other types are not looked into."""
    if str(stream.get("/Subtype")) != "/application/json":
        return True
    if int(stream.get("/Params", {}).get("/Size", 0)) > _MOST_DATA:
        return False
    try:
        json.loads(stream.read_bytes())
    except ValueError:
        return False
    return True


def seals(document: pikepdf.Pdf, length: int) -> Iterator[Problem]:
    """A seal covers the whole file: nothing was added after it.

    Whether the seal itself is genuine is for programs that know which certificates to trust.
    """
    form: Any = document.Root.get("/AcroForm", {})
    for field in form.get("/Fields", []):
        signature = field.get("/V", {})
        if field.get("/FT") != "/Sig" or "/ByteRange" not in signature:
            continue
        start, first, second, rest = (int(part) for part in signature.ByteRange)
        if start != 0 or second < first or second + rest != length:
            yield Problem("letters.check.changed_after_seal")
