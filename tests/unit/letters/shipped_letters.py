"""The letters GrantFlow ships, and the model of sample facts that fills each of them."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from grantflow import letters
from grantflow.letters import LetterModel, LetterSource
from grantflow.letters.sample import sample_of
from grantflow.settings import settings

FOLDER = settings().templates_dir / "letters"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/letter.toml"))


@lru_cache
def shipped(name: str) -> LetterSource:
    folder = FOLDER / name
    read = (Path(folder / file).read_bytes() for file in ("letter.toml", "body.html"))
    return letters.parse_source(name, *read)


@lru_cache
def sample_model() -> LetterModel:
    stored = tomllib.loads((FOLDER / "sample.toml").read_text(encoding="utf-8"))
    return letters.load(stored, "sample.toml")


@lru_cache
def sample_for(name: str) -> LetterModel:
    """The sample of a letter: the shared one with what the letter's own folder says."""
    own = FOLDER / name / "sample.toml"
    shared = (FOLDER / "sample.toml").read_bytes()
    return sample_of(shared, own.read_bytes() if own.exists() else None, name)
