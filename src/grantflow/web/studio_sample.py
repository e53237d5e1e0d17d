"""An invented case, so that a letter can be looked at before there is a real one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grantflow import letters
from grantflow.letters import model as parts
from grantflow.letters.sample import SAMPLE, sample_of
from grantflow.programmes.definition import ProgrammeFile

_FILTERS: Mapping[str, Any] = {
    "euro": "1234.56",
    "number": 14,
    "percent": "0.5",
    "date_long": "2026-09-08",
    "date_short": "2026-09-08",
}
"""What fits a filter a letter puts a fact through."""


def sample_model(
    folder: Path, source: letters.LetterSource, file: ProgrammeFile
) -> letters.LetterModel:
    """The sample of the letters' folder under the programme's own letterhead.

    A fact the sample does not know is shown by its name in brackets, or by any value that fits
    where an amount, a number or a date is wanted.
    """
    own = folder / source.name / SAMPLE
    shared = (folder / SAMPLE).read_bytes()
    sample = sample_of(shared, own.read_bytes() if own.is_file() else None, SAMPLE)
    shipped = [block.read_text(encoding="utf-8") for block in folder.glob("blocks/*.html")]
    named = {name: _fitting(source, shipped, name) for name in _wanted(source)}
    return replace(
        sample,
        authority=_authority(file),
        case=replace(sample.case, programme=file.title.de),
        facts={**named, **sample.facts},
    )


def _wanted(source: letters.LetterSource) -> set[str]:
    """The facts a letter cannot be without, alternatives included."""
    needed = (path.strip() for need in source.needs for path in need.split("|"))
    return {*source.facts, *(p.removeprefix("facts.") for p in needed if p.startswith("facts."))}


def _fitting(source: letters.LetterSource, shipped: Sequence[str], name: str) -> Any:
    texts = [source.subject, source.reference_line, source.body, *shipped]
    texts += [block.text for block in source.blocks.values()]
    filters = "|".join(_FILTERS)
    found = re.search(rf"facts\.{re.escape(name)}\s*\|\s*({filters})\b", "\n".join(texts))
    return _FILTERS[found.group(1)] if found else f"[{name}]"


def _authority(file: ProgrammeFile) -> parts.Authority:
    facts = file.authority
    return parts.Authority(
        name=facts.name,
        street=facts.street,
        postcode=facts.postcode,
        town=facts.town,
        unit=facts.unit,
        phone=facts.phone,
        email=facts.email,
        website=facts.web,
    )
