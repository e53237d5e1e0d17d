"""An invented case, so that a letter can be looked at before there is a real one."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

from grantflow import letters
from grantflow.letters import model as parts
from grantflow.programmes.definition import ProgrammeFile

SAMPLE = "sample.toml"


def sample_model(
    folder: Path, source: letters.LetterSource, file: ProgrammeFile
) -> letters.LetterModel:
    """The sample of the letters' folder under the programme's own letterhead.

    A fact the sample does not know is shown by its name in brackets.
    """
    stored = tomllib.loads((folder / SAMPLE).read_text(encoding="utf-8"))
    sample = letters.load(stored, SAMPLE)
    named = {name: f"[{name}]" for name in (*source.facts, *source.optional_facts)}
    return replace(
        sample,
        authority=_authority(file),
        case=replace(sample.case, programme=file.title.de),
        facts={**named, **sample.facts},
    )


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
