"""The shipped letters and the model of sample facts that fills each of them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from grantflow import letters
from grantflow.letters import LetterModel, LetterSource, Rendered
from grantflow.letters.sample import sample_of
from grantflow.settings import settings

FOLDER = settings().templates_dir / "letters"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/letter.toml"))
TOML = """
kind = "information"
legal_nature = "-"
remedy = false
subject = "Der Flug von {{ case.project }}"
[title]
de = "Brief"
en = "Letter"
"""


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


@lru_cache
def printed(name: str) -> Rendered:
    return letters.render(letters.compose(shipped(name), sample_for(name), {}))


@lru_cache
def printed_long() -> Rendered:
    model = sample_model()
    assert model.decision is not None
    more = replace(model.decision, special_conditions=("Sie führen ein Flugbuch.",) * 60)
    return letters.render(
        letters.compose(shipped("grant_decision"), replace(model, decision=more), {})
    )


@pytest.fixture
def long_decision() -> Rendered:
    """A decision of more than three pages."""
    return printed_long()


@pytest.fixture
def model() -> LetterModel:
    return sample_model()


@pytest.fixture
def sample() -> Callable[[str], LetterModel]:
    """The sample model of a letter."""
    return sample_for


@pytest.fixture
def letter() -> Callable[[str], LetterSource]:
    return shipped


@pytest.fixture
def rendered() -> Callable[[str], Rendered]:
    """Renders each shipped letter once for all tests."""
    return printed


@pytest.fixture
def written() -> Callable[..., LetterSource]:
    """A letter with this body; further lines of its letter.toml before, tables after the title."""

    def write(body: str, settings: str = "", tables: str = "") -> LetterSource:
        return letters.parse_source("pig", (settings + TOML + tables).encode(), body.encode())

    return write


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for ``shipped_name`` runs for every shipped letter."""
    if "shipped_name" in metafunc.fixturenames:
        metafunc.parametrize("shipped_name", NAMES)
