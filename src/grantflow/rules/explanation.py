"""How a result explains itself: steps, each with the paragraph that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from grantflow.texts import text

_FORMATS = {"de": "%d.%m.%Y", "en": "%d %b %Y"}
_GERMAN = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Step:
    """One step of a computation: text key, what fills it, and the legal source."""

    key: str
    law: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, language: str = "de") -> str:
        """The step as a sentence with its source, e.g. for the case file."""
        filled = {name: _shown(value, language) for name, value in self.params.items()}
        said = text(self.key, language, **filled)
        return f"{said} ({self.law})" if self.law else said

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON values, to be stored with a dispatch or a decision."""
        params = {name: _stored(value) for name, value in self.params.items()}
        return {"key": self.key, "law": self.law, "params": params}


def _stored(value: Any) -> Any:
    """Dates as ISO text; numbers in both languages, because the reader is not known yet."""
    if isinstance(value, Decimal):
        return {language: _shown(value, language) for language in _FORMATS}
    return value.isoformat() if isinstance(value, date) else value


def _shown(value: Any, language: str) -> Any:
    if isinstance(value, date):
        return value.strftime(_FORMATS.get(language, _FORMATS["de"]))
    if isinstance(value, Decimal):
        english = f"{value:,f}"
        return english if language == "en" else english.translate(_GERMAN)
    if isinstance(value, Mapping):  # a stored number, or words in both languages
        return value.get(language) or value.get("de", "")
    return value
