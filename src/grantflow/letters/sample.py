"""Invented facts for a letter: the sample all letters share and what its own one says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from grantflow.errors import BadProgramme, Problem
from grantflow.letters.model import LetterModel, load

SAMPLE = "sample.toml"


def sample_of(shared: bytes, own: bytes | None, place: str = SAMPLE) -> LetterModel:
    """The model of the shared sample, its parts replaced by those of the letter's own sample.

    Tables are merged, everything else is replaced. BadProgramme names what does not fit.
    """
    stored = _toml(shared, SAMPLE)
    return load(_merged(stored, _toml(own, place)) if own else stored, place)


def _toml(content: bytes, place: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProgramme([Problem("letters.not_toml", {"reason": str(error)}, place)]) from error


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        known = merged.get(name)
        both = isinstance(value, Mapping) and isinstance(known, Mapping)
        merged[name] = _merged(known or {}, value) if both else value
    return merged
