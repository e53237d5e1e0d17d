"""What the pages about rules show: profiles, values in force, and what is still to be confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import NotFound
from grantflow.programmes.definition import ProgrammeFile
from grantflow.programmes.load import Programme
from grantflow.rules.base_rate_book import AREA as BASE_RATES
from grantflow.rules.profiles import RuleBook, Version, at
from grantflow.services import rule_books, rule_changes
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor
from grantflow.store import catalogue as catalogue_rows
from grantflow.store import rule_books as rows
from grantflow.store.tables import RuleVersion

CERTAIN = frozenset({"law", "published"})


@dataclass(frozen=True)
class AreaLine:
    """A rule profile: the version in force, its book, what is uncertain and what is proposed."""

    version: RuleVersion
    book: RuleBook
    uncertain: int
    proposals: Sequence[RuleVersion]


@dataclass(frozen=True)
class ValueLine:
    """A value with the entry of a day (None where there is none) and all its entries."""

    name: str
    now: Version | None
    entries: tuple[Version, ...]


@dataclass(frozen=True)
class Uncertain:
    """An entry that the funder still has to confirm, and where it is written."""

    area: str  # the rule profile, or the key of the programme
    programme: dict[str, Any] | None  # title, where a programme says it
    part: str  # rules_admin.part.<part>, empty for values of a profile
    name: str
    value: Any
    source: str
    confidence: str
    note: str
    version_id: UUID | None = None  # of the programme


def areas(session: Session, actor: Actor, on: date) -> list[AreaLine]:
    """The rule profiles in force with what is open about them. Raises NotAllowed."""
    rule_changes.require_reader(actor)
    found = []
    for version in rows.areas_in_force(session):
        book = rule_books.book_of(version)
        uncertain = sum(1 for _ in _of_book(book, on))
        proposals = rows.open_proposals(session, version.area)
        found.append(AreaLine(version, book, uncertain, proposals))
    return found


def area(session: Session, actor: Actor, name: str, on: date) -> AreaLine:
    """One rule profile. Raises NotFound, NotAllowed."""
    for line in areas(session, actor, on):
        if line.version.area == name:
            return line
    raise NotFound("rules.unknown_area", area=name)


def values(book: RuleBook, on: date) -> list[ValueLine]:
    """Every value of a book as of a day, by name."""
    return [
        ValueLine(name, next((one for one in entries if one.applies(on)), None), entries)
        for name, entries in sorted(book.values.items())
    ]


def version(session: Session, actor: Actor, version_id: UUID) -> RuleVersion:
    """A version of a rule book. Raises NotFound, NotAllowed."""
    rule_changes.require_reader(actor)
    return rows.get_version(session, version_id)


def programmes(session: Session) -> list[tuple[UUID, Programme]]:
    """The published programmes with the id of the version in force, by key."""
    found = []
    for line in catalogue_rows.list_programmes(session, None):
        newest = catalogue_rows.newest_published(session, line.programme.id)
        if newest is not None:
            found.append((newest.id, programme_of(session, newest.id)))
    return found


def users(session: Session, area_name: str) -> list[dict[str, str]]:
    """The titles of the published programmes that use a rule profile; base rates serve all."""
    return [
        p.title.model_dump()
        for _, p in programmes(session)
        if area_name in (p.file.profile, BASE_RATES)
    ]


def uncertain(session: Session, actor: Actor, on: date) -> list[Uncertain]:
    """Everything in force on a day that was not read in the law or a publication.

    All rule profiles, then all published programmes with their own values. Raises NotAllowed.
    """
    rule_changes.require_reader(actor)
    found = [
        one
        for version_ in rows.areas_in_force(session)
        for one in _of_book(rule_books.book_of(version_), on)
    ]
    for version_id, programme in programmes(session):
        found += _of_programme(programme.file, version_id, on)
    return found


def _of_book(book: RuleBook, on: date) -> Iterator[Uncertain]:
    for name, entry in at(book, on).uncertain().items():
        yield Uncertain(
            book.area, None, "", name, entry.value, entry.source, entry.confidence, entry.note
        )
    for court in book.courts:
        if court.confidence not in CERTAIN:
            address = f"{court.street}, {court.postcode} {court.town}"
            yield Uncertain(
                book.area, None, "court", court.name, address, court.source, court.confidence, ""
            )


def _of_programme(file: ProgrammeFile, version_id: UUID, on: date) -> Iterator[Uncertain]:
    parts: list[tuple[str, str, Any, Any]] = [
        *(("facts", fact.key, fact.value, fact) for fact in file.facts),
        *(("calls", call.key, call.closes, call) for call in file.calls),
        *(("budget_items", item.key, item.title.de, item) for item in file.budget_items),
        *(("funding_lines", line.code, line.rate, line) for line in file.funding_lines),
        *(("indicators", one.code, one.title.de, one) for one in file.indicators),
        ("authority", file.authority.short, file.authority.name, file.authority),
        ("remedy", file.authority.remedy.kind, file.authority.remedy.body, file.authority.remedy),
    ]
    book = RuleBook(area=file.key, title={"de": "", "en": ""}, values={})
    for name, own in at(book, on, file.profile_overrides).uncertain().items():
        parts.append(("profile_overrides", name, own.value, own))
    for part, name, value, marked in parts:
        if marked.confidence not in CERTAIN:
            yield Uncertain(
                file.key,
                file.title.model_dump(),
                part,
                name,
                value,
                marked.source,
                marked.confidence,
                getattr(marked, "note", ""),
                version_id,
            )
