"""Comparing what a vector expects with what the rules say, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAY = "weekday"
# Codes of violations and refusals under which the same thing is known.
_SAME_MEANING = (
    frozenset({"BELOW_POOL_MINIMUM", "POOL_TOO_SMALL"}),
    frozenset({"SEAT_UNKNOWN", "COURT_UNKNOWN"}),
)


@dataclass(frozen=True)
class Difference:
    """One thing that is not as expected: the text key with its parameters, field and values."""

    key: str
    place: str
    expected: str = ""
    actual: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


def differences(
    expected: Mapping[str, Any], answer: Mapping[str, Any], prefix: str = ""
) -> list[Difference]:
    """Every expected field that is missing in the answer or has another value there."""
    found: list[Difference] = []
    for name, value in expected.items():
        place = prefix + name
        if name in answer:
            found += _compare(value, answer[name], place)
        elif (weekday := _weekday(name, answer)) is not None:
            found += _compare(value, weekday, place)
        else:
            found.append(Difference("rules_verify.not_answered", place, shown(value)))
    return found


def _weekday(name: str, answer: Mapping[str, Any]) -> str | None:
    """``periodEndWeekday`` is the day of the week of ``periodEnd``, ``dueWeekday`` of ``dueOn``."""
    if not name.lower().endswith(_WEEKDAY):
        return None
    stem = name[: -len(_WEEKDAY)]
    days = [answer.get(stem + ending) for ending in ("", "Day", "On", "Date")]
    return next((weekday_of(day) for day in days if isinstance(day, date)), None)


def weekday_of(day: date) -> str:
    """The day of the week in three letters: Mon, Tue, …"""
    return _DAYS[day.weekday()]


def _compare(expected: Any, actual: Any, place: str) -> list[Difference]:
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        missing = sorted(set(map(str, actual)) - set(expected))
        extra = [Difference("rules_verify.not_expected", f"{place}.{name}") for name in missing]
        by_name = {str(name): value for name, value in actual.items()}
        return differences(expected, by_name, f"{place}.") + extra
    if isinstance(expected, list) and isinstance(actual, Mapping):
        actual = _as_rows(actual, with_names=any(isinstance(one, Mapping) for one in expected))
    if isinstance(expected, list) and isinstance(actual, list | tuple):
        return _rows(expected, actual, place)
    if _same(expected, actual):
        return []
    return [Difference("rules_verify.differs", place, shown(expected), shown(actual))]


def _as_rows(table: Mapping[str, Any], *, with_names: bool) -> list[Any]:
    """A table by name as a list in its order: of values, or of rows with the name."""
    if not with_names:
        return list(table.values())
    return [
        {"name": name, "funder": name, "id": name, "amount": value} for name, value in table.items()
    ]


def _rows(expected: Sequence[Any], actual: Sequence[Any], place: str) -> list[Difference]:
    """Lists have the same length; of a row's fields those that are expected are compared."""
    if len(expected) != len(actual):
        counts = (f"{len(expected)} ×", f"{len(actual)} ×")
        return [Difference("rules_verify.differs", place, *counts)]
    found: list[Difference] = []
    for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
        where = f"{place}.{number}"
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += differences(one, other, f"{where}.")
        else:
            found += _compare(one, other, where)
    return found


def _same(expected: Any, actual: Any) -> bool:
    """Amounts are equal as numbers, days as days; true is not 1, and null is only null."""
    if expected is None or actual is None or isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(actual, date):
        return bool(expected == actual.isoformat())
    if isinstance(actual, Decimal | int):
        return _number(expected) == actual
    if actual in _DAYS and expected in _LONG:
        return _LONG.index(expected) == _DAYS.index(actual)
    return _means(expected) == _means(str(actual)) if isinstance(expected, str) else False


def _means(code: str) -> str:
    """One code for all that mean the same."""
    return next((sorted(same)[0] for same in _SAME_MEANING if code in same), code)


def _number(value: Any) -> Decimal | None:
    """A number or its text; a sum with a comma or a blank is none."""
    if isinstance(value, str) and (value != value.strip() or "_" in value):
        return None
    try:
        found = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return found if found.is_finite() else None


def shown(value: Any) -> str:
    """A value as it would be written in a vectors file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(shown(one) for one in value) + "]"
    return str(value)
