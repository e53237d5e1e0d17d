"""Without the built interpreter people are told what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import Exit

from grantflow.cli.console import plain_errors
from grantflow.expressions import isolate


@pytest.fixture
def unbuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(isolate, "BUNDLE", tmp_path / "feel.js")
    isolate._bundle.cache_clear()
    yield
    isolate._bundle.cache_clear()


@pytest.mark.usefixtures("unbuilt")
def test_a_missing_interpreter_is_a_plain_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTFLOW_LANGUAGE", "de")
    with pytest.raises(Exit), plain_errors():
        isolate.Isolate()
    assert "make setup" in capsys.readouterr().err
