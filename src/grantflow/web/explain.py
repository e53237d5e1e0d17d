"""The steps of a calculation, as they are stored with its result, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from grantflow.texts import Said, text
from grantflow.web import formats

_AMOUNT = re.compile(r"-?\d+\.\d{2}")


@dataclass(frozen=True)
class Explained:
    """One step and the paragraph it rests on."""

    text: str
    source: str


def explained(steps: Sequence[Mapping[str, Any]], language: str) -> tuple[Explained, ...]:
    """The stored steps as sentences, dates written as the language does."""
    return tuple(
        Explained(text(step["key"], language, **shown(step["params"], language)), step["law"])
        for step in steps
    )


def shown(params: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Parameters of a text with dates and two-language words written for the reader."""
    return {name: _shown(value, language) for name, value in params.items()}


def _shown(value: Any, language: str) -> Any:
    if type(value) is Said:
        return Said(value.key, shown(value.params, language))
    if isinstance(value, dict):
        return str(value.get(language) or value.get("de") or "")
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        return formats.amount(value, language)
    if isinstance(value, str) and _is_date(value):
        return formats.short_day(value, language)
    return value


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return len(value) == 10 or value[10:11] == "T"
