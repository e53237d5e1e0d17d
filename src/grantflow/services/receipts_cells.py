"""Reads single cells of a receipt list: days and amounts, German and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from grantflow.forms.amounts import EITHER_WAY, NotANumber, as_decimal, places
from grantflow.rules.rounding import cents
from grantflow.services.receipts_table import Cell, clean

MOST = Decimal("9999999.99")  # euro of a single receipt
EARLIEST = 2000
_EITHER = re.compile(r"[0-9]{1,3}\.[0-9]{3}")  # a thousand, or one euro and a bit
_POINT = re.compile(r"[0-9]+\.[0-9]{1,2}|[0-9]{1,3}(,[0-9]{3})+\.[0-9]{2}")
_UNREAD = {
    EITHER_WAY: "receipts.cell.either_way",
    "forms.separators": "receipts.cell.separators",
}
_NO_DIGITS = re.compile(r"[^0-9.,]")
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%Y/%m/%d")


class WrongCell(ValueError):
    """A value that cannot be taken: the text key that says how to mend it, and what fills it."""

    def __init__(self, key: str, params: Mapping[str, Any] = _NOTHING) -> None:
        self.params = params
        super().__init__(key)


def read_day(raw: Cell) -> date:
    """A day, German (31.03.2027) or English (31/03/2027, 2027-03-31). Raises WrongCell."""
    if isinstance(raw, date):
        day = raw
    else:
        written = shown(raw)
        if not written:
            raise WrongCell("receipts.cell.missing")
        day = _written_day(written)
    if not EARLIEST <= day.year <= EARLIEST + 99:
        raise WrongCell("receipts.cell.year")
    return day


def _written_day(written: str) -> date:
    for form in _DATES:
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            continue
    raise WrongCell("receipts.cell.date")


def read_amount(raw: Cell, language: str = "de") -> Decimal:
    """Euro, German (1.234,56) or English (1,234.56), above zero. Raises WrongCell.

    ``language`` is that of whoever typed it; who wrote a list is not known, it is read as German.
    """
    if raw == "":
        raise WrongCell("receipts.cell.missing")
    if isinstance(raw, date):
        raise WrongCell("receipts.cell.amount")
    try:
        # Sheets keep amounts as binary fractions: 12.1 arrives as 12.1, 0.1 + 0.2 does not.
        value = as_decimal(round(raw, 6) if isinstance(raw, float) else raw, language)
    except NotANumber as error:
        raise WrongCell(_UNREAD.get(error.key, "receipts.cell.amount"), error.params) from None
    if places(value) > 2:
        raise WrongCell("receipts.cell.cents")
    if value <= 0:
        raise WrongCell("receipts.cell.not_positive")
    if value > MOST:
        raise WrongCell("receipts.cell.absurd")
    return cents(value)


def may_mean_either(raw: Cell) -> bool:
    """Whether an amount reads differently in German and in English (``1.234``)."""
    return isinstance(raw, str) and bool(_EITHER.fullmatch(_NO_DIGITS.sub("", raw)))


def has_decimal_point(raw: Cell) -> bool:
    """Whether an amount is written the English way (``12.50``, ``1,234.50``), or is a number.

    A text among the numbers of a workbook was typed otherwise than they were.
    """
    if isinstance(raw, float | int):
        return True
    return isinstance(raw, str) and bool(_POINT.fullmatch(_NO_DIGITS.sub("", raw)))


def shown(raw: Cell) -> str:
    """A cell as people see it."""
    if isinstance(raw, date):
        return raw.strftime("%d.%m.%Y")
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return clean(str(raw))
