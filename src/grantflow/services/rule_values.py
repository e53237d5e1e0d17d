"""A value of a rule as it is typed: of the kind the rule reads, neither negative nor absurd."""

from __future__ import annotations

import re
from datetime import date

from grantflow.errors import Invalid, Problem
from grantflow.rules.base_rate_book import NAME as BASE_RATE
from grantflow.rules.profiles import kind_of
from grantflow.rules.value_schema import fault

Value = bool | int | float | str
MOST = 1_000_000_000
_NUMBER = re.compile(r"-?\d{1,12}([.,]\d{1,6})?")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")  # to some readers; 1.1250 is one number to all
_DURATION = re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?")
_YES, _NO = frozenset({"ja", "yes", "true"}), frozenset({"nein", "no", "false"})


def read_value(name: str, raw: str, like: Value) -> Value:
    """The value somebody typed, of the kind of ``like``. Raises Invalid saying how to mend it."""
    text = raw.strip()
    if not text:
        raise _wrong("value_missing")
    kind = kind_of(like)
    if kind == "switch":
        return _switch(text)
    value = _number(name, text) if kind == "number" else _text(text, str(like))
    wrong = fault(name, value)
    if wrong is not None:
        raise Invalid([wrong])
    return value


def _switch(text: str) -> bool:
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise _wrong("value_switch")


def _number(name: str, text: str) -> int | float:
    if not _NUMBER.fullmatch(text) or _THOUSANDS.fullmatch(text):
        raise _wrong("value_number")
    number = float(text.replace(",", "."))
    if number < 0 and name != BASE_RATE:
        raise _wrong("negative")
    if number > MOST:
        raise Invalid([Problem("rules_admin.absurd", {"most": MOST}, "value")])
    return int(number) if re.fullmatch(r"-?\d+", text) else number


def _text(text: str, like: str) -> str:
    if _DURATION.fullmatch(like) and not _DURATION.fullmatch(text):
        raise _wrong("value_duration")
    return text


def read_day(raw: str, place: str, *, required: bool) -> date | None:
    """A day somebody typed. Raises Invalid."""
    text = raw.strip()
    if not text and not required:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        key = "date_wrong" if text else "date_missing"
        raise Invalid([Problem(f"rules_admin.{key}", place=place)]) from None


def _wrong(name: str) -> Invalid:
    return Invalid([Problem(f"rules_admin.{name}", place="value")])
