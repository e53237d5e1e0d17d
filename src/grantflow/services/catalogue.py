"""What is offered: programmes of folders, their published versions, open calls."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.clock import BERLIN
from grantflow.errors import BadProgramme, NotAllowed
from grantflow.programmes.check import from_folder, programme_folders
from grantflow.programmes.definition import CallFacts, ProgrammeFile
from grantflow.programmes.lint import lint
from grantflow.programmes.load import Programme, read, read_file
from grantflow.programmes.package import Package, pack, unpack
from grantflow.rules.periods import first_moment_after
from grantflow.services import budget, rule_books
from grantflow.services.policy import SYSTEM, Actor
from grantflow.store import catalogue as rows
from grantflow.store.catalogue import OpenCall, ProgrammeLine
from grantflow.store.tables import Authority, Call, ProgrammeRow, ProgrammeVersion

__all__ = ["OpenCall", "ProgrammeLine"]

MOST_PROGRAMMES = 50
"""Parsed versions a process keeps; a published one never changes, so nothing goes stale."""

_parsed: OrderedDict[str, Programme] = OrderedDict()
_guard = Lock()


def programme_of(session: Session, version_id: UUID) -> Programme:
    """The parsed programme of a version that cases are pinned to.

    Raises NotFound, and BadProgramme where a stored package cannot be read any more.
    """
    known = _recall(str(version_id))
    if known is not None:
        return known
    version = rows.get_version(session, version_id)
    programme = parsed(version.package, version.digest)
    if version.state in ("published", "retired"):
        _remember(str(version_id), programme)
    return programme


def parsed(raw: bytes, digest: str) -> Programme:
    """A programme out of its packed files, parsed once per content. Raises BadProgramme."""
    known = _recall(digest) if digest else None
    return known or _parse(unpack(raw))


def _parse(package: Package) -> Programme:
    known = _recall(package.digest)
    if known is None:
        known = read(package)
        _remember(known.digest, known)
    return known


def _recall(key: str) -> Programme | None:
    with _guard:
        if key in _parsed:
            _parsed.move_to_end(key)
        return _parsed.get(key)


def _remember(key: str, programme: Programme) -> None:
    with _guard:
        _parsed[key] = programme
        _parsed.move_to_end(key)
        while len(_parsed) > 2 * MOST_PROGRAMMES:
            _parsed.popitem(last=False)


def load_programmes(
    session: Session, folder: Path, letters: Path | None = None
) -> list[ProgrammeVersion]:
    """Publish every new programme and rule book of a folder; the programme versions in force.

    ``letters`` is the folder of default letter texts. An unchanged programme keeps its version
    and is not checked again, a changed one gets the next. Raises BadProgramme with every fault of
    every programme; then nothing is published.
    """
    rule_books.load_shipped(session, folder)
    packages = [from_folder(path, letters) for path in programme_folders(folder)]
    in_force = {package.digest: _in_force(session, package) for package in packages}
    new = [package for package in packages if in_force[package.digest] is None]
    faults = [problem for package in new for problem in lint(package)]
    if faults:
        raise BadProgramme(faults)
    published = ((in_force[p.digest] or publish_package(session, SYSTEM, p)) for p in packages)
    return list(published)


def _in_force(session: Session, package: Package) -> ProgrammeVersion | None:
    """The newest published version, if it has the content of the package."""
    try:
        row = rows.find_programme(session, read_file(package).key)
    except BadProgramme:
        # The lint says what is wrong with it, together with everything else.
        return None
    newest = rows.newest_published(session, row.id) if row else None
    return newest if newest is not None and newest.digest == package.digest else None


def publish_package(session: Session, actor: Actor, package: Package) -> ProgrammeVersion:
    """Publish a package at once, for an installation's own folders and the command line.

    Only the system may do this; people publish with four eyes (``studio``). The same content
    again gives the version that is already there. Raises BadProgramme, NotAllowed.
    """
    if not actor.is_system:
        raise NotAllowed()
    programme = _parse(package)
    row = _programme_row(session, programme.file)
    newest = rows.newest_published(session, row.id)
    if newest is not None and newest.digest == package.digest:
        return newest
    version = ProgrammeVersion(
        programme_id=row.id,
        authority_id=row.authority_id,
        number=rows.last_number(session, row.id) + 1,
        state="published",
        digest=package.digest,
        package=pack(package),
        created_at=clock.now(),
        created_by=actor.account_id,
        published_by=actor.account_id,
        published_at=clock.now(),
    )
    rows.add_row(session, version)
    write_calls(session, row, version, programme.file)
    return version


def _authority_row(session: Session, file: ProgrammeFile) -> Authority:
    """The authority of a programme, with its facts as the programme says them now."""
    facts = file.authority.model_dump(mode="json")
    row = rows.find_authority(session, file.authority.key)
    if row is None:
        row = Authority(key=file.authority.key, name=file.authority.name, facts=facts)
        rows.add_row(session, row)
    else:
        row.name, row.facts = file.authority.name, facts
    return row


def _programme_row(session: Session, file: ProgrammeFile) -> ProgrammeRow:
    """The programme's row, locked so that versions get their numbers one after the other."""
    authority = _authority_row(session, file)
    title = file.title.model_dump()
    found = rows.find_programme(session, file.key)
    if found is None:
        found = ProgrammeRow(authority_id=authority.id, key=file.key, title=title)
        rows.add_row(session, found)
    row = rows.lock_programme(session, found.id)
    row.title = title
    return row


def write_calls(
    session: Session, row: ProgrammeRow, version: ProgrammeVersion, file: ProgrammeFile
) -> None:
    """Point the calls of a programme at its newest version; running cases keep theirs.

    Its budget items are written too, so that amounts can be entered for them.
    """
    for call in file.calls:
        values = {
            "authority_id": row.authority_id,
            "programme_version_id": version.id,
            "title": call.title.model_dump(),
            "opens_at": _begin(call),
            "closes_at": _end(call),
        }
        rows.write_call(session, row.id, call.key, values)
    budget.write_items(session, row, file)


def _begin(call: CallFacts) -> datetime:
    """A day begins at midnight in Germany."""
    if isinstance(call.opens, datetime):
        return _aware(call.opens)
    return datetime.combine(call.opens, datetime.min.time(), BERLIN)


def _end(call: CallFacts) -> datetime | None:
    """A day is over at midnight in Germany, so the whole of it is left."""
    if isinstance(call.closes, datetime):
        return _aware(call.closes)
    return first_moment_after(call.closes) if isinstance(call.closes, date) else None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)


def open_calls(session: Session) -> Sequence[OpenCall]:
    """Calls in which somebody may apply now, first to close first; open to everybody."""
    return rows.open_calls(session, clock.now())


def get_call(session: Session, call_id: UUID) -> Call:
    """One call; open to everybody. Raises NotFound."""
    return rows.get_call(session, call_id)


def list_calls(session: Session, programme_id: UUID) -> Sequence[Call]:
    """The calls of a programme, first opened first; open to everybody."""
    return rows.list_calls(session, programme_id)


def list_programmes(session: Session, actor: Actor) -> Sequence[ProgrammeLine]:
    """Programmes of the authorities the actor works for; the system sees all."""
    if actor.is_system:
        return rows.list_programmes(session, None)
    return rows.list_programmes(session, sorted(_reach(actor), key=str))


def _reach(actor: Actor) -> set[tuple[UUID, UUID | None]]:
    return {(grant.authority_id, grant.programme_id) for grant in actor.grants}


def get_programme(session: Session, programme_id: UUID) -> ProgrammeRow:
    """One programme. Raises NotFound."""
    return rows.get_programme(session, programme_id)


def versions(session: Session, actor: Actor, programme_id: UUID) -> Sequence[ProgrammeVersion]:
    """All versions of a programme, newest first, without their packages. NotFound, NotAllowed."""
    programme = rows.get_programme(session, programme_id)
    require_insight(actor, programme.authority_id, programme.id)
    return rows.list_versions(session, programme_id)


def require_insight(actor: Actor, authority_id: UUID, programme_id: UUID) -> None:
    """Raises NotAllowed unless the actor works for the programme in some role."""
    if not actor.is_system and not any(
        grant.covers(grant.role, authority_id, programme_id) for grant in actor.grants
    ):
        raise NotAllowed()


def version(session: Session, actor: Actor, version_id: UUID) -> ProgrammeVersion:
    """One version with its package. Raises NotFound, NotAllowed."""
    found = rows.get_version(session, version_id)
    require_insight(actor, found.authority_id, found.programme_id)
    return found
