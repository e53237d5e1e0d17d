"""What the page of differences shows of each changed file: its title, parts, and its wording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grantflow.programmes.differences import Difference, differences
from grantflow.programmes.package import Change, Package
from grantflow.store.tables import ProgrammeVersion
from grantflow.web.studio_titles import file_title


@dataclass(frozen=True)
class DiffLine:
    """One line of a difference; ``kind`` is added, removed, context or place."""

    kind: str
    text: str


@dataclass(frozen=True)
class ChangedFile:
    """A changed file; ``parts`` is None for texts, where the lines say it all."""

    change: Change
    title: str
    parts: tuple[Difference, ...] | None
    lines: tuple[DiffLine, ...]


def changed_files(
    changes: Sequence[Change], old: Package, new: Package, language: str
) -> Iterator[ChangedFile]:
    """Every changed file as people read it."""
    for change in changes:
        package = old if change.kind == "removed" else new
        whole = change.kind in ("added", "removed")
        parts = None if whole else differences(change.path, change.before, change.after)
        title = file_title(package, change.path, language)
        yield ChangedFile(change, title, parts, _lines(change))


def usual_other(
    version: ProgrammeVersion, others: Sequence[ProgrammeVersion]
) -> ProgrammeVersion | None:
    """What a version is compared with unless said otherwise: the newest published one.

    ``others`` are the other versions, newest first; without a published one it is the one before.
    """
    published = (other for other in others if other.state == "published")
    before = (other for other in others if other.number < version.number)
    return next(published, None) or next(before, None)


def _lines(change: Change) -> tuple[DiffLine, ...]:
    """The difference of one file, line by line, without the head of the patch."""
    return tuple(_line(line) for line in change.diff.splitlines()[2:])


def _line(line: str) -> DiffLine:
    kind = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "context")
    return DiffLine(kind, line if kind == "place" else line[1:])
