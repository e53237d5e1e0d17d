"""The model is stored and comes back unchanged; what does not belong to it is refused."""

from __future__ import annotations

import json

import pytest

from grantflow import letters
from grantflow.errors import BadProgramme


def test_a_stored_model_comes_back_unchanged(model):
    assert letters.load(json.loads(json.dumps(letters.dump(model)))) == model


def test_every_wrong_field_is_named(model):
    stored = letters.dump(model)
    stored["authority"]["moon"] = "full"
    stored["info"]["on"] = "yesterday"
    with pytest.raises(BadProgramme) as caught:
        letters.load(stored, "sample.toml")
    fields = {problem.params["field"] for problem in caught.value.problems}
    assert fields == {"authority.moon", "info.on"}
    assert {problem.place for problem in caught.value.problems} == {"sample.toml"}
