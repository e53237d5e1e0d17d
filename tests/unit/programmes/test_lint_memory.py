"""What the lint remembers: that a content is sound, never that it is not."""

from __future__ import annotations

import pytest
from tests.integration.small_programme import field, form
from tests.integration.studio_world import FOLDER, LETTERS, SHARED

from grantflow import forms
from grantflow.errors import Problem
from grantflow.programmes import lint as linting
from grantflow.programmes.lint import lint
from grantflow.programmes.package import Package, load_folder


def unseen(name: str) -> Package:
    """A package that no other test has linted."""
    package = load_folder(FOLDER, SHARED, LETTERS)
    return package.with_file(f"forms/{name}.form", form(name, field("textfield", name)))


def test_a_fault_of_a_moment_is_not_there_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = unseen("momentary")
    with monkeypatch.context() as patched:
        slow = [Problem("expressions.out_of_time", {"expression": "x"}, "x")]
        patched.setattr(linting.forms, "lint", lambda *_: slow)
        assert any(one.key == "expressions.out_of_time" for one in lint(chosen))
    assert lint(chosen) == []


def test_sound_content_is_not_looked_through_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, asked = unseen("sound"), 0
    assert lint(chosen) == []

    def counted(*_: object) -> list[Problem]:
        nonlocal asked
        asked += 1
        return []

    monkeypatch.setattr(forms, "lint", counted)
    assert lint(chosen) == []
    assert asked == 0
