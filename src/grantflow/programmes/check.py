"""Lint and scenarios together: what must be green before a programme is published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grantflow.errors import BadProgramme, Problem
from grantflow.programmes.lint import lint
from grantflow.programmes.load import Programme, read, resolve
from grantflow.programmes.package import Package, load_folder
from grantflow.programmes.playing import ScenarioResult, run_scenario
from grantflow.programmes.scenario import Scenario, parse_scenario


@dataclass(frozen=True)
class Checked:
    """The outcome of a check: faults, scenario results, and how many steps they visited."""

    problems: tuple[Problem, ...]
    scenarios: tuple[ScenarioResult, ...]
    visited: int
    elements: int

    @property
    def passed(self) -> bool:
        return not self.problems and all(s.passed for s in self.scenarios)

    @property
    def coverage(self) -> int:
        """Visited steps of the diagrams in percent."""
        return 100 * self.visited // self.elements if self.elements else 0


def check(package: Package) -> Checked:
    """Lint the package; if it is sound, play all its scenarios. Raises nothing for faults."""
    problems = lint(package)
    if problems:
        return Checked(tuple(problems), (), 0, 0)
    try:
        programme = read(package)
    except BadProgramme as error:
        return Checked(error.problems, (), 0, 0)
    results = tuple(run_scenario(programme, s) for s in scenarios(package))
    return Checked((), results, *_coverage(programme, results))


def _coverage(programme: Programme, results: tuple[ScenarioResult, ...]) -> tuple[int, int]:
    elements = {(p, e) for p, d in programme.processes.items() for e in d.elements}
    visited = {(p, e) for r in results for p, found in r.visited.items() for e in found}
    return len(elements & visited), len(elements)


def scenarios(package: Package) -> list[Scenario]:
    """All scenarios of a package by name. Raises BadProgramme."""
    paths = resolve(package, "scenarios", ".toml")
    return [parse_scenario(package.files[path], path) for _, path in sorted(paths.items())]


def programme_folders(workflows: Path) -> Iterator[Path]:
    """The folders below ``workflows`` that hold a programme."""
    yield from sorted(p.parent for p in workflows.glob("*/programme.toml"))


def from_folder(folder: Path, letters: Path | None = None) -> Package:
    """The package of a programme folder with the shared files that lie beside it."""
    shared = folder.parent / "_shared"
    return load_folder(folder, shared if shared.is_dir() else None, letters)
