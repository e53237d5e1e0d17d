"""Names that somebody may have meant who wrote one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def close_names(name: str, known: Iterable[str]) -> str:
    """Up to three known names that look alike, nearest first; empty where none does."""
    return ", ".join(get_close_matches(name, sorted(known), n=3, cutoff=0.7))
