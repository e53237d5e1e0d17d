"""Drafts follow what the form itself proposes, as long as nobody has changed the value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grantflow.forms.amounts import NotANumber, as_decimal
from grantflow.forms.walk import row_list


def follow(value: Any, was: Any, now: Any, language: str) -> Any:
    """A drafted value when the proposal ``was`` becomes ``now``: the new one if it is as it was.

    ``language`` is that of whoever drafted it. A row is found again by its texts; its values are
    followed one by one.
    """
    if isinstance(was, list) and isinstance(now, list) and isinstance(value, list):
        pairs = list(zip(row_list(was), row_list(now), strict=False))
        return [_row(row, pairs, language) if isinstance(row, dict) else row for row in value]
    return now if _same(value, was, language) else value


def _row(
    row: dict[str, Any], pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]], language: str
) -> Any:
    for old, new in pairs:
        if old and all(row.get(key) == text for key, text in old.items() if isinstance(text, str)):
            return row | {
                key: follow(row.get(key), was, new.get(key), language) for key, was in old.items()
            }
    return row


def _same(value: Any, was: Any, language: str) -> bool:
    try:
        return bool(as_decimal(value, language) == as_decimal(was))
    except NotANumber:
        return bool(value == was)
