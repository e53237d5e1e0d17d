"""The first sheet of a workbook that holds something, as JSON; run as a program of its own.

A sheet of two cells far apart makes every reader of workbooks reserve the room between them, half a
terabyte at worst, and a process that gets none is ended at once. So it is never the server's own:
``receipts_table`` starts this file with the workbook as input, limited in memory and time.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MEMORY = 1_000_000_000  # octets
SECONDS = 20
UNREADABLE = 3


def main() -> int:
    """Print ``{"count": rows, "rows": [...]}``; not more rows than the first argument says."""
    most_rows, most_columns = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if sys.platform == "linux":  # others count reserved address space in their own ways
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        rows = _rows(sys.stdin.buffer.read())
    except (CalamineError, OSError, ValueError):
        return UNREADABLE
    shown = [[_plain(cell) for cell in row[:most_columns]] for row in rows[:most_rows]]
    print(json.dumps({"count": len(rows), "rows": shown}))  # noqa: T201 - it is a program
    return 0


def _rows(content: bytes) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if any(cell != "" for row in rows for cell in row):
            return rows
    return []


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return {"day": cell.date().isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    return cell if isinstance(cell, str | int | float | bool) else str(cell)


if __name__ == "__main__":
    sys.exit(main())
