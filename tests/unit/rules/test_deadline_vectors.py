"""The number of days of the fiction is data: vectors and rule profile agree on it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from grantflow.rules import profiles

VECTORS = [
    vector
    for vector in json.loads(
        (Path(__file__).parents[2] / "vectors" / "domain.json").read_text(encoding="utf-8")
    )["vectors"]
    if "deemedDays" in vector["config"]
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_number_of_days_comes_from_the_profile(vector: dict[str, Any]) -> None:
    posted = date.fromisoformat(vector["input"]["postedOn"])
    profile = profiles.profile(vector["jurisdiction"], posted)
    assert profile.number("deemed_days") == vector["config"]["deemedDays"]


def test_no_vector_was_lost() -> None:
    assert len(VECTORS) == 13
