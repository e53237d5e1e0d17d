"""What is wrong with a value is said in both languages and never in the parser's own English."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from grantflow.errors import BadProgramme
from grantflow.programmes.load import read_file
from grantflow.programmes.package import Package
from grantflow.rules.profiles import parse
from grantflow.texts import text
from grantflow.texts.wrong_values import Wrong, unreadable, wrong_values


class Port(BaseModel):
    """One field of each kind that settings of programmes and rule books have."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("x", min_length=1, max_length=5, pattern="^[a-z]*$")
    ships: int = Field(0, gt=-1, lt=100)
    depth: Decimal = Field(Decimal(1), ge=0, le=50)
    open: bool = True
    since: date = date(2026, 1, 1)
    until: datetime | None = None
    kind: Literal["sea", "river"] = "sea"
    piers: tuple[str, ...] = Field((), max_length=2)
    fees: dict[str, int] = {}
    mixed: bool | int | float | str = 0
    lamp: Annotated[float, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _no_ghosts(self) -> Port:
        if self.name == "ghost":
            raise Wrong("programmes.wrong.role", role="ghost")
        return self


class Harbour(BaseModel):
    """So that something is missing."""

    port: Port


def _reasons(given: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        Port.model_validate(given)
    return {one.field: one.reason.key for one in wrong_values(refused.value)}


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("name", 5, "string"),
        ("name", "", "string_too_short"),
        ("name", "abcdef", "string_too_long"),
        ("name", "A", "string_pattern_mismatch"),
        ("ships", "many", "whole_number"),
        ("ships", 1.5, "whole_number"),
        ("ships", None, "whole_number"),
        ("ships", -1, "greater_than"),
        ("ships", 100, "less_than"),
        ("depth", "deep", "number"),
        ("depth", [], "number"),
        ("depth", -1, "greater_than_equal"),
        ("depth", 51, "less_than_equal"),
        ("open", "perhaps", "bool"),
        ("since", "yesterday", "date"),
        ("since", "2026-01-01T12:00", "date"),
        ("until", "noon", "datetime"),
        ("kind", "lake", "choice"),
        ("piers", "one", "list"),
        ("piers", ["a", "b", "c"], "too_long"),
        ("fees", 3, "table"),
        ("fees.a", {"a": "x"}, "whole_number"),
        ("mixed", [], "other"),
        ("lamp", "bright", "number"),
        ("moon", 1, "extra_forbidden"),
    ],
)
def test_each_kind_of_fault_has_words(field: str, value: object, key: str) -> None:
    assert _reasons({field.partition(".")[0]: value}) == {field: f"wrong_values.{key}"}


def test_a_missing_field_and_a_rule_of_the_model_are_said() -> None:
    with pytest.raises(ValidationError) as refused:
        Harbour.model_validate({})
    (missing,) = wrong_values(refused.value)
    assert (missing.field, missing.reason) == ("port", "Die Angabe fehlt.")
    assert _reasons({"name": "ghost"}) == {"": "programmes.wrong.role"}


def test_what_is_possible_is_listed_without_english_words() -> None:
    with pytest.raises(ValidationError) as refused:
        Port.model_validate({"kind": "lake"})
    said = next(one.reason for one in wrong_values(refused.value) if one.field == "kind")
    assert "', '" in said
    assert " or " not in said


def test_long_values_are_cut() -> None:
    with pytest.raises(ValidationError) as refused:
        Port.model_validate({"kind": "x" * 1_000})
    assert len(wrong_values(refused.value)[0].reason) < 200


@pytest.mark.parametrize("raw", ["a = ", "a = [", "a == 1"])
def test_a_broken_file_names_the_place(raw: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as refused:
        tomllib.loads(raw)
    assert unreadable(refused.value).key.startswith("wrong_values.unreadable")
    with pytest.raises(json.JSONDecodeError) as broken:
        json.loads('{"a": }')
    assert "Zeile 1, Spalte 7" in unreadable(broken.value)
    with pytest.raises(UnicodeDecodeError) as coded:
        b"a\xff".decode()
    assert "Zeichen 2" in unreadable(coded.value)


ENGLISH = ("should", "Input", "Field required", "permitted", "expected", "Extra inputs")


def test_the_faults_of_programmes_and_rule_books_are_german_in_german() -> None:
    wrong = b"""key = 5\nmoon = 1\nlanes = { a = "NOBODY" }\nreference_prefix = "x"
calls = 3\nbudget_items = [{ key = "A" }]\nprofile = [1]\nsummary = "s" """
    for read in (
        lambda: read_file(Package({"programme.toml": wrong})),
        lambda: parse(b"area = 1\n[[values.a]]\nfrom = 'x'\nvalue = []\n", "berlin.toml"),
    ):
        with pytest.raises(BadProgramme) as refused:
            read()
        assert len(refused.value.problems) > 3
        for problem in refused.value.problems:
            said = text(problem.key, "de", **problem.params)
            assert not any(word in said for word in ENGLISH), said
            assert said != text(problem.key, "en", **problem.params)
