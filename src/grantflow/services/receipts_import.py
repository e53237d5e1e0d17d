"""Understands a receipt list under its header, with errors row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.services.receipts_cells import (
    WrongCell,
    has_decimal_point,
    may_mean_either,
    read_amount,
    read_day,
    shown,
)
from grantflow.services.receipts_header import COLUMNS, NEEDED, Header, find_header, width
from grantflow.services.receipts_table import Cell, Line, read_lines

TYPED = ("paid_on", "amount")
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


def parse(name: str, content: bytes, plan: Sequence[str] = ()) -> tuple[Entry, ...]:
    """The receipts in a file (CSV, XLSX, ODS), or every fault at once: all or nothing.

    ``plan`` are the lines of the financing plan a receipt may belong to. Raises Invalid; each
    problem names row, column and value and says how to mend it; its place is ``row.column``.
    """
    lines = read_lines(name, content)
    header = find_header(lines)
    rows = [line for line in lines if line.number > header.at and not _is_heading(line)]
    problems = _two_styles(rows, header)
    entries: list[Entry] = []
    totals: list[tuple[Line, Decimal]] = []
    for line in rows:
        total = _total(line, header)
        if total is not None:
            problems += _beyond(line, header)
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
        raise Invalid(sorted(problems, key=_row_of))
    return tuple(entries)


def _row_of(problem: Problem) -> int:
    """The row a problem stands in; those of the whole file come first."""
    row = problem.place.partition(".")[0]
    return int(row) if row.isdecimal() else 0


# ---- rows


def _entry(line: Line, header: Header, plan: Sequence[str]) -> Entry | list[Problem]:
    given = {name: line.cell(place) for name, place in header.columns.items()}
    values, problems = checked(given, plan)
    beyond = _beyond(line, header)
    if not problems and not beyond:
        return Entry(**values, row=line.number)
    shift = _shift(line, header) if problems else 0
    if shift:
        return [_shifted(line, header, shift)]
    return beyond + [_placed(problem, line, header) for problem in problems]


def checked(
    given: Mapping[str, Cell], plan: Sequence[str] = (), language: str = "de"
) -> tuple[dict[str, Any], list[Problem]]:
    """The values of one receipt, and the problems with them; a problem's place is its column.

    ``language`` is that of whoever typed it.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name in COLUMNS:
        raw = given.get(name, "")
        try:
            values[name] = _value(name, raw, plan, language)
        except WrongCell as error:
            params = {"value": shown(raw), "most": LONGEST.get(name, 0), "lines": ", ".join(plan)}
            problems.append(Problem(str(error), {**params, **error.params}, name))
    return values, problems


def _value(name: str, raw: Cell, plan: Sequence[str], language: str) -> Any:
    if name == "paid_on":
        return read_day(raw)
    if name == "amount":
        return read_amount(raw, language)
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


def _beyond(line: Line, header: Header) -> list[Problem]:
    """A value right of the last column: most often a decimal comma that was taken for a border."""
    if width(line) <= header.width:
        return []
    params = {
        "row": line.number,
        "value": shown(line.cell(header.width)) or shown(line.cell(width(line) - 1)),
        "before": shown(line.cell(header.width - 1)),
    }
    return [Problem("receipts.row.beyond", params, f"{line.number}.row")]


def _two_styles(rows: Sequence[Line], header: Header) -> list[Problem]:
    """``1.234`` is a thousand in a German list and little more than one in an English one.

    Where other amounts of the same list have a decimal point, nobody can tell which is meant.
    """
    cells = [(line.number, line.cell(header.columns["amount"])) for line in rows]
    point = next((raw for _, raw in cells if has_decimal_point(raw)), None)
    if point is None:
        return []
    return [
        Problem(
            "receipts.row.two_styles",
            {"row": row, "value": shown(raw), "other": shown(point)},
            f"{row}.amount",
        )
        for row, raw in cells
        if may_mean_either(raw)
    ]


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
        "count": abs(shift),
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
        "value": stated,
        "sum": summed,
    }
    return [Problem("receipts.row.total", params, f"{line.number}.amount")]
