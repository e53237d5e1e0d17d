"""The generated reference is what the code says."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES: dict[str, str] = runpy.run_path(str(ROOT / "scripts" / "reference.py"))["pages"]()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_is_not_stale(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "run .venv/bin/python scripts/reference.py"


def test_every_code_has_words_in_the_reference() -> None:
    assert "roles." not in PAGES["effects.md"]
    assert "| status." not in PAGES["effects.md"]
