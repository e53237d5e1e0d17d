"""From a package to a Programme: which file serves for what, and everything parsed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, TypeVar

from pydantic import ValidationError

from grantflow import clock, decisions, engine, forms, letters
from grantflow.decisions import DecisionTable
from grantflow.engine.xml import load_xml
from grantflow.errors import BadProgramme, NotFound, Problem
from grantflow.forms import Form
from grantflow.letters import LetterSource
from grantflow.programmes.constants import constants
from grantflow.programmes.definition import ProgrammeFile, Wording
from grantflow.programmes.outline import Outline
from grantflow.programmes.package import Package
from grantflow.programmes.scenario import value_problems
from grantflow.rules import citation, profiles
from grantflow.texts.wrong_values import unreadable

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
T = TypeVar("T")


@dataclass(frozen=True)
class Programme:
    """A checked programme: its settings and every diagram, form, table and letter it uses."""

    file: ProgrammeFile
    digest: str
    processes: Mapping[str, engine.Definition]
    forms: Mapping[str, Form]
    letters: Mapping[str, LetterSource]
    decisions: Mapping[str, DecisionTable]
    package: Package

    @property
    def key(self) -> str:
        return self.file.key

    @property
    def title(self) -> Wording:
        return self.file.title

    @property
    def acts(self) -> tuple[str, ...]:
        """The names of the letters that open a remedy."""
        return tuple(name for name, letter in self.letters.items() if letter.remedy)

    def process(self, process_id: str) -> engine.Definition:
        """The diagram of a stage or side process. Raises NotFound."""
        return _found(self.processes, process_id, "process")

    def form(self, name: str) -> Form:
        """A form by name. Raises NotFound."""
        return _found(self.forms, name, "form")

    def letter(self, name: str) -> LetterSource:
        """The text of a letter by name. Raises NotFound."""
        return _found(self.letters, name, "letter")

    def role_of(self, lane: str) -> str:
        """The role that works in a lane. Raises NotFound."""
        return _found(self.file.lanes, lane, "lane")


def _found(things: Mapping[str, T], name: str, kind: str) -> T:
    if name not in things:
        raise NotFound("programmes.no_such", kind=kind, name=name)
    return things[name]


def read_file(package: Package) -> ProgrammeFile:
    """Parse programme.toml. Raises BadProgramme with every fault and the path of its value."""
    try:
        raw = tomllib.loads(package.files["programme.toml"].decode("utf-8"))
        return ProgrammeFile.model_validate(raw)
    except KeyError:
        raise BadProgramme([_problem("programmes.package.no_programme")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProgramme([_problem("programmes.toml", detail=unreadable(error))]) from None
    except ValidationError as error:
        raise BadProgramme(value_problems(error, "programme.toml")) from None


def _problem(key: str, place: str = "programme.toml", **params: Any) -> Problem:
    return Problem(key, params, place)


def resolve(package: Package, folder: str, ending: str) -> dict[str, str]:
    """Name -> path of the file that serves: the programme's own before the shared one."""
    found: dict[str, str] = {}
    for root in ("_shared/", ""):
        for path in package.files:
            pure = PurePosixPath(path)
            if path.startswith(f"{root}{folder}/") and pure.suffix == ending:
                found[pure.stem] = path
    return found


def diagrams(package: Package) -> dict[str, str]:
    """Process name (= file name) -> path, own diagrams before shared ones."""
    found = {**resolve(package, "stages", ".bpmn"), **resolve(package, "side", ".bpmn")}
    own = (p for p in package.files if "/" not in p and p.endswith(".bpmn"))
    return {**found, **{PurePosixPath(p).stem: p for p in own}}


def letter_folders(package: Package) -> dict[str, str]:
    """Letter name -> folder of its text: own, then shared, then the default letters."""
    found: dict[str, str] = {}
    for root in ("_letters/", "_shared/letters/", "letters/"):
        for path in package.files:
            if path.startswith(root) and path.endswith("/letter.toml"):
                found[PurePosixPath(path).parent.name] = str(PurePosixPath(path).parent)
    return found


def used_diagrams(package: Package, file: ProgrammeFile | Outline) -> dict[str, bytes]:
    """Path -> XML of the lifecycle and all that can be reached from it or started beside it."""
    paths, used = diagrams(package), dict[str, bytes]()
    todo = [file.lifecycle, *file.side_processes]
    while todo:
        path = paths.get(todo.pop())
        if path is not None and path not in used:
            used[path] = package.files[path]
            todo.extend(_called(used[path]))
    return used


def _called(xml: bytes) -> Iterator[str]:
    try:
        root = load_xml(xml)
    except Exception:
        return
    for call in root.iter(f"{_BPMN}callActivity"):
        yield call.get("calledElement", "")
    for prop in root.iter():
        if (
            isinstance(prop.tag, str)
            and prop.tag.endswith("}property")
            and prop.get("name") == "process"
        ):
            yield prop.get("value", "")


def _each(
    items: Mapping[str, str], parse: Callable[[str, str], T], into: list[Problem]
) -> dict[str, T]:
    """Parse all, collecting every fault with the file it stands in."""
    parsed: dict[str, T] = {}
    for name, path in items.items():
        try:
            parsed[name] = parse(name, path)
        except BadProgramme as error:
            into.extend(placed(error.problems, path))
    return parsed


def placed(problems: tuple[Problem, ...] | list[Problem], path: str) -> list[Problem]:
    """Faults with the path of their file in front of the place inside it."""
    return [
        p if p.place.startswith(path) else Problem(p.key, p.params, f"{path}#{p.place}".rstrip("#"))
        for p in problems
    ]


@dataclass(frozen=True)
class Parts:
    """What could be parsed, and everything that could not."""

    forms: dict[str, Form]
    decisions: dict[str, DecisionTable]
    letters: dict[str, LetterSource]
    problems: list[Problem]


def read_parts(package: Package) -> Parts:
    """Parse forms, decision tables and letters, keeping count of every fault."""
    problems: list[Problem] = []
    files = package.files
    parsed_forms = _each(
        resolve(package, "forms", ".form"), lambda n, p: forms.parse(files[p], n), problems
    )
    tables = _each(
        resolve(package, "decisions", ".dmn"), lambda n, p: decisions.parse(files[p], p), problems
    )
    texts = _each(
        letter_folders(package),
        lambda n, p: letters.parse_source(
            n, files[f"{p}/letter.toml"], files.get(f"{p}/body.html", b"")
        ),
        problems,
    )
    by_id = {table.id: table for group in tables.values() for table in group}
    return Parts(parsed_forms, by_id, texts, problems)


def read(package: Package) -> Programme:
    """The programme of a package. Raises BadProgramme with everything that does not parse."""
    file = read_file(package)
    parts = read_parts(_in_its_law(package, file))
    if parts.problems:
        raise BadProgramme(parts.problems)
    processes = engine.parse(used_diagrams(package, file), parts.decisions)
    known = constants(file)
    processes = {name: replace(one, constants=known) for name, one in processes.items()}
    return Programme(
        file, package.digest, processes, parts.forms, parts.letters, parts.decisions, package
    )


def _in_its_law(package: Package, file: ProgrammeFile) -> Package:
    """The package whose forms cite the procedure act of the programme's area.

    Shared forms name the federal act; who works for a Land reads the act that binds it.
    """
    book = package.files.get(f"_shared/rules/{file.profile}.toml")
    if book is None:
        return package
    known = profiles.at(profiles.parse(book, file.profile), clock.today(), file.profile_overrides)
    names = citation.names_of(known)
    cited = {
        path: citation.cited(package.files[path].decode("utf-8", "replace"), names).encode()
        for path in resolve(package, "forms", ".form").values()
    }
    return Package({**package.files, **cited})
