"""What the studio's pages show of a programme version: its files and faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote
from uuid import UUID

from grantflow.errors import Problem
from grantflow.programmes.load import diagrams, letter_folders, resolve
from grantflow.programmes.package import Package
from grantflow.services.policy import Actor, Role
from grantflow.store.tables import ProgrammeVersion
from grantflow.texts import text
from grantflow.web.studio_titles import SETTINGS, file_titles

EDITORS = (Role.PROGRAMME_MANAGER, Role.TEMPLATE_MANAGER, Role.ADMIN)
BODY = "body.html"
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
    """One file (or letter with its two files) of a version in the list, and where it is edited."""

    path: str
    title: str
    shared: bool
    faults: int
    href: str


@dataclass(frozen=True)
class FileGroup:
    """The files of one kind: the programme's own, and the shared ones it uses."""

    kind: str
    own: tuple[FileLine, ...]
    shared: tuple[FileLine, ...]


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
    version_id: UUID, package: Package, problems: Sequence[Fault], language: str
) -> tuple[FileGroup, ...]:
    """The files that serve, by kind; a shared file that an own one replaces is left out."""
    counts: dict[str, int] = {}
    for fault in problems:
        counts[fault.file] = counts.get(fault.file, 0) + 1
    titles = file_titles(package, language)
    groups = []
    for kind, paths in _kinds(package):
        lines = [_line(version_id, path, titles, counts) for path in paths]
        own, shared = ([x for x in lines if x.shared is is_shared] for is_shared in (False, True))
        groups.append(FileGroup(kind, tuple(own), tuple(shared)))
    return tuple(group for group in groups if group.own or group.shared)


def _kinds(package: Package) -> Iterable[tuple[str, list[str]]]:
    yield "settings", [SETTINGS] if SETTINGS in package.files else []
    yield "diagrams", sorted(diagrams(package).values())
    yield "forms", sorted(resolve(package, "forms", ".form").values())
    yield "decisions", sorted(resolve(package, "decisions", ".dmn").values())
    yield "letters", sorted(f"{folder}/" for folder in letter_folders(package).values())
    yield "scenarios", sorted(resolve(package, "scenarios", ".toml").values())
    yield "rules", sorted(p for p in package.files if p.startswith("_shared/rules/"))


def _line(
    version_id: UUID, path: str, titles: Mapping[str, str], counts: Mapping[str, int]
) -> FileLine:
    shared = path.startswith("_")
    title = titles.get(path.rstrip("/")) or PurePosixPath(path).name
    if not path.endswith("/"):
        return FileLine(path, title, shared, counts.get(path, 0), editor_address(version_id, path))
    # The letters' own checks name a letter without the folder it was taken from.
    places = {path, own_path(path)}
    found = sum(n for file, n in counts.items() if any(file.startswith(p) for p in places))
    return FileLine(path, title, shared, found, editor_address(version_id, f"{path}{BODY}"))
