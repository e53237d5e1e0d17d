"""What may go into an expression and what may come out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

MAX_ITEMS = 1_000
MAX_EXACT = 2**53
MAX_DEPTH = 20


class Unfit(Exception):
    """A value that cannot be used in an expression; ``args[0]`` is the last part of a text key."""


def _number(value: int | float | Decimal) -> int | float:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise Unfit("not_a_number")
        value = int(value) if value == value.to_integral_value() else float(value)
    if not isfinite(value) or (isinstance(value, int) and abs(value) > MAX_EXACT):
        raise Unfit("not_a_number")
    return value


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Unfit("not_a_value") from error
    return value


def into(value: Any, depth: int = 0) -> Any:
    """The JSON form of a value: dates as ISO text, amounts as numbers. Raises Unfit."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return _several(value, depth + 1)


def _several(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Unfit("too_deep")
    if isinstance(value, Mapping):
        return {str(key): into(entry, depth) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        if len(value) > MAX_ITEMS:
            raise Unfit("too_many")
        return [into(entry, depth) for entry in value]
    raise Unfit("not_a_value")


def out(value: Any) -> Any:
    """The Python form of an answer: whole numbers as int, everything else as it came."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [out(entry) for entry in value]
    if isinstance(value, dict):
        return {key: out(entry) for key, entry in value.items()}
    return value
