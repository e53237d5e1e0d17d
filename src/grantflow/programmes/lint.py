"""All faults of a programme at once, each with file, element and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from grantflow import decisions, engine, forms, letters
from grantflow.errors import BadProgramme, Problem
from grantflow.programmes.constants import PROGRAMME_VARIABLES
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
from grantflow.programmes.outline import Outline, outline
from grantflow.programmes.package import Package
from grantflow.programmes.scenario import parse_scenario
from grantflow.programmes.vocabulary import CASE_VARIABLES, EFFECT_SPECS, ROLES, STATUSES
from grantflow.rules.overrides import override_faults

_WAYS = (
    "loose_flow", "dead_end", "unreachable", "unreachable_too", "no_way_to_end", "no_start",
    "no_end", "unknown_process", "no_process",
)  # fmt: skip
_UNSET = ("unknown_variable", "unknown_variable_near", "unknown_input")
_RANKS = {f"lint.{n}": rank for rank, names in ((1, _WAYS), (3, _UNSET)) for n in names}
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
    problems = _told(read_file, package)
    file, parts = outline(package), read_parts(package)
    problems += parts.problems
    problems += _part_faults(package, parts)
    problems += _file_faults(package, file)
    problems += _diagram_faults(package, file, parts)
    problems += _scenario_faults(package)
    if problems:
        raise BadProgramme(_unique(problems))


def _diagram_faults(package: Package, file: Outline, parts: Parts) -> Iterator[Problem]:
    """Faults of the diagrams in use, and of those of the programme that nothing leads to.

    What only an unused diagram sets is no variable of the others, so these are looked at alone.
    """
    used, context = used_diagrams(package, file), known(file, package, parts)
    found = engine.lint(used, parts.decisions, context)
    yield from found
    unused = {
        path: raw
        for path, raw in package.own().items()
        if path.endswith(".bpmn") and path not in used
    }
    if unused:
        yield from engine.lint({**used, **unused}, parts.decisions, context)
    # Without a readable lifecycle nothing at all can be reached, which is nobody else's fault.
    if file.sure and file.lifecycle in diagrams(package) and not any(map(_unreadable, found)):
        for path in unused:
            yield Problem("programmes.not_reached", {"file": path}, path)


def known(file: Outline, package: Package, parts: Parts) -> engine.LintContext:
    """What the diagrams of a programme may refer to, also where a file of it cannot be read."""
    readings = {
        name: forms.read(package.files[path], name)[0]
        for name, path in resolve(package, "forms", ".form").items()
    }
    tables_read = all(
        not problem.place.partition("#")[0].endswith(".dmn") for problem in parts.problems
    )
    return engine.LintContext(
        effects={
            s.name: engine.EffectRule(s.required, s.optional, s.open, dict(s.choices), s.one_of)
            for s in EFFECT_SPECS.values()
        },
        lanes=file.lanes,
        roles=frozenset(ROLES),
        forms={n: form.routing_names() if form else frozenset() for n, form in readings.items()},
        letters=frozenset(letter_folders(package)),
        decisions=frozenset(parts.decisions) if tables_read else None,
        processes=frozenset(diagrams(package)),
        statuses=frozenset(STATUSES),
        variables=frozenset((*CASE_VARIABLES, *PROGRAMME_VARIABLES)),
        constants=PROGRAMME_VARIABLES,
        whole=tables_read and None not in readings.values(),
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


def _told(require: Callable[..., object], *content: object) -> list[Problem]:
    try:
        require(*content)
    except BadProgramme as error:
        return list(error.problems)
    return []


# A manager changes one file and saves; that the others are sound is known already.
@lru_cache(maxsize=2_000)
def _sound_form(schema: bytes, name: str) -> None:
    _refuse(forms.lint(schema, name, PROGRAMME_VARIABLES))


@lru_cache(maxsize=200)
def _sound_decision(xml: bytes, path: str) -> None:
    _refuse(decisions.lint(xml, path, PROGRAMME_VARIABLES))


@lru_cache(maxsize=500)
def _sound_letter(described: str) -> None:
    _refuse(letters.lint(letters.LetterSource.model_validate_json(described)))


def _refuse(problems: Iterable[Problem]) -> None:
    found = tuple(problems)
    if found:
        raise BadProgramme(found)


def _file_faults(package: Package, file: Outline) -> Iterator[Problem]:
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
    if file.profile and f"_shared/rules/{file.profile}.toml" not in package.files:
        yield Problem("programmes.no_profile", {"name": file.profile}, f"{place}#profile")
    yield from override_faults(file.profile_overrides, place)


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
    # Causes are said first: what cannot be read at all, then broken ways, unset values last.
    return sorted(seen.values(), key=lambda p: (_rank(p), p.place, p.key))


def _rank(problem: Problem) -> int:
    if _unreadable(problem):
        return 0
    return _RANKS.get(problem.key, 2)


def _unreadable(problem: Problem) -> bool:
    return problem.key in _NOT_READ or problem.key.startswith("lint.xml_")
