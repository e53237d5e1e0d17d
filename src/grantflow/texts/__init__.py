"""Message catalogues: everything the program says to people, German first, English second.

``texts/<language>/<area>.toml`` holds ``name = "text with {params}"``; the key is ``area.name``.
Nested tables make longer keys (``[task] open = …`` in cases.toml is ``cases.task.open``).
A value that is a table with ``one`` and ``other`` is chosen by the parameter ``count``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from grantflow.texts.days import in_words
from grantflow.texts.figures import written

LANGUAGES = ("de", "en")
_FOLDER = Path(__file__).parent
_PLURAL = {"one", "other"}


def _flatten(prefix: str, table: Mapping[str, Any], into: dict[str, str]) -> None:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, Mapping):
            _flatten(key, value, into)
        else:
            into[key] = str(value).strip()


class _Visible(dict[str, Any]):
    """A parameter nobody gave is shown as ``{name}``: ugly, but the page lives and says why."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@lru_cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of one language by key."""
    found: dict[str, str] = {}
    for path in sorted((_FOLDER / language).glob("*.toml")):
        _flatten(path.stem, tomllib.loads(path.read_text(encoding="utf-8")), found)
    return found


class Said(str):
    """A text that is a parameter of another one and is said in that one's language.

    As a plain string (in a log, in JSON) it is German.
    """

    __slots__ = ("key", "params")

    key: str
    params: Mapping[str, Any]

    def __new__(cls, key: str, params: Mapping[str, Any]) -> Said:
        said = super().__new__(cls, text(key, "de", **params))
        said.key, said.params = key, params
        return said

    def in_language(self, language: str) -> str:
        """The text in one language."""
        return text(self.key, language, **self.params)


class Worded(Said):
    """A text of a programme in both languages, as a parameter of a message."""

    __slots__ = ("english",)

    english: str

    def __new__(cls, german: str, english: str) -> Worded:
        worded = str.__new__(cls, german)
        worded.key, worded.params, worded.english = "", {}, english
        return worded

    def in_language(self, language: str) -> str:
        """The text in one language."""
        return self.english if language == "en" else str(self)


def text(key: str, language: str = "de", /, **params: Any) -> str:
    """The text for a key, filled; an unknown key is shown as itself so that nothing is hidden."""
    params = {name: _in_words(value, key, language) for name, value in params.items()}
    texts = catalogue(language if language in LANGUAGES else "de")
    found = texts.get(key)
    if found is None and "count" in params:
        found = texts.get(f"{key}.{'one' if params['count'] == 1 else 'other'}")
    if found is None:
        return key
    return found.format_map(_Visible(params)) if params else found


def _in_words(value: Any, key: str, language: str) -> Any:
    if isinstance(value, Said):
        return value.in_language(language)
    if isinstance(value, date):
        return in_words(value, language)
    return written(value, key, language) if isinstance(value, Decimal) else value
