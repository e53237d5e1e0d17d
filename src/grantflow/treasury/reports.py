"""What the treasury reports of payments: its table (CSV) and ISO 20022 pain.002."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from grantflow.decisions.xml import load_xml
from grantflow.errors import BadProgramme, Invalid, Problem

COLUMNS = ("end_to_end_id", "amount", "status", "date", "reason")
LARGEST = 2_000_000
MOST_PROBLEMS = 50
_AMOUNT = re.compile(r"[0-9]{1,11}[.,][0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OF_TABLE = {"paid": "paid", "returned": "returned"}
# Completed (ACSC, ACCC) or rejected; the others say that the bank is still at it.
_OF_XML = {
    "ACSC": "paid", "ACCC": "paid", "RJCT": "returned",
    "ACTC": "", "ACCP": "", "ACSP": "", "ACWC": "", "RCVD": "", "PDNG": "", "PART": "",
}  # fmt: skip


@dataclass(frozen=True)
class ReportLine:
    """What became of one payment: ``paid``, ``returned`` or nothing yet (empty)."""

    row: int
    end_to_end_id: str
    amount: Decimal | None
    outcome: str
    on: date | None
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """A report as it was read.

    ``of_all`` is the outcome of a whole file that names no payments, ``reason`` why it came back.
    """

    kind: str
    message_id: str
    lines: tuple[ReportLine, ...]
    of_all: str = ""
    reason: str = ""


def read_report(content: bytes) -> Report:
    """Read a report. Raises Invalid with every fault and its row; then it is of no use at all."""
    if not content.strip() or len(content) > LARGEST:
        raise Invalid([Problem("money.report_empty", place="file")])
    return _read_xml(content) if content.lstrip()[:1] == b"<" else _read_table(content)


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise Invalid(list(problems[:MOST_PROBLEMS]))


# ---- the treasury's table


def _read_table(content: bytes) -> Report:
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Invalid([Problem("money.report_unreadable", place="file")]) from None
    head = tuple(cell.strip().lower() for cell in rows[0])
    if head != COLUMNS:
        params = {"wanted": ";".join(COLUMNS), "found": ";".join(head)[:200]}
        raise Invalid([Problem("money.report_columns", params, "1")])
    problems: list[Problem] = []
    lines = tuple(_rows(rows[1:], problems))
    _refuse([*problems, *_twice(lines)])
    if not lines:
        raise Invalid([Problem("money.report_empty", place="file")])
    return Report("csv", "", lines)


def _rows(rows: Sequence[Sequence[str]], problems: list[Problem]) -> Iterator[ReportLine]:
    for number, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        faults = list(_faults([cell.strip() for cell in cells], number))
        problems += faults
        if not faults:
            name, amount, status, on, reason = (cell.strip() for cell in cells)
            paid = Decimal(amount.replace(",", "."))
            outcome = _OF_TABLE[status.lower()]
            yield ReportLine(number, name, paid, outcome, date.fromisoformat(on), reason[:200])


def _faults(cells: Sequence[str], row: int) -> Iterator[Problem]:
    place = str(row)
    if len(cells) != len(COLUMNS):
        params = {"row": row, "found": len(cells), "wanted": len(COLUMNS)}
        yield Problem("money.report_cells", params, place)
        return
    name, amount, status, on, _ = cells
    if not name:
        yield Problem("money.report_no_id", {"row": row}, place)
    if not _AMOUNT.fullmatch(amount):
        yield Problem("money.report_amount", {"row": row, "found": amount[:40]}, place)
    if status.lower() not in _OF_TABLE:
        yield Problem("money.report_status", {"row": row, "found": status[:40]}, place)
    if not _DAY.fullmatch(on) or _day(on) is None:
        yield Problem("money.report_date", {"row": row, "found": on[:40]}, place)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _twice(lines: Sequence[ReportLine]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for line in lines:
        first = seen.setdefault(line.end_to_end_id, line.row)
        if first != line.row:
            params = {"row": line.row, "id": line.end_to_end_id, "first": first}
            yield Problem("money.report_twice", params, str(line.row))


# ---- pain.002


def _read_xml(content: bytes) -> Report:
    try:
        root = load_xml(content)
    except BadProgramme:  # what the hardened reader says of any file that strangers wrote
        raise Invalid([Problem("money.report_unreadable", place="file")]) from None
    name = etree.QName(root)
    if not (name.namespace or "").startswith("urn:iso:std:iso:20022:tech:xsd:pain.002."):
        raise Invalid([Problem("money.report_other_kind", {"found": name.localname}, "file")])
    found = {"n": name.namespace}
    message_id = _text(root, ".//n:OrgnlGrpInfAndSts/n:OrgnlMsgId", found)
    if not message_id:
        raise Invalid([Problem("money.report_no_message", place="file")])
    problems: list[Problem] = []
    lines = tuple(_transactions(root, found, problems))
    whole = _text(root, ".//n:OrgnlGrpInfAndSts/n:GrpSts", found)
    if whole and whole not in _OF_XML:
        problems.append(Problem("money.report_status", {"row": 0, "found": whole[:40]}, "file"))
    _refuse([*problems, *_twice(lines)])
    of_all = "" if lines else _OF_XML.get(whole, "")
    group = root.find(".//n:OrgnlGrpInfAndSts", found)
    return Report("pain.002", message_id, lines, of_all, _reason(group, found))


def _transactions(
    root: Any, names: Mapping[str, str], problems: list[Problem]
) -> Iterator[ReportLine]:
    on = _day(_text(root, ".//n:GrpHdr/n:CreDtTm", names))
    for row, node in enumerate(root.iterfind(".//n:TxInfAndSts", names), 1):
        name = _text(node, "n:OrgnlEndToEndId", names)
        status = _text(node, "n:TxSts", names)
        amount = _text(node, "n:OrgnlTxRef/n:Amt/n:InstdAmt", names)
        if not name:
            problems.append(Problem("money.report_no_id", {"row": row}, str(row)))
        if status not in _OF_XML:
            params = {"row": row, "found": status[:40]}
            problems.append(Problem("money.report_status", params, str(row)))
        if amount and not re.fullmatch(r"[0-9]{1,11}(\.[0-9]{1,2})?", amount):
            params = {"row": row, "found": amount[:40]}
            problems.append(Problem("money.report_amount", params, str(row)))
            amount = ""
        settled = _day(_text(node, "n:AccptncDtTm", names)) or on
        worth = Decimal(amount) if amount else None
        reason = _reason(node, names)
        yield ReportLine(row, name, worth, _OF_XML.get(status, ""), settled, reason)


def _reason(node: Any, names: Mapping[str, str]) -> str:
    code = _text(node, "n:StsRsnInf/n:Rsn/n:Cd", names)
    return (code or _text(node, "n:StsRsnInf/n:AddtlInf", names))[:200]


def _text(node: Any, path: str, names: Mapping[str, str]) -> str:
    return (node.findtext(path, default="", namespaces=names) or "").strip()
