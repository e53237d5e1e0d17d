"""Reads one answer: from what was typed or sent to the value that is kept, or why not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from grantflow import clock
from grantflow.forms import formats
from grantflow.forms.amounts import NotANumber, as_decimal, as_number, places, to_cents
from grantflow.forms.field import AMOUNT, MOVING, Field, Kind, Option

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_TRUE = frozenset({"true", "on", "1", "yes"})
_FALSE = frozenset({"false", "off", "0", "no", ""})
_DATE_SHAPES = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})"),
)


class Wrong(Exception):
    """The answer cannot be kept; says why by a text key."""

    def __init__(self, key: str, /, **params: Any) -> None:
        self.key = key
        self.params = params
        super().__init__(key)


def is_blank(raw: Any) -> bool:
    """Whether nothing was answered; an unticked box answers nothing."""
    if isinstance(raw, str):
        return not raw.strip()
    if isinstance(raw, list | tuple):
        return all(is_blank(item) for item in raw)
    if isinstance(raw, dict):
        return all(is_blank(item) for item in raw.values())
    return raw is None or raw is False


def read(field: Field, raw: Any, options: Sequence[Option], language: str = "de") -> Any:
    """The value of a non-blank answer as that language writes it. Raises Wrong."""
    if field.kind is Kind.NUMBER:
        return _number(field, raw, language)
    return _READERS[field.kind](field, raw, options)


def _text(field: Field, raw: Any, _options: Sequence[Option]) -> str:
    if not isinstance(raw, str):
        raise Wrong("forms.type_text")
    value = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if _CONTROL.search(value):
        raise Wrong("forms.characters")
    limits = field.limits
    if len(value) > limits.longest:
        raise Wrong("forms.too_long", most=limits.longest, count=len(value))
    if limits.shortest is not None and len(value) < limits.shortest:
        raise Wrong("forms.too_short", least=limits.shortest, count=len(value))
    if field.format in formats.READERS:
        return _shaped(field.format, value)
    return value


def _shaped(shape: str, value: str) -> str:
    try:
        return formats.READERS[shape](value)
    except formats.WrongShape as error:
        raise Wrong(str(error)) from error


def _number(field: Field, raw: Any, language: str) -> str | int | float:
    try:
        value = as_decimal(raw, language)
    except NotANumber as error:
        raise Wrong(error.key, **error.params) from error
    decimals = 2 if field.is_money else field.limits.decimals
    if decimals is not None and places(value) > decimals:
        raise Wrong(_decimals_key(field), decimals=decimals)
    _check_range(field, value)
    return str(to_cents(value)) if field.is_money else as_number(value)


def _decimals_key(field: Field) -> str:
    if field.is_money:
        return "forms.cents"
    return "forms.whole" if field.limits.decimals == 0 else "forms.decimals"


def _check_range(field: Field, value: Decimal) -> None:
    least = field.limits.least
    if least is None and field.is_money:
        least = Decimal(0)
    most = AMOUNT if field.limits.most is None else field.limits.most
    suffix = "_money" if field.is_money else ""
    if least is not None and value < least:
        raise Wrong(f"forms.too_small{suffix}", least=_limit(field, least))
    if value > most or value < -AMOUNT:
        raise Wrong(f"forms.too_large{suffix}", most=_limit(field, most))


def _limit(field: Field, limit: Decimal) -> Decimal | int:
    """A limit as it is told: a year is a name and not an amount (2020, not 2.020)."""
    return int(limit) if field.is_year else limit


def read_date(raw: Any) -> date:
    """A day as ISO, German or English people write it. Raises Wrong."""
    if not isinstance(raw, str):
        raise Wrong("forms.date")
    for shape in _DATE_SHAPES:
        found = shape.fullmatch(raw.strip())
        if found:
            return _day(int(found["y"]), int(found["m"]), int(found["d"]))
    raise Wrong("forms.date")


def _day(year: int, month: int, day: int) -> date:
    try:
        value = date(year, month, day)
    except ValueError as error:
        raise Wrong("forms.no_such_day") from error
    if not 1900 <= year <= 2200:
        raise Wrong("forms.year")
    return value


def _date(field: Field, raw: Any, _options: Sequence[Option]) -> str:
    value = read_date(raw)
    limits = field.limits
    if limits.earliest and value < boundary(limits.earliest):
        raise Wrong("forms.too_early", least=boundary(limits.earliest))
    if limits.latest and value > boundary(limits.latest):
        raise Wrong("forms.too_late", most=boundary(limits.latest))
    return value.isoformat()


def boundary(written: str) -> date:
    """A limit of a date: an ISO day, ``today`` or ``tomorrow``."""
    if written in MOVING:
        return clock.today() + timedelta(days=MOVING[written])
    return date.fromisoformat(written)


def _choice(_field: Field, raw: Any, options: Sequence[Option]) -> str:
    if not isinstance(raw, str | int) or isinstance(raw, bool):
        raise Wrong("forms.type_choice")
    if str(raw) not in {option.value for option in options}:
        raise Wrong("forms.choice")
    return str(raw)


def _choices(field: Field, raw: Any, options: Sequence[Option]) -> list[str]:
    given = [raw] if isinstance(raw, str) else raw
    if not isinstance(given, list) or len(given) > max(len(options), 1) + ROOM:
        raise Wrong("forms.type_choices")
    chosen = {_choice(field, item, options) for item in given if not is_blank(item)}
    return [option.value for option in options if option.value in chosen]


ROOM = 200  # repeated or blank entries that are forgiven


def _checkbox(_field: Field, raw: Any, _options: Sequence[Option]) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in _TRUE | _FALSE:
        return raw.lower() in _TRUE
    raise Wrong("forms.type_checkbox")


def _files(field: Field, raw: Any, options: Sequence[Option]) -> list[dict[str, str]]:
    given = [raw] if isinstance(raw, str | dict) else raw
    if not isinstance(given, list) or len(given) > ROOM:
        raise Wrong("forms.type_files")
    wanted = [file_id(item) for item in given if not is_blank(item)]
    known = {option.value: option.label for option in options}
    if any(item not in known for item in wanted):
        raise Wrong("forms.file_unknown")
    if len(wanted) > 1 and not field.limits.multiple:
        raise Wrong("forms.one_file")
    return [{"id": item, "name": known[item]} for item in dict.fromkeys(wanted)]


def file_id(item: Any) -> str:
    """The document id in an entry of a file field. Raises Wrong."""
    found = item.get("id") if isinstance(item, dict) else item
    if not isinstance(found, str):
        raise Wrong("forms.type_files")
    return found


_READERS: Mapping[Kind, Callable[[Field, Any, Sequence[Option]], Any]] = {
    Kind.TEXTFIELD: _text,
    Kind.TEXTAREA: _text,
    Kind.DATE: _date,
    Kind.SELECT: _choice,
    Kind.RADIO: _choice,
    Kind.CHECKLIST: _choices,
    Kind.TAGLIST: _choices,
    Kind.CHECKBOX: _checkbox,
    Kind.FILES: _files,
}


def empty(field: Field) -> Any:
    """The value of a field that was not answered."""
    if field.kind is Kind.CHECKBOX:
        return False
    return [] if field.is_many or field.kind is Kind.ROWS else None
