"""Finds the header of a receipt list: which column is which, each of them once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grantflow.errors import Invalid, Problem
from grantflow.services.receipts_table import Line
from grantflow.texts import LANGUAGES, Said, text

COLUMNS = ("number", "paid_on", "payee", "reason", "line", "amount")
NEEDED = ("paid_on", "payee", "reason", "amount")
HEADER_WITHIN = 15  # lines of letterhead before the header of the table


@dataclass(frozen=True)
class Header:
    """Where the columns stand; ``at`` is the line of the header, ``width`` its number of cells.

    ``twice`` are titles of columns that an earlier column has taken already.
    """

    at: int
    columns: Mapping[str, int]
    titles: Mapping[int, str] = field(default_factory=dict)
    width: int = 0
    twice: tuple[tuple[str, str], ...] = ()

    def title(self, name: str) -> str | Said:
        """What the file calls a column."""
        return self.titles.get(self.columns.get(name, -1)) or Said(f"receipts.column.{name}", {})


def aliases() -> Mapping[str, str]:
    """What columns may be called, in both languages, reduced to letters -> name of the column."""
    return {
        _plain(one): name
        for name in COLUMNS
        for language in LANGUAGES
        for one in text(f"receipts.header.{name}", language).split(",")
    }


def _plain(title: object) -> str:
    return re.sub(r"[^a-zäöüß]", "", str(title).lower())


def find_header(lines: Sequence[Line]) -> Header:
    """The first line that names the columns. Raises Invalid saying which are missing."""
    known = aliases()
    best = Header(0, {})
    for line in lines[:HEADER_WITHIN]:
        found = _header(line, known)
        if len(found.columns) > len(best.columns):
            best = found
    problems = [_missing(name) for name in NEEDED if name not in best.columns]
    for name, title in best.twice:
        params = {"first": best.title(name), "second": title}
        problems.append(Problem("receipts.file.column_twice", params, name))
    if problems:
        raise Invalid(problems)
    return best


def _header(line: Line, known: Mapping[str, str]) -> Header:
    columns: dict[str, int] = {}
    twice: list[tuple[str, str]] = []
    for place, cell in enumerate(line.cells):
        name = known.get(_plain(cell)) if isinstance(cell, str) else None
        if name in columns:
            twice.append((name, str(cell)))
        elif name is not None:
            columns[name] = place
    titles = {place: str(line.cell(place)) for place in columns.values()}
    return Header(line.number, columns, titles, width(line), tuple(twice))


def width(line: Line) -> int:
    """How many cells a line has up to the last that is filled."""
    return max((place for place, cell in enumerate(line.cells, 1) if cell != ""), default=0)


def _missing(name: str) -> Problem:
    column, names = Said(f"receipts.column.{name}", {}), Said(f"receipts.header.{name}", {})
    return Problem("receipts.file.no_column", {"column": column, "names": names}, name)
