"""A programme's files as one value that can be stored, compared and carried between systems."""

from __future__ import annotations

import difflib
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from grantflow.errors import BadProgramme, Problem
from grantflow.programmes.differences import plainly

FOLDERS = ("stages", "side", "forms", "decisions", "letters", "scenarios", "rules")
ENDINGS = frozenset((".toml", ".bpmn", ".form", ".dmn", ".html", ".md", ".svg"))
LARGEST_FILE = 2_000_000
LARGEST_PACKAGE = 20_000_000
MOST_FILES = 600
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Change:
    """What became of one file between two packages."""

    path: str
    kind: str  # added | removed | changed | replaces (an own file in place of a shared one)
    diff: str
    before: bytes = b""
    after: bytes = b""


@dataclass(frozen=True)
class Package:
    """All files of one version: the programme's own, ``_shared/…`` and ``_letters/…``."""

    files: Mapping[str, bytes]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names and contents, independent of order and packing."""
        total = hashlib.sha256()
        for name in sorted(self.files):
            total.update(f"{name}\0{hashlib.sha256(self.files[name]).hexdigest()}\n".encode())
        return total.hexdigest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def own(self) -> Mapping[str, bytes]:
        """The files that belong to the programme alone."""
        return {n: c for n, c in self.files.items() if not n.startswith("_")}

    def with_file(self, name: str, content: bytes) -> Package:
        """The same package with one file written."""
        _check_name(name)
        if len(content) > LARGEST_FILE:
            raise _refused("programmes.package.file_too_large", name)
        return Package({**self.files, name: content})

    def without(self, name: str) -> Package:
        """The same package with one file taken out."""
        return Package({n: c for n, c in self.files.items() if n != name})


def _refused(key: str, name: str, **params: object) -> BadProgramme:
    return BadProgramme([Problem(key, {"name": name, **params}, name)])


def _check_name(name: str) -> None:
    path = PurePosixPath(name)
    if (
        path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or not path.parts
        or len(name) > 200
    ):
        raise _refused("programmes.package.unsafe_name", name)
    if path.suffix not in ENDINGS:
        raise _refused("programmes.package.unknown_kind", name)


def _folder_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Raises BadProgramme for a link that leads out of the folder: it may lead to any secret."""
    inside = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in ENDINGS and not path.name.startswith("."):
            name = path.relative_to(folder).as_posix()
            if not path.resolve().is_relative_to(inside):
                raise _refused("programmes.package.leads_outside", name)
            yield name, path.read_bytes()


def load_folder(folder: Path, shared: Path | None = None, letters: Path | None = None) -> Package:
    """Read a programme folder with a copy of the shared files and default letters it may use.

    ``shared`` is the ``_shared`` folder, ``letters`` the folder of default letter texts; a folder
    that carries its own ``_shared`` or ``_letters`` (an exported one) needs neither.
    Raises BadProgramme when the folder holds no programme.toml, or a link out of it.
    """
    files = dict(_folder_files(folder))
    if "programme.toml" not in files:
        raise _refused("programmes.package.no_programme", f"{folder.name}/programme.toml")
    if shared is not None and not any(n.startswith("_shared/") for n in files):
        files.update((f"_shared/{n}", c) for n, c in _folder_files(shared))
    if letters is not None and not any(n.startswith("_letters/") for n in files):
        for source in sorted(letters.glob("*/letter.toml")):
            name = source.parent.name
            files.update((f"_letters/{name}/{n}", c) for n, c in _folder_files(source.parent))
    return Package(files)


def write_folder(package: Package, folder: Path) -> None:
    """Write every file below ``folder``; reading it back gives the same digest."""
    for name, content in package.files.items():
        _check_name(name)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def pack(package: Package) -> bytes:
    """The package as a zip; equal packages give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(package.files):
            archive.writestr(
                zipfile.ZipInfo(name, _EPOCH), package.files[name], zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def unpack(raw: bytes) -> Package:
    """Read a packed programme; hostile archives (paths, bombs, foreign kinds) are BadProgramme."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except zipfile.BadZipFile:
        raise _refused("programmes.package.no_zip", "package") from None
    with archive:
        entries = [e for e in archive.infolist() if not e.is_dir()]
        if len(entries) > MOST_FILES or sum(e.file_size for e in entries) > LARGEST_PACKAGE:
            raise _refused("programmes.package.too_large", "package")
        return Package({e.filename: _entry(archive, e) for e in entries})


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    _check_name(entry.filename)
    if entry.file_size > LARGEST_FILE:
        raise _refused("programmes.package.file_too_large", entry.filename)
    try:
        with archive.open(entry) as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError):
        raise _refused("programmes.package.no_zip", entry.filename) from None
    if len(content) > LARGEST_FILE:
        raise _refused("programmes.package.file_too_large", entry.filename)
    return content


def diff(old: Package, new: Package) -> list[Change]:
    """What is new, gone or changed, with a readable difference of each text.

    Diagrams, tables and forms are compared as ``plainly`` writes them, so that only what their
    author changed shows, not what an editor writes differently.
    """
    changes = []
    for name in sorted(set(old.files) | set(new.files)):
        before, after = old.files.get(name), new.files.get(name)
        if before == after:
            continue
        kind = "added" if before is None else "removed" if after is None else "changed"
        shared = _shared_instead(old, name) if before is None else None
        if shared is not None:
            kind, before = "replaces", shared
        texts = before or b"", after or b""
        changes.append(Change(name, kind, _text_diff(name, *texts), *texts))
    return changes


def _shared_instead(package: Package, name: str) -> bytes | None:
    """The shared file that was used as long as the programme had none of its own."""
    shared = package.files.get(f"_shared/{name}")
    if shared is None and name.startswith("letters/"):
        shared = package.files.get(f"_{name}")
    return shared


def _text_diff(name: str, before: bytes, after: bytes) -> str:
    old, new = (plainly(name, content).splitlines() for content in (before, after))
    lines = difflib.unified_diff(old, new, f"{name} (old)", f"{name} (new)", lineterm="")
    return "\n".join(lines)
