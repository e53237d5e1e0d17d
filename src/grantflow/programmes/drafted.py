"""Reads what stands in the answers of a form: amounts, days, rows; nothing where it is none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any


def amount_of(value: object) -> Decimal | None:
    """An answer as euro or number; None if it is empty or none."""
    try:
        found = Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None
    return found if found is None or found.is_finite() else None


def day_of(value: object) -> date | None:
    """An answer as a day; None if it is empty or none."""
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def rows_of(value: object) -> list[Mapping[str, Any]]:
    """The rows of a repeating group; none if the answer is no list."""
    found = value if isinstance(value, list) else []
    return [row for row in found if isinstance(row, Mapping)]
