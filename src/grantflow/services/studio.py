"""Drafts of programme versions: written, checked, handed over, published by a second person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import BadProgramme, Conflict, NotAllowed, NotFound, Problem
from grantflow.programmes.check import Checked, check
from grantflow.programmes.lint import lint
from grantflow.programmes.load import read, read_file
from grantflow.programmes.package import Change, Package, diff, pack, unpack
from grantflow.services import catalogue, policy
from grantflow.services.policy import Actor, Role
from grantflow.settings import settings
from grantflow.store import catalogue as rows
from grantflow.store import tasks as task_rows
from grantflow.store.tables import ProgrammeVersion

__all__ = ["Change", "Checked", "Draft"]

RULES = "_shared/rules/"
"""Where a package keeps the rules of law; they are the installation's, not a programme's."""
_LETTER = re.compile(r"letters/[^/]+/")


@dataclass(frozen=True)
class Draft:
    """A version as the editor shows it; ``revision`` goes back with the next save."""

    version: ProgrammeVersion
    package: Package

    @property
    def revision(self) -> int:
        return self.version.revision


def _manager(actor: Actor, version: ProgrammeVersion) -> UUID:
    policy.require_role(actor, Role.PROGRAMME_MANAGER, version.authority_id, version.programme_id)
    return policy.require_account(actor)


def _locked(session: Session, actor: Actor, version_id: UUID, *states: str) -> ProgrammeVersion:
    version = rows.lock_version(session, version_id)
    _manager(actor, version)
    if version.state not in states:
        raise Conflict("services.catalogue.wrong_state", state=version.state)
    return version


def start_draft(session: Session, actor: Actor, version_id: UUID, note: str = "") -> Draft:
    """A new draft with the files of a version, numbered after the newest. NotFound, NotAllowed."""
    source = rows.get_version(session, version_id)
    account = _manager(actor, source)
    rows.lock_programme(session, source.programme_id)
    draft = ProgrammeVersion(
        programme_id=source.programme_id,
        authority_id=source.authority_id,
        number=rows.last_number(session, source.programme_id) + 1,
        package=source.package,
        digest=source.digest,
        note=note,
        created_at=clock.now(),
        created_by=account,
        edited_by=account,
        editors=[str(account)],
    )
    rows.add_row(session, draft)
    return Draft(draft, unpack(draft.package))


def open_version(session: Session, actor: Actor, version_id: UUID) -> Draft:
    """A version with its files, to be looked at or edited. Raises NotFound, NotAllowed."""
    version = catalogue.version(session, actor, version_id)
    return Draft(version, unpack(version.package))


def read_file_of(session: Session, actor: Actor, version_id: UUID, name: str) -> bytes:
    """One file of a version. Raises NotFound, NotAllowed."""
    files = open_version(session, actor, version_id).package.files
    if name not in files:
        raise NotFound("services.catalogue.file_not_found", name=name)
    return files[name]


def write_file(
    session: Session, actor: Actor, version_id: UUID, name: str, content: bytes, revision: int
) -> int:
    """Save one file of a draft; the new revision.

    ``revision`` is the one the editor began with. Raises Conflict naming who saved meanwhile,
    BadProgramme for a name or size that is refused and for rules of law, NotFound, NotAllowed.
    """
    version = _locked(session, actor, version_id, "draft")
    _require_revision(session, version, revision)
    if name.startswith(RULES):
        raise _refused("services.catalogue.rules_fixed", name)
    return _save(actor, version, unpack(version.package).with_file(name, content))


def remove_file(session: Session, actor: Actor, version_id: UUID, name: str, revision: int) -> int:
    """Take one of the programme's own files out of a draft; the new revision.

    ``letters/<name>/`` takes out a letter with all its files. Raises BadProgramme for files that
    are shared by all programmes, otherwise as ``write_file``.
    """
    version = _locked(session, actor, version_id, "draft")
    _require_revision(session, version, revision)
    if name.startswith("_"):
        raise _refused("services.catalogue.file_is_shared", name)
    package = unpack(version.package)
    whole = bool(_LETTER.fullmatch(name))
    gone = [n for n in package.files if n == name or (whole and n.startswith(name))]
    if not gone:
        raise NotFound("services.catalogue.file_not_found", name=name)
    for one in gone:
        package = package.without(one)
    return _save(actor, version, package)


def replace_package(
    session: Session, actor: Actor, version_id: UUID, raw: bytes, revision: int
) -> int:
    """Put a whole package (zip) into a draft; the new revision.

    Raises BadProgramme where its rules of law are not those of the installation, otherwise as
    ``write_file``.
    """
    version = _locked(session, actor, version_id, "draft")
    _require_revision(session, version, revision)
    package = unpack(raw)
    _require_same_rules(package, rows.newest_published(session, version.programme_id))
    return _save(actor, version, package)


def _rules(package: Package) -> dict[str, bytes]:
    return {name: text for name, text in package.files.items() if name.startswith(RULES)}


def _shipped_rules() -> dict[str, bytes]:
    folder = settings().workflows_dir / RULES
    return {f"{RULES}{path.name}": path.read_bytes() for path in sorted(folder.glob("*.toml"))}


def _require_same_rules(package: Package, newest: ProgrammeVersion | None) -> None:
    """Rules of law change with the installation, never by somebody's package. BadProgramme."""
    known = _rules(unpack(newest.package)) if newest is not None else _shipped_rules()
    given = _rules(package)
    wrong = [name for name in sorted({*known, *given}) if known.get(name) != given.get(name)]
    if wrong:
        key = "services.catalogue.rules_fixed"
        raise BadProgramme(Problem(key, {"name": name}, name) for name in wrong)


def _refused(key: str, name: str) -> BadProgramme:
    return BadProgramme([Problem(key, {"name": name}, name)])


def _require_revision(session: Session, version: ProgrammeVersion, revision: int) -> None:
    if version.revision != revision:
        name = task_rows.account_name(session, version.edited_by) if version.edited_by else ""
        raise Conflict("services.catalogue.saved_meanwhile", name=name, revision=version.revision)


def _save(actor: Actor, version: ProgrammeVersion, package: Package) -> int:
    account = policy.require_account(actor)
    version.package, version.digest = pack(package), package.digest
    version.revision += 1
    version.edited_by = account
    version.editors = [*{*version.editors, str(account)}]
    return version.revision


def lint_draft(session: Session, actor: Actor, version_id: UUID) -> list[Problem]:
    """Every fault of a version's package, with file and element. Raises NotFound, NotAllowed."""
    return lint(open_version(session, actor, version_id).package)


def check_draft(session: Session, actor: Actor, version_id: UUID) -> Checked:
    """Lint a version and play all its scenarios in memory. Raises NotFound, NotAllowed."""
    return check(open_version(session, actor, version_id).package)


def submit(session: Session, actor: Actor, version_id: UUID) -> ProgrammeVersion:
    """Hand a draft over to be published by somebody else.

    Raises BadProgramme with every fault or failed scenario, Conflict, NotFound, NotAllowed.
    """
    version = _locked(session, actor, version_id, "draft")
    _require_sound(version)
    version.state, version.submitted_by = "review", policy.require_account(actor)
    return version


def _require_sound(version: ProgrammeVersion) -> None:
    checked = check(unpack(version.package))
    problems = [*checked.problems, *(p for s in checked.scenarios for p in s.problems)]
    if problems:
        raise BadProgramme(problems)


def send_back(session: Session, actor: Actor, version_id: UUID, note: str) -> ProgrammeVersion:
    """Give a version in review back to its editors, with the reason. Conflict, NotAllowed."""
    version = _locked(session, actor, version_id, "review")
    version.state, version.note = "draft", note
    return version


def publish(session: Session, actor: Actor, version_id: UUID) -> ProgrammeVersion:
    """Publish a version that somebody else wrote and handed over; it is frozen from then on.

    New cases begin with it, running cases keep theirs. Raises NotAllowed for everybody who
    created, edited or submitted it (four eyes), BadProgramme, Conflict, NotFound.
    """
    version = _locked(session, actor, version_id, "review")
    account = policy.require_account(actor)
    hands = {version.created_by, version.edited_by, version.submitted_by}
    if account in hands or str(account) in version.editors:
        raise NotAllowed("services.catalogue.four_eyes")
    _require_sound(version)
    package = unpack(version.package)
    version.state, version.digest = "published", package.digest
    version.published_by, version.published_at = account, clock.now()
    file = read_file(package)
    row = rows.lock_programme(session, version.programme_id)
    if row.key != file.key:
        raise Conflict("services.catalogue.other_programme", key=file.key)
    row.title = file.title.model_dump()
    catalogue.write_calls(session, row, version, file)
    return version


def retire(session: Session, actor: Actor, version_id: UUID) -> ProgrammeVersion:
    """Take a published version out of use; its cases go on. Conflict if calls still use it."""
    version = _locked(session, actor, version_id, "published")
    if any(
        call.programme_version_id == version.id
        for call in rows.list_calls(session, version.programme_id)
    ):
        raise Conflict("services.catalogue.still_used")
    version.state = "retired"
    return version


def compare(session: Session, actor: Actor, old_id: UUID, new_id: UUID) -> Sequence[Change]:
    """What was added, removed and changed between two versions. Raises NotFound, NotAllowed."""
    old, new = (open_version(session, actor, i).package for i in (old_id, new_id))
    return diff(old, new)


def export_package(session: Session, actor: Actor, version_id: UUID) -> bytes:
    """A version as zip; importing it elsewhere gives the same digest. NotFound, NotAllowed."""
    return pack(open_version(session, actor, version_id).package)


def import_package(session: Session, actor: Actor, raw: bytes) -> Draft:
    """A zip as a new draft of the programme it names.

    Raises BadProgramme for a hostile or unreadable package and for other rules of law than the
    installation's, NotFound for an unknown programme, NotAllowed.
    """
    package = unpack(raw)
    file = read(package).file
    row = rows.find_programme(session, file.key)
    if row is None:
        raise NotFound("services.catalogue.programme_not_found")
    newest = rows.newest_published(session, row.id)
    if newest is None:
        raise NotFound("services.catalogue.version_not_found")
    draft = start_draft(session, actor, newest.id)
    _require_same_rules(package, newest)
    _save(actor, draft.version, package)
    return Draft(draft.version, package)
