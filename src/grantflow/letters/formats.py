"""How amounts, dates and passages look in a German letter: the filters of the templates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from markupsafe import Markup, escape

from grantflow.letters.model import PlanLine

_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
_CENT = Decimal("0.01")
_SEPARATORS = str.maketrans({",": ".", ".": ","})
_BULLET = "- "
_ITEM = re.compile(r"^[-–•](?:\s+|$)")
# What must not stand alone at the end of a line in a legal text.
_GLUE = re.compile(r"(§§?|\b(?:Abs\.|Absatz|Nr\.|Nummer|Satz|Seite|bis zu|z\.)) (?=[\dB])")


def euro(amount: Decimal | int | float | str) -> str:
    """An amount in euro: ``12.345,60 €``; a number or its text (stored values)."""
    value = Decimal(str(amount)).quantize(_CENT, ROUND_HALF_UP)
    return f"{_german(f'{value:,.2f}')}\u00a0€"


def number(value: Decimal | int | float | str) -> str:
    """A whole number without decimals (``14.0`` becomes ``14``), any other as it is in German."""
    return _german(_bare(Decimal(str(value))))


def percent(share: Decimal | int | float | str) -> str:
    """A share as per cent: ``0.5`` becomes ``50 %``."""
    value = (Decimal(str(share)) * 100).quantize(_CENT, ROUND_HALF_UP)
    return f"{_german(_bare(value))}\u00a0%"


def _bare(value: Decimal) -> str:
    shown = f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _german(figure: str) -> str:
    return figure.translate(_SEPARATORS)


def date_long(day: date | str) -> str:
    """A day in words: ``2. März 2026``."""
    known = _day(day)
    return f"{known.day}.\u00a0{_MONTHS[known.month - 1]}\u00a0{known.year}"


def date_short(day: date | str) -> str:
    """A day in figures: ``02.03.2026``."""
    return f"{_day(day):%d.%m.%Y}"


def iban(account: str) -> str:
    """An IBAN in groups of four that stay on one line."""
    return "\u00a0".join(account[at : at + 4] for at in range(0, len(account), 4))


def _day(day: date | str) -> date:
    return date.fromisoformat(day[:10]) if isinstance(day, str) else day


def total(rows: Iterable[PlanLine]) -> Decimal:
    """The sum of the lines of a plan, euro."""
    return sum((row.amount for row in rows), Decimal(0))


def join(parts: Iterable[object], separator: str = ", ") -> str:
    """The parts in one line."""
    return separator.join(str(part) for part in parts)


def lines(text: str | Iterable[object]) -> list[str]:
    """The lines of a text (or the items of a list) without bullets and empty ones."""
    every = text.splitlines() if isinstance(text, str) else [str(each) for each in text]
    return [bare for line in every if (bare := _ITEM.sub("", line.strip()))]


def glued(html: str) -> str:
    """No break between ``§`` or ``Abs.`` and its number."""
    return _GLUE.sub("\\1\u00a0", html)


def unwrapped(text: str) -> str:
    """A passage of a file without its line breaks: one line per paragraph and per list item."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(re.sub(r"\s*\n\s*(?!\s*- )", " ", each) for each in paragraphs)


def paragraphs(text: str) -> Markup:
    """Plain text as paragraphs: an empty line separates them, ``- `` begins a list item."""
    return Markup("\n").join(_passage(part) for part in re.split(r"\n\s*\n", text.strip()) if part)


def _passage(part: str) -> Markup:
    rows = [row.strip() for row in part.splitlines() if row.strip()]
    grouped = groupby(rows, lambda row: row.startswith(_BULLET))
    return Markup("\n").join(_list(group) if bullet else _text(group) for bullet, group in grouped)


def _list(rows: Iterable[str]) -> Markup:
    items = (Markup("<li>{}</li>").format(row.removeprefix(_BULLET).strip()) for row in rows)
    return Markup("<ul>{}</ul>").format(Markup("").join(items))


def _text(rows: Iterable[str]) -> Markup:
    text = Markup("<br>").join(escape(row) for row in rows)
    # What ends with a colon stays on the page of what it announces.
    if text.endswith(":"):
        return Markup('<p class="lead">{}</p>').format(text)
    return Markup("<p>{}</p>").format(text)
