"""Texts in both languages, for rows that are shown to people of either."""

from __future__ import annotations

from datetime import date

from grantflow.texts import LANGUAGES, text


def both(key: str, fallback: str = "") -> dict[str, str]:
    """A text of the catalogues by language; the fallback where a programme made up its own code."""
    found = {language: text(key, language) for language in LANGUAGES}
    return {k: fallback if said == key and fallback else said for k, said in found.items()}


def day_in_figures(day: date) -> dict[str, str]:
    """A calendar day by language, for mails."""
    return {"de": f"{day:%d.%m.%Y}", "en": f"{day:%d/%m/%Y}"}
