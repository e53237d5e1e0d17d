"""The page on rules names every rule, and every field that it shows to legal units exists."""

from __future__ import annotations

import re
from pathlib import Path

from grantflow.rules.computing import RULES
from grantflow.rules.verify.run import KINDS

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
_TABLE = PAGE[PAGE.index("| Question |") :]
_CODE = re.compile(r"`([A-Za-z0-9_]+)`")


def test_every_rule_is_on_the_page() -> None:
    assert set(RULES) <= set(_CODE.findall(PAGE[: PAGE.index("## Vectors")]))


def test_every_input_field_on_the_page_is_understood() -> None:
    known = {field for kind in KINDS for field in kind.fields}
    shown = {name for line in _TABLE.splitlines() for name in _CODE.findall(line.split("|")[2])}
    assert shown
    assert shown - known == set()
