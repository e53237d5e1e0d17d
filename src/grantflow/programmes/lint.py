"""All faults of a programme at once, each with file, element and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from grantflow import decisions, engine, forms, letters
from grantflow.errors import BadProgramme, Problem
from grantflow.programmes.definition import ProgrammeFile
from grantflow.programmes.load import (
    Parts,
    diagrams,
    letter_folders,
    placed,
    read_file,
    read_parts,
    resolve,
    used_diagrams,
)
from grantflow.programmes.package import Package
from grantflow.programmes.scenario import parse_scenario
from grantflow.programmes.vocabulary import CASE_VARIABLES, EFFECT_SPECS, ROLES, STATUSES

_NOT_READ = frozenset({"lint.no_bpmn", "programmes.toml", "programmes.package.no_programme"})


def lint(package: Package) -> list[Problem]:
    """Every fault of the package; an empty list means that it may be published.

    Diagrams, forms, decision tables and letters are checked even where programme.toml is broken,
    so that nobody has to mend and lint again fault by fault.
    """
    try:
        _require_sound(package)
    except BadProgramme as error:
        return list(error.problems)
    return []


# Handing over, releasing and publishing ask for the same content again. Only that a content is
# sound is remembered: a fault may come from a moment without time, and is looked for anew.
@lru_cache(maxsize=16)
def _require_sound(package: Package) -> None:
    problems: list[Problem] = []
    try:
        file: ProgrammeFile | None = read_file(package)
    except BadProgramme as error:
        file = None
        problems += error.problems
    parts = read_parts(package)
    problems += parts.problems
    problems += _part_faults(package, parts)
    if file is not None:
        problems += _file_faults(package, file)
        problems += engine.lint(
            used_diagrams(package, file), parts.decisions, known(file, package, parts)
        )
    problems += _scenario_faults(package)
    if problems:
        raise BadProgramme(_unique(problems))


def known(file: ProgrammeFile, package: Package, parts: Parts) -> engine.LintContext:
    """What the diagrams of a programme may refer to."""
    return engine.LintContext(
        effects={
            s.name: engine.EffectRule(s.required, s.optional, s.open, dict(s.choices))
            for s in EFFECT_SPECS.values()
        },
        lanes=dict(file.lanes),
        roles=frozenset(ROLES),
        forms={name: form.routing_names() for name, form in parts.forms.items()},
        letters=frozenset(parts.letters),
        decisions=frozenset(parts.decisions),
        processes=frozenset(diagrams(package)),
        statuses=frozenset(STATUSES),
        variables=frozenset(CASE_VARIABLES),
    )


def _part_faults(package: Package, parts: Parts) -> Iterator[Problem]:
    for name, path in resolve(package, "forms", ".form").items():
        if name in parts.forms:
            yield from placed(_told(_sound_form, package.files[path], name), path)
    for path in resolve(package, "decisions", ".dmn").values():
        yield from placed(_told(_sound_decision, package.files[path], path), path)
    for name, folder in letter_folders(package).items():
        if name in parts.letters:
            described = parts.letters[name].model_dump_json()
            yield from placed(_told(_sound_letter, described), f"{folder}/body.html")


def _told(require: Callable[..., None], *content: object) -> list[Problem]:
    try:
        require(*content)
    except BadProgramme as error:
        return list(error.problems)
    return []


# A manager changes one file and saves; that the others are sound is known already.
@lru_cache(maxsize=2_000)
def _sound_form(schema: bytes, name: str) -> None:
    _refuse(forms.lint(schema, name))


@lru_cache(maxsize=200)
def _sound_decision(xml: bytes, path: str) -> None:
    _refuse(decisions.lint(xml, path))


@lru_cache(maxsize=500)
def _sound_letter(described: str) -> None:
    _refuse(letters.lint(letters.LetterSource.model_validate_json(described)))


def _refuse(problems: Iterable[Problem]) -> None:
    found = tuple(problems)
    if found:
        raise BadProgramme(found)


def _file_faults(package: Package, file: ProgrammeFile) -> Iterator[Problem]:
    known_diagrams = diagrams(package)
    place = "programme.toml"
    if file.lifecycle not in known_diagrams:
        yield Problem("programmes.no_lifecycle", {"name": file.lifecycle}, f"{place}#lifecycle")
    for name in file.side_processes:
        if name not in known_diagrams:
            yield Problem("programmes.no_side_process", {"name": name}, f"{place}#side_processes")
    keys = [call.key for call in file.calls]
    for key in sorted({k for k in keys if keys.count(k) > 1}):
        yield Problem("programmes.call_twice", {"name": key}, f"{place}#calls")
    for call in file.calls:
        if call.closes is not None and str(call.closes) < str(call.opens):
            yield Problem("programmes.call_closes_first", {"name": call.key}, f"{place}#calls")
    if f"_shared/rules/{file.profile}.toml" not in package.files:
        yield Problem("programmes.no_profile", {"name": file.profile}, f"{place}#profile")


def _scenario_faults(package: Package) -> Iterator[Problem]:
    for path in resolve(package, "scenarios", ".toml").values():
        try:
            parse_scenario(package.files[path], path)
        except BadProgramme as error:
            yield from error.problems


def _unique(problems: list[Problem]) -> list[Problem]:
    seen: dict[tuple[str, str, str], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.place, problem.key, str(dict(problem.params))), problem)
    # What cannot be read at all is said first: much of the rest follows from it.
    return sorted(seen.values(), key=lambda p: (not _unreadable(p), p.place, p.key))


def _unreadable(problem: Problem) -> bool:
    return problem.key in _NOT_READ or problem.key.startswith("lint.xml_")
