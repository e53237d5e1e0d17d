"""What the shipped programmes say fits together, in itself and with the people of the demo."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from grantflow import decisions, forms
from grantflow.programmes.definition import ProgrammeFile
from grantflow.programmes.scenario import Scenario, parse_scenario

ROOT = Path(__file__).parents[3]
PROGRAMMES = sorted(p.parent for p in ROOT.glob("workflows/*/programme.toml"))
FORMS = sorted(
    [*ROOT.glob("workflows/*/forms/*.form"), *ROOT.glob("tests/programmes/*/forms/*.form")]
)
PLACES = {
    "CASE_OFFICER": 2,
    "HEAD_OF_UNIT": 1,
    "PANEL_MEMBER": 3,
    "BUDGET_OFFICER": 2,
    "AUDITOR_INTERNAL": 1,
    "PROGRAMME_MANAGER": 2,
    "OPERATIONS": 1,
    "REGISTRY": 1,
}


@lru_cache
def people() -> dict[str, Any]:
    return tomllib.loads((ROOT / "workflows/_demo/people.toml").read_text("utf-8"))


def programme(folder: Path) -> ProgrammeFile:
    return ProgrammeFile.model_validate(
        tomllib.loads((folder / "programme.toml").read_text("utf-8"))
    )


def scenarios(folder: Path) -> list[Scenario]:
    return [parse_scenario(p.read_bytes(), p.name) for p in sorted(folder.glob("scenarios/*.toml"))]


by_programme = pytest.mark.parametrize("folder", PROGRAMMES, ids=lambda p: p.name)


@pytest.mark.parametrize("path", FORMS, ids=lambda p: f"{p.parents[1].name}.{p.stem}")
def test_every_form_passes_the_lint(path: Path) -> None:
    assert forms.lint(path.read_bytes(), path.stem) == []


@pytest.mark.parametrize("path", FORMS, ids=lambda p: f"{p.parents[1].name}.{p.stem}")
def test_every_form_speaks_german_and_english(path: Path) -> None:
    form = forms.parse(path.read_bytes(), path.stem)
    assert form.words.de
    assert form.words.en
    for field in form.every_field:
        for words in (field.label, field.hint, field.text):
            assert bool(words.de) == bool(words.en), field.path
        assert all(option.label_en for option in field.options), field.path


@pytest.mark.parametrize(
    "path",
    sorted(ROOT.glob("workflows/*/decisions/*.dmn")),
    ids=lambda p: f"{p.parents[1].name}.{p.stem}",
)
def test_every_decision_table_passes_the_lint(path: Path) -> None:
    assert decisions.lint(path.read_bytes(), path.name) == []


@by_programme
def test_what_is_not_known_for_sure_says_so(folder: Path) -> None:
    file = programme(folder)
    for marked in (*file.calls, *file.funding_lines, *file.facts):
        assert marked.source or marked.note or marked.confidence == "default", marked
        if marked.confidence == "default":
            assert marked.note or marked.source, marked


@by_programme
def test_the_authority_has_everybody_the_demo_needs(folder: Path) -> None:
    key = programme(folder).authority.key
    staff = [one for one in people()["staff"] if one["authority"] == key]
    for role, count in PLACES.items():
        assert sum(role in one["roles"] for one in staff) >= count, role


@by_programme
def test_scenarios_name_calls_and_organisations_that_exist(folder: Path) -> None:
    calls = {call.key for call in programme(folder).calls}
    organisations = {one["organisation"] for one in people()["applicants"]}
    for scenario in scenarios(folder):
        assert scenario.call in calls
        assert scenario.organisation in organisations
        moments = [scenario.start, *(step.at for step in scenario.step)]
        assert moments == sorted(moments), scenario.name


def test_people_of_the_demo_have_addresses_of_their_own_that_nobody_receives() -> None:
    addresses = [one["email"] for one in (*people()["staff"], *people()["applicants"])]
    assert len(addresses) == len(set(addresses))
    assert all(a.isascii() and a.endswith("@example.org") for a in addresses)
    known = {one["key"] for one in people()["organisations"]}
    assert {one["organisation"] for one in people()["applicants"]} == known
    assert len(known) == 6


def test_the_demo_shows_at_least_six_cases_and_twenty_five_letters() -> None:
    shown = [one for folder in PROGRAMMES for one in scenarios(folder) if one.demo]
    assert len(shown) >= 6
    assert sum(len(one.expect.letters) for one in shown) >= 25
    assert {one.expect.status for one in shown} >= {
        "CLOSED",
        "NOT_SELECTED",
        "REJECTED",
        "WITHDRAWN",
        "LAPSED",
    }
