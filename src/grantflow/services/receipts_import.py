"""Understands a receipt list: which column is which, then every row, with errors row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.forms.amounts import write_number
from grantflow.services.receipts_cells import WrongCell, read_amount, read_day, shown
from grantflow.services.receipts_table import Cell, Line, read_lines
from grantflow.texts import LANGUAGES, Said, text

COLUMNS = ("number", "paid_on", "payee", "reason", "line", "amount")
NEEDED = ("paid_on", "payee", "reason", "amount")
TYPED = ("paid_on", "amount")
HEADER_WITHIN = 15  # lines of letterhead before the header of the table
LONGEST: Mapping[str, int] = {"number": 40, "payee": 200, "reason": 500, "line": 200}
_TOTAL = re.compile(r"(gesamt)?(summe|betrag)|gesamt|(sub|grand )?total|sum", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One receipt as somebody lists it; ``amount`` in euro, ``paid_on`` the day it was paid.

    ``line`` is the line of the financing plan, ``row`` where it stands in the file (0: typed).
    """

    paid_on: date
    payee: str
    reason: str
    amount: Decimal
    number: str = ""
    line: str = ""
    row: int = 0


@dataclass(frozen=True)
class Header:
    """Where the columns stand; ``at`` is the line of the header."""

    at: int
    columns: Mapping[str, int]
    titles: Mapping[int, str] = field(default_factory=dict)

    def title(self, name: str) -> str | Said:
        """What the file calls a column."""
        return self.titles.get(self.columns.get(name, -1)) or Said(f"receipts.column.{name}", {})


def parse(name: str, content: bytes, plan: Sequence[str] = ()) -> tuple[Entry, ...]:
    """The receipts in a file (CSV, XLSX, ODS), or every fault at once: all or nothing.

    ``plan`` are the lines of the financing plan a receipt may belong to. Raises Invalid; each
    problem names row, column and value and says how to mend it; its place is ``row.column``.
    """
    lines = read_lines(name, content)
    header = find_header(lines)
    problems: list[Problem] = []
    entries: list[Entry] = []
    totals: list[tuple[Line, Decimal]] = []
    for line in lines:
        if line.number <= header.at or _is_heading(line):
            continue
        total = _total(line, header)
        if total is not None:
            totals.append((line, total))
            continue
        found = _entry(line, header, plan)
        if isinstance(found, Entry):
            entries.append(found)
        else:
            problems += found
    if not entries and not problems:
        problems.append(Problem("receipts.file.no_rows", {"name": name}, "file"))
    if not problems:
        problems += _wrong_totals(entries, totals)
    if problems:
        raise Invalid(problems)
    return tuple(entries)


# ---- the header


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
        columns: dict[str, int] = {}
        for place, cell in enumerate(line.cells):
            name = known.get(_plain(cell)) if isinstance(cell, str) else None
            if name is not None:
                columns.setdefault(name, place)
        if len(columns) > len(best.columns):
            titles = {place: str(line.cell(place)) for place in columns.values()}
            best = Header(line.number, columns, titles)
    missing = [name for name in NEEDED if name not in best.columns]
    if missing:
        raise Invalid(
            Problem(
                "receipts.file.no_column",
                {
                    "column": Said(f"receipts.column.{name}", {}),
                    "names": Said(f"receipts.header.{name}", {}),
                },
                name,
            )
            for name in missing
        )
    return best


# ---- rows


def _entry(line: Line, header: Header, plan: Sequence[str]) -> Entry | list[Problem]:
    given = {name: line.cell(place) for name, place in header.columns.items()}
    values, problems = checked(given, plan)
    if not problems:
        return Entry(**values, row=line.number)
    shift = _shift(line, header)
    if shift:
        return [_shifted(line, header, shift)]
    return [_placed(problem, line, header) for problem in problems]


def checked(
    given: Mapping[str, Cell], plan: Sequence[str] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """The values of one receipt, and the problems with them; a problem's place is its column."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name in COLUMNS:
        raw = given.get(name, "")
        try:
            values[name] = _value(name, raw, plan)
        except WrongCell as error:
            params = {"value": shown(raw), "most": LONGEST.get(name, 0), "lines": ", ".join(plan)}
            problems.append(Problem(str(error), params, name))
    return values, problems


def _value(name: str, raw: Cell, plan: Sequence[str]) -> Any:
    if name == "paid_on":
        return read_day(raw)
    if name == "amount":
        return read_amount(raw)
    written = shown(raw)
    if not written and name in NEEDED:
        raise WrongCell("receipts.cell.missing")
    if len(written) > LONGEST[name]:
        raise WrongCell("receipts.cell.too_long")
    return _plan_line(written, plan) if name == "line" else written


def _plan_line(written: str, plan: Sequence[str]) -> str:
    """The line of the plan, found by its words or by its number in the plan (from 1)."""
    if not plan:
        return written
    by_name = {" ".join(one.lower().split()): one for one in plan}
    by_name |= {str(number): one for number, one in enumerate(plan, 1)}
    found = by_name.get(" ".join(written.lower().rstrip(".").split()))
    if found is None:
        raise WrongCell("receipts.cell.line" if written else "receipts.cell.line_missing")
    return found


def _placed(problem: Problem, line: Line, header: Header) -> Problem:
    column = header.title(problem.place)
    params = {"row": line.number, "column": column, **problem.params}
    return Problem(problem.key, params, f"{line.number}.{problem.place}")


# ---- what is often wrong with whole rows


def _shift(line: Line, header: Header) -> int:
    """By how many columns the row stands to the right (+) or left (-) of the header; 0 if not."""
    for shift in (1, -1, 2, -2):
        if all(_fits(name, line.cell(header.columns[name] + shift)) for name in TYPED):
            return shift
    return 0


def _fits(name: str, raw: Cell) -> bool:
    try:
        read_day(raw) if name == "paid_on" else read_amount(raw)
    except WrongCell:
        return False
    return True


def _shifted(line: Line, header: Header, shift: int) -> Problem:
    found = line.cell(header.columns["amount"] + shift)
    key = "receipts.row.shifted_right" if shift > 0 else "receipts.row.shifted_left"
    params = {
        "row": line.number,
        "by": abs(shift),
        "column": header.title("amount"),
        "value": shown(line.cell(header.columns["amount"])) or "–",
        "found": shown(found),
    }
    return Problem(key, params, f"{line.number}.row")


def _is_heading(line: Line) -> bool:
    """Whether a line holds nothing but the word for a total."""
    filled = [shown(cell) for cell in line.cells if cell != ""]
    return len(filled) == 1 and bool(_TOTAL.fullmatch(filled[0].rstrip(": ")))


def _total(line: Line, header: Header) -> Decimal | None:
    """The amount of a line that only sums up; None for any other."""
    first = next(shown(cell) for cell in line.cells if cell != "")
    if not _TOTAL.fullmatch(first.rstrip(": ")):
        return None
    if line.cell(header.columns["paid_on"]) not in ("", first):
        return None
    raw = line.cell(header.columns["amount"])
    return read_amount(raw) if _fits("amount", raw) else None


def _wrong_totals(
    entries: Sequence[Entry], totals: Sequence[tuple[Line, Decimal]]
) -> list[Problem]:
    """The last total must be the sum of the list; sub-totals before it are not looked at."""
    if not totals:
        return []
    line, stated = totals[-1]
    summed = sum((entry.amount for entry in entries), Decimal(0))
    if stated == summed:
        return []
    params = {
        "row": line.number,
        "value": write_number(stated, "de", 2),
        "sum": write_number(summed, "de", 2),
    }
    return [Problem("receipts.row.total", params, f"{line.number}.amount")]
