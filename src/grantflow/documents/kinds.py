"""What a file really is: the ending it declares must fit the content it has."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import BinaryIO

import filetype

from grantflow.errors import Invalid, Problem

MEGABYTE = 1_000_000
_LONGEST_NAME = 120
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"


@dataclass(frozen=True)
class Inspected:
    """A file that may be kept: its clean name, its kind, its size in bytes, its SHA-256."""

    name: str
    media_type: str
    size: int
    sha256: str


def _is_pdf(content: bytes) -> bool:
    """The header may stand anywhere in the first kilobyte, as readers allow."""
    return b"%PDF-" in content[:1024]


def _is_png(content: bytes) -> bool:
    return content.startswith(b"\x89PNG\r\n\x1a\n")


def _is_jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff")


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(c) == "Cc" and c not in "\t\r\n\f" for c in text)


def _office(part: str) -> Callable[[bytes], bool]:
    """Office Open XML with this main part, and without macros."""

    def fits(content: bytes) -> bool:
        names = _members(content)
        macros = any(name.endswith("vbaProject.bin") for name in names)
        return part in names and "[Content_Types].xml" in names and not macros

    return fits


def _open_document(media_type: str) -> Callable[[bytes], bool]:
    """OpenDocument: the first member of the archive says which kind, in plain."""

    def fits(content: bytes) -> bool:
        names = _members(content)
        if not {"mimetype", "content.xml"} <= names:
            return False
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("mimetype") as member:
            return member.read(100).decode("ascii", "replace").strip() == media_type

    return fits


def _members(content: bytes) -> frozenset[str]:
    """The names in an archive; nothing is unpacked, so a zip bomb stays asleep."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return frozenset(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return frozenset()


_KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    "pdf": ("application/pdf", _is_pdf),
    "png": ("image/png", _is_png),
    "jpg": ("image/jpeg", _is_jpeg),
    "jpeg": ("image/jpeg", _is_jpeg),
    "docx": (f"{_OFFICE}.wordprocessingml.document", _office("word/document.xml")),
    "xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _office("xl/workbook.xml")),
    "odt": (f"{_OPEN}.text", _open_document(f"{_OPEN}.text")),
    "ods": (f"{_OPEN}.spreadsheet", _open_document(f"{_OPEN}.spreadsheet")),
    "csv": ("text/csv", _is_text),
    "txt": ("text/plain", _is_text),
}
ALLOWED = tuple(_KINDS)


def inspect(
    name: str, content: bytes, *, megabytes: int, place: str = "", accept: Collection[str] = ()
) -> Inspected:
    """Look at a file that somebody hands in.

    ``accept`` are the kinds taken at this place, as a form names them (``.pdf``, ``image/*``); all
    that the installation takes where it is empty or names ``*/*``. Raises Invalid, naming the file
    and what was found: empty, larger than ``megabytes``, of a kind that is not taken, or with a
    content that its ending does not announce.
    """
    clean = display_name(name)
    ending = PurePosixPath(clean).suffix.lower().lstrip(".")
    problem = _unwanted(clean, ending, accept, place) or _problem(
        clean, ending, content, megabytes, place
    )
    if problem:
        raise Invalid([problem])
    return Inspected(clean, _KINDS[ending][0], len(content), sha256(content).hexdigest())


def _unwanted(name: str, ending: str, accept: Collection[str], place: str) -> Problem | None:
    """A kind that the installation takes, but not here; endings of the same kind are one."""
    wanted = {_KINDS[one][0] for one in (a.lower().lstrip(".") for a in accept) if one in _KINDS}
    wanted |= {one.lower() for one in accept if "/" in one}
    kind = _KINDS[ending][0] if ending in _KINDS else ""
    if not accept or "*/*" in accept or {kind, f"{kind.partition('/')[0]}/*"} & wanted:
        return None
    params = {"name": name, "found": ending or "?", "allowed": ", ".join(accept)}
    return Problem("store.documents.kind", params, place)


def _problem(name: str, ending: str, content: bytes, megabytes: int, place: str) -> Problem | None:
    if not content:
        return Problem("store.documents.empty", {"name": name}, place)
    if len(content) > megabytes * MEGABYTE:
        return Problem("store.documents.too_large", {"name": name, "limit": megabytes}, place)
    if ending not in _KINDS:
        allowed = ", ".join(ALLOWED)
        params = {"name": name, "found": ending or "?", "allowed": allowed}
        return Problem("store.documents.kind", params, place)
    return None if _KINDS[ending][1](content) else _lie(name, ending, content, place)


def _lie(name: str, ending: str, content: bytes, place: str) -> Problem:
    found = found_kind(content)
    if found and found != ending:
        params = {"name": name, "declared": ending.upper(), "found": found.upper()}
        return Problem("store.documents.lies", params, place)
    key = "not_utf8" if _KINDS[ending][0].startswith("text/") else "not_this"
    params = {"name": name, "declared": ending.upper()}
    return Problem(f"store.documents.{key}", params, place)


def found_kind(content: bytes) -> str:
    """What the content looks like, as a file ending; empty when nobody knows."""
    for ending, (_, fits) in _KINDS.items():
        if fits(content):
            return "txt" if ending == "csv" else ending
    if any(name.endswith("vbaProject.bin") for name in _members(content)):
        return "docm/xlsm"
    if content.startswith(b"MZ"):
        return "exe"
    guessed = filetype.guess(content)
    return str(guessed.extension) if guessed else ""


def display_name(name: str) -> str:
    """The name people see: without folders, control characters and signs that file systems hate."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    clean = re.sub(r"\s+", " ", _FORBIDDEN.sub("_", visible)).strip(" .")
    path = PurePosixPath(clean or "Dokument")
    return path.stem[: _LONGEST_NAME - len(path.suffix)] + path.suffix[:_LONGEST_NAME]


def read_limited(stream: BinaryIO, *, megabytes: int) -> bytes:
    """The content of an upload, at most one byte more than allowed, so that ``inspect`` refuses."""
    return stream.read(megabytes * MEGABYTE + 1)
