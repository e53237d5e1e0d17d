"""The shipped letters, filled and rendered, and letters that a test writes itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import pytest
from tests.unit.letters.shipped_letters import NAMES, sample_for, sample_model, shipped

from grantflow import letters
from grantflow.letters import LetterModel, LetterSource, Rendered

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
