"""Which rule books are in force: delivered with the software, released here, read once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import BadProgramme, Problem
from grantflow.rules import base_rates
from grantflow.rules.base_rate_book import to_book
from grantflow.rules.profiles import BadRuleBook, RuleBook, parse, restore
from grantflow.rules.revisions import taken_over
from grantflow.rules.value_schema import require_sound
from grantflow.store import rule_books as rows
from grantflow.store.tables import RuleVersion

FOLDER = "_shared/rules"


@lru_cache(maxsize=100)
def _restored(version_id: UUID, digest: str, content: str) -> RuleBook:
    return restore(content)


def book_of(version: RuleVersion) -> RuleBook:
    """The rule book of a version; parsed once per content."""
    return _restored(version.id, version.digest, version.content)


def current(session: Session, area: str, at: datetime | None = None) -> RuleVersion | None:
    """The released version of an area at a moment (default: now); None where none is stored.

    Before the first release the first one counts, because nothing else was known here.
    """
    found = rows.in_force(session, area, at or clock.now())
    return found or rows.first_released(session, area)


def load_shipped(session: Session, folder: Path) -> list[RuleVersion]:
    """Take over the rule books of a workflows folder whose content is new; the new versions.

    A book nobody has changed here is in force at once, as the programmes delivered with it. Where
    people have changed values, theirs stay, and the result waits for a person to release it.
    Raises BadProgramme with every gap and overlap; then nothing is stored.
    """
    found = [_take_over(session, book) for _, book in shipped_books(folder)]
    return [version for version in found if version is not None]


def shipped_books(folder: Path) -> list[tuple[str, RuleBook]]:
    """Every rule book of a workflows folder with the name of its file.

    Raises BadRuleBook with the faults of all books, so that one does not hide those of the next.
    """
    books: list[tuple[str, RuleBook]] = []
    problems: list[Problem] = []
    for path in sorted((folder / FOLDER).glob("*.toml")):
        try:
            books.append((path.name, _read(path)))
        except BadProgramme as error:
            problems += error.problems
    if problems:
        raise BadRuleBook(problems)
    return books


def _read(path: Path) -> RuleBook:
    content = path.read_bytes()
    if path.name == base_rates.FILE:
        return to_book(base_rates.parse(content, path.name))
    book = parse(content, path.name)
    if book.area != path.stem:
        told = {"area": book.area, "wanted": path.stem}
        raise BadRuleBook([Problem("rules.other_area", told, f"{path.name}#area")])
    return require_sound(book, path.name)


def _take_over(session: Session, delivered: RuleBook) -> RuleVersion | None:
    area = delivered.area
    last = rows.last_delivery(session, area)
    if last is not None and last.delivered_digest == delivered.digest:
        return None
    now, base = clock.now(), rows.in_force(session, area)
    changed = changed_names(session, area)
    book = taken_over(book_of(base), delivered, changed) if base and changed else delivered
    version = RuleVersion(
        area=area,
        number=rows.last_number(session, area) + 1,
        state="review" if base and changed else "released",
        origin="delivered",
        content=book.stored(),
        digest=book.digest,
        delivered_digest=delivered.digest,
        base_id=base.id if base else None,
        created_at=now,
    )
    version.released_at = now if version.state == "released" else None
    rows.add_version(session, version)
    return version


def changed_names(session: Session, area: str) -> frozenset[str]:
    """The values of an area that people of this installation have ever changed and released."""
    released = (one for one in rows.list_versions(session, area) if one.state == "released")
    return frozenset(str(change["name"]) for one in released for change in one.changes)


def books_in_force(session: Session) -> Mapping[str, RuleVersion]:
    """The released version of every area, by area."""
    return {version.area: version for version in rows.areas_in_force(session)}
