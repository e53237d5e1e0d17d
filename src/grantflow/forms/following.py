"""Drafts follow what the form itself proposes, as long as nobody has changed the value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grantflow.forms.amounts import NotANumber, as_decimal
from grantflow.forms.walk import row_list


def follow(value: Any, was: Any, now: Any) -> Any:
    """A drafted value when the proposal ``was`` becomes ``now``: the new one if it is as it was.

    A row is found again by its texts; its values are followed one by one.
    """
    if isinstance(was, list) and isinstance(now, list) and isinstance(value, list):
        pairs = list(zip(row_list(was), row_list(now), strict=False))
        return [_row(row, pairs) if isinstance(row, dict) else row for row in value]
    return now if _same(value, was) else value


def _row(row: dict[str, Any], pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> Any:
    for old, new in pairs:
        if old and all(row.get(key) == text for key, text in old.items() if isinstance(text, str)):
            return row | {key: follow(row.get(key), old[key], new.get(key)) for key in old}
    return row


def _same(value: Any, was: Any) -> bool:
    try:
        return bool(as_decimal(value) == as_decimal(was))
    except NotANumber:
        return bool(value == was)
