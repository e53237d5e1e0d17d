"""What the studio's pages show of a programme version: its files, faults and differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote
from uuid import UUID

from grantflow.errors import Problem
from grantflow.programmes.load import diagrams, letter_folders, resolve
from grantflow.programmes.package import Change, Package
from grantflow.services.policy import Actor, Role
from grantflow.store.tables import ProgrammeVersion
from grantflow.texts import text

EDITORS = (Role.PROGRAMME_MANAGER, Role.TEMPLATE_MANAGER, Role.ADMIN)
SETTINGS = "programme.toml"
EDITOR_OF = {".bpmn": "diagram", ".form": "form", ".dmn": "decision"}
"""Which editor opens a file; everything else is text."""


@dataclass(frozen=True)
class Fault:
    """A problem in words, and where it is: ``file`` and, inside it, ``element``."""

    file: str
    element: str
    text: str


@dataclass(frozen=True)
class FileLine:
    """One file of a version in the list, and where it is edited."""

    path: str
    name: str
    shared: bool
    faults: int
    href: str


@dataclass(frozen=True)
class FileGroup:
    """The files of one kind."""

    kind: str
    files: tuple[FileLine, ...]


@dataclass(frozen=True)
class DiffLine:
    """One line of a difference; ``kind`` is added, removed, context or place."""

    kind: str
    text: str


def fault_text(problem: Problem, language: str) -> str:
    """A problem in the reader's language; a detail that is itself a text is translated, too."""
    params = dict(problem.params)
    if "detail_key" in params:
        key, inner = str(params.pop("detail_key")), params.pop("detail_params", {})
        params["detail"] = text(key, language, **inner)
    return text(problem.key, language, **params)


def faults(problems: Iterable[Problem], language: str) -> tuple[Fault, ...]:
    """Problems as people read them."""
    found = []
    for problem in problems:
        file, _, element = problem.place.partition("#")
        found.append(Fault(file, element, fault_text(problem, language)))
    return tuple(found)


def own_path(path: str) -> str:
    """Where the programme's own copy of a shared file belongs."""
    if path.startswith("_letters/"):
        return f"letters/{path.removeprefix('_letters/')}"
    return path.removeprefix("_shared/")


def editor_of(path: str) -> str:
    """The name of the editor that opens a file."""
    return EDITOR_OF.get(PurePosixPath(path).suffix, "text")


def editor_address(version_id: UUID, path: str) -> str:
    """The page on which a file of a version is looked at or edited."""
    return f"/studio/versions/{version_id}/{editor_of(path)}?file={quote(path)}"


def may_edit(actor: Actor, version: ProgrammeVersion) -> bool:
    """Whether the actor may change the files of this version."""
    return version.state == "draft" and is_manager(actor, version)


def is_manager(actor: Actor, version: ProgrammeVersion) -> bool:
    """Whether the actor manages the version's programme."""
    return actor.has_role(Role.PROGRAMME_MANAGER, version.authority_id, version.programme_id)


def file_groups(
    version_id: UUID, package: Package, problems: Sequence[Fault]
) -> tuple[FileGroup, ...]:
    """The files that serve, by kind; a shared file that an own one replaces is left out."""
    counts: dict[str, int] = {}
    for fault in problems:
        counts[fault.file] = counts.get(fault.file, 0) + 1
    return tuple(
        FileGroup(kind, tuple(_line(version_id, name, path, counts) for name, path in files))
        for kind, files in _kinds(package)
        if files
    )


def _kinds(package: Package) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    own_settings = [(SETTINGS, SETTINGS)] if SETTINGS in package.files else []
    yield "settings", own_settings
    yield "diagrams", sorted(diagrams(package).items(), key=lambda item: item[1].lstrip("_"))
    yield "forms", sorted(resolve(package, "forms", ".form").items())
    yield "decisions", sorted(resolve(package, "decisions", ".dmn").items())
    yield "letters", list(_letters(package))
    yield "scenarios", sorted(resolve(package, "scenarios", ".toml").items())
    shown = {path for path in package.files if PurePosixPath(path).parts[0] == "rules"}
    yield "rules", sorted((PurePosixPath(path).stem, path) for path in shown)


def _letters(package: Package) -> Iterable[tuple[str, str]]:
    for name, folder in sorted(letter_folders(package).items()):
        for part in ("letter.toml", "body.html"):
            if f"{folder}/{part}" in package.files:
                yield f"{name}: {part}", f"{folder}/{part}"


def _line(version_id: UUID, name: str, path: str, counts: Mapping[str, int]) -> FileLine:
    # The letters' own checks name a letter without the folder it was taken from.
    found = counts.get(path, 0) or counts.get(own_path(path), 0)
    return FileLine(path, name, path.startswith("_"), found, editor_address(version_id, path))


def diff_lines(change: Change) -> tuple[DiffLine, ...]:
    """The difference of one file, line by line, without the head of the patch."""
    return tuple(_diff_line(line) for line in change.diff.splitlines()[2:])


def _diff_line(line: str) -> DiffLine:
    kind = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "context")
    return DiffLine(kind, line if kind == "place" else line[1:])
