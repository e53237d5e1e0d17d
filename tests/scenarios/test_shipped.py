"""Every scenario of every shipped programme, and of the fictional one, without a database."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from grantflow.programmes import check
from grantflow.programmes.lint import lint
from grantflow.programmes.load import Programme, read
from grantflow.programmes.package import Package, load_folder
from grantflow.programmes.playing import ScenarioResult, run_scenario
from grantflow.programmes.scenario import Scenario

# One process plays each of them once; what they run through is counted elsewhere.
pytestmark = pytest.mark.xdist_group("scenarios")
ROOT = Path(__file__).resolve().parents[2]
LETTERS = ROOT / "templates" / "letters"
SHARED = ROOT / "workflows" / "_shared"
FOLDERS = [
    *check.programme_folders(ROOT / "workflows"),
    *check.programme_folders(ROOT / "tests" / "programmes"),
]


@cache
def package(folder: Path) -> Package:
    return load_folder(folder, SHARED, LETTERS)


@cache
def programme(folder: Path) -> Programme:
    return read(package(folder))


@cache
def played(folder: Path, name: str) -> ScenarioResult:
    """A scenario played once, for both questions below."""
    wanted = {scenario.name: scenario for scenario in check.scenarios(package(folder))}
    return run_scenario(programme(folder), wanted[name])


def stories() -> list[tuple[Path, Scenario]]:
    return [
        (folder, scenario) for folder in FOLDERS for scenario in check.scenarios(package(folder))
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_a_shipped_programme_has_no_faults(folder: Path) -> None:
    assert [f"{p.place}: {p.key} {dict(p.params)}" for p in lint(package(folder))] == []


@pytest.mark.parametrize(
    ("folder", "scenario"), stories(), ids=lambda v: getattr(v, "name", str(v))
)
def test_a_scenario_ends_as_it_says(folder: Path, scenario: Scenario) -> None:
    result = played(folder, scenario.name)
    assert [f"{p.key} {dict(p.params)}" for p in result.problems] == []


def test_the_scenarios_visit_most_steps() -> None:
    """A diagram that programmes share counts as visited wherever a scenario went through it."""
    steps, visited = set(), set()
    for folder in FOLDERS:
        known = programme(folder)
        drawn = {name: known.processes[name].xml for name in known.processes}
        steps |= {(drawn[p], e) for p, d in known.processes.items() for e in d.elements}
        for scenario in check.scenarios(package(folder)):
            found = played(folder, scenario.name).visited
            visited |= {(drawn[p], element) for p, some in found.items() for element in some}
    missing = sorted(element for _, element in steps - visited)
    assert len(missing) <= len(steps) // 10, missing


def test_payments_wait_while_it_is_decided_on_the_money_already_paid() -> None:
    for folder in check.programme_folders(ROOT / "workflows"):
        known = programme(folder).processes
        holding = {name for name, definition in known.items() if definition.holds_payments}
        assert holding == {"settlement_act", "recovery", "settled_claim", "payout"}, folder.name
