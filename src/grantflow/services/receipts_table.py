"""A receipt list as a file (CSV, XLSX, ODS) becomes plain cells; nothing is understood yet."""

from __future__ import annotations

import codecs
import csv
import io
import json
import subprocess
import sys
import unicodedata
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from statistics import median_high
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.services import receipts_sheet

MOST_ROWS, MOST_COLUMNS = 5_000, 60
MOST_UNPACKED = 100_000_000  # octets of a workbook once unpacked
DELIMITERS = ";,\t"
SHEETS = ("xlsx", "ods")
_READER = Path(receipts_sheet.__file__)
Cell = str | date | float | int
_UNSEEN = frozenset({"Cf", "Cs", "Co", "Cn"})


@dataclass(frozen=True)
class Line:
    """One line of the file with the number people see in their program (from 1)."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return all(cell == "" for cell in self.cells)

    def cell(self, column: int) -> Cell:
        """The cell of a column (from 0); empty text beyond the end of the line."""
        return self.cells[column] if 0 <= column < len(self.cells) else ""


def read_lines(name: str, content: bytes) -> tuple[Line, ...]:
    """The lines of a file that hold something.

    Raises Invalid, naming the file and how to mend it: an unknown ending, a file that cannot be
    read, an empty one, more than 5,000 lines, cells that lie too far apart.
    """
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    if ending in SHEETS:
        rows = _sheet_rows(name, content)
    elif ending == "csv":
        rows = _csv_rows(name, content)
    else:
        raise _refused("kind", name, found=ending or "?")
    if len(rows) > MOST_ROWS:
        raise _refused("too_long", name, count=len(rows), most=MOST_ROWS)
    lines = tuple(Line(n, _cells(row)) for n, row in enumerate(rows, 1))
    found = tuple(line for line in lines if not line.is_blank)
    if not found:
        raise _refused("empty", name)
    return found


def _refused(key: str, name: str, **params: Any) -> Invalid:
    return Invalid([Problem(f"receipts.file.{key}", {"name": name, **params}, "file")])


def _csv_rows(name: str, content: bytes) -> list[list[Any]]:
    text = decoded(name, content)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error:
        raise _refused("unreadable", name) from None


def decoded(name: str, content: bytes) -> str:
    """UTF-8, or what German Excel writes: Windows-1252 (CSV), UTF-16 with its mark (Unicode text).

    Raises Invalid, naming the file, where it is none of them.
    """
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _refused("unreadable", name)


def _delimiter(text: str) -> str:
    """The sign that usually stands in a line most often; a decimal comma stands there once."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]

    def usual(delimiter: str) -> int:
        return median_high([line.count(delimiter) for line in lines] or [0])

    return max(DELIMITERS, key=usual)


def _sheet_rows(name: str, content: bytes) -> list[list[Any]]:
    """The rows of the first sheet that holds something."""
    _require_modest(name, content)
    command = [sys.executable, "-I", str(_READER), str(MOST_ROWS), str(MOST_COLUMNS)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        raise _refused("sprawling", name) from None
    if done.returncode:
        unreadable = done.returncode == receipts_sheet.UNREADABLE
        raise _refused("unreadable" if unreadable else "sprawling", name)
    found = json.loads(done.stdout)
    if found["count"] > MOST_ROWS:
        raise _refused("too_long", name, count=found["count"], most=MOST_ROWS)
    return [[_typed(cell) for cell in row] for row in found["rows"]]


def _typed(cell: Any) -> Any:
    return date.fromisoformat(cell["day"]) if isinstance(cell, dict) else cell


def _require_modest(name: str, content: bytes) -> None:
    """No archive that is small on disk and enormous once unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _refused("unreadable", name) from None
    if size > MOST_UNPACKED:
        raise _refused("unreadable", name)


def _cells(row: list[Any]) -> tuple[Cell, ...]:
    return tuple(_cell(value) for value in row[:MOST_COLUMNS])


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return clean(str(value))


def clean(written: str) -> str:
    """A text in one line without signs that cannot be seen: control characters, marks, halves.

    They would break files made of the text later, or turn the direction in which it is read.
    """
    spaced = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in written)
    seen = (sign for sign in spaced if unicodedata.category(sign) not in _UNSEEN)
    return " ".join("".join(seen).split())
