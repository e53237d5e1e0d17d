"""A revocation that was returned is drafted anew on the money of that day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from grantflow.programmes import rehearsal
from grantflow.programmes.load import read
from grantflow.programmes.package import load_folder
from grantflow.programmes.playing import run_scenario
from grantflow.programmes.scenario import parse_scenario

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "workflows/bamf_model_projects"
NAME = "scenarios/withdrawal_contested_and_annulled.toml"
FIRST_DRAFT = datetime.fromisoformat("2026-08-03T10:00:00+02:00")


def test_a_returned_revocation_counts_what_came_back_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programme = read(load_folder(FOLDER, ROOT / "workflows/_shared", ROOT / "templates/letters"))
    story = parse_scenario((FOLDER / NAME).read_bytes(), NAME)
    assert not run_scenario(programme, story).problems
    read_balance = rehearsal.Rehearsal._balance

    def fallen(self: rehearsal.Rehearsal, params: Mapping[str, Any]) -> dict[str, Any]:
        found = read_balance(self, params)
        return found | {"kept": 11999.99} if self.now > FIRST_DRAFT else found

    monkeypatch.setattr(rehearsal.Rehearsal, "_balance", fallen)
    first, *_ = run_scenario(programme, story).problems
    assert "recovery_amount" in str(first.params)
    assert story.step[first.params["step"] - 1].at.isoformat().startswith("2026-08-06")
