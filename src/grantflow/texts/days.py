"""Days and moments in a text, as people write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

_BERLIN = ZoneInfo("Europe/Berlin")
_WRITTEN = {
    "de": ("de_DE", "d. MMMM yyyy, HH:mm 'Uhr'"),
    "en": ("en_GB", "d MMMM yyyy, HH:mm"),
}


@dataclass(frozen=True)
class Day:
    """A day or moment in a text: in words, or as the text itself wants it (``{at:%H:%M}``)."""

    value: date
    words: str

    def __format__(self, wanted: str) -> str:
        return format(self.value, wanted) if wanted else self.words


def in_words(value: date, language: str) -> Day:
    """A day such as ``8. September 2026``; a moment with its time, as it is in Germany."""
    locale, pattern = _WRITTEN["en" if language == "en" else "de"]
    if not isinstance(value, datetime):
        return Day(value, format_date(value, "long", locale))
    there = value.astimezone(_BERLIN)
    return Day(there, format_datetime(there, pattern, locale=locale))
