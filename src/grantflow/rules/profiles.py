"""Rule profiles: numbers of the law as data with effective dates, sources and confidence.

``workflows/_shared/rules/<area>.toml`` holds one rule book; a ``Profile`` is the book seen from the
day of a decision, with the overrides of a programme on top.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grantflow.errors import BadProgramme, Conflict, NotFound, Problem
from grantflow.settings import settings
from grantflow.texts import Said
from grantflow.texts.wrong_values import unreadable, wrong_values

Confidence = Literal["law", "published", "secondary", "seed", "model", "general", "assumption"]
_CERTAIN = frozenset({"law", "published"})
_DAY = timedelta(days=1)


class MissingValue(Conflict):
    """The rule profile has no value for this day; somebody has to enter it."""

    default_key = "rules.missing_value"


class BadRuleBook(BadProgramme):
    """A rule book that cannot be used; every problem names the value or the field."""

    default_key = "rules.bad_book"


class Version(BaseModel):
    """One value of a rule while it applies, with its source and how sure we are of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: date = Field(alias="from")
    until: date | None = None
    value: bool | int | float | str
    source: str
    confidence: Confidence
    note: str = ""

    @property
    def certain(self) -> bool:
        """Read in the law or on a published page; anything else is shown as to be confirmed."""
        return self.confidence in _CERTAIN

    def applies(self, day: date) -> bool:
        """Whether this version is in force on the day."""
        return self.since <= day and (self.until is None or day <= self.until)


class Court(BaseModel):
    """A court, its seat, and the districts and municipalities that belong to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    street: str
    postcode: str
    town: str
    source: str
    confidence: Confidence
    districts: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Authority(BaseModel):
    """Which remedy there is against the decisions of an authority, and which court follows.

    ``court`` is the name of a court, ``BY_SEAT`` for the court of the grantee's seat, or
    ``BY_AUTHORITY`` for the court of the authority's own seat.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    remedy: Literal["OBJECTION", "COURT_ACTION"]
    court: str
    seat: str = ""
    source: str
    confidence: Confidence


class RuleBook(BaseModel):
    """One rules file: values by name, each a list of versions, courts and authorities."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: str
    title: dict[Literal["de", "en"], str]
    values: dict[str, tuple[Version, ...]]
    courts: tuple[Court, ...] = ()
    authorities: tuple[Authority, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole content, so that results can name the rules behind them."""
        return sha256(self.model_dump_json().encode()).hexdigest()

    def stored(self) -> str:
        """The book as JSON; ``restore`` reads it back with the same digest."""
        return self.model_dump_json(by_alias=True)


@dataclass(frozen=True)
class Profile:
    """A rule book as of the day of a decision, with the programme's own values on top."""

    book: RuleBook
    on: date
    overrides: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Twelve hex digits that change with every value of the book or of the programme."""
        own = {
            name: [one.model_dump_json() for one in versions]
            for name, versions in sorted(self.overrides.items())
        }
        written = f"{self.book.digest}{json.dumps(own)}" if own else self.book.digest
        return sha256(written.encode()).hexdigest()[:12]

    def value(self, name: str, on: date | None = None) -> Version:
        """The version in force on ``on`` (default: the profile's day); MissingValue if none.

        Outside the dates of the programme's own value that of the book counts.
        """
        day = on or self.on
        for version in (*self.overrides.get(name, ()), *self.book.values.get(name, ())):
            if version.applies(day):
                return version
        raise MissingValue(name=name, area=self.book.area, on=day)

    def number(self, name: str, on: date | None = None) -> int:
        """A whole number, e.g. of days; MissingValue if the value is not one."""
        value = self.value(name, on).value
        if isinstance(value, bool) or not isinstance(value, int):
            raise MissingValue(name=name, area=self.book.area, on=on or self.on)
        return value

    def switch(self, name: str, on: date | None = None) -> bool:
        """A yes or no."""
        return self.value(name, on).value is True

    def uncertain(self) -> dict[str, Version]:
        """The values in force that the funder still has to confirm."""
        names = {*self.book.values, *self.overrides}
        found = {name: self._find(name) for name in sorted(names)}
        return {name: one for name, one in found.items() if one is not None and not one.certain}

    def _find(self, name: str) -> Version | None:
        try:
            return self.value(name)
        except MissingValue:
            return None


def profile(area: str, on: date, overrides: Mapping[str, Any] | None = None) -> Profile:
    """The shipped rule profile of an area (federal, berlin, hessen) as of a day.

    ``overrides`` are the programme's own values (see ``at``). NotFound for an unknown area,
    BadProgramme for a book with gaps or overlaps.
    """
    return at(_shipped(settings().workflows_dir / "_shared" / "rules", area), on, overrides)


def at(book: RuleBook, on: date, overrides: Mapping[str, Any] | None = None) -> Profile:
    """A rule book, e.g. from a frozen package, as of a day with a programme's own values.

    An own value is a table as in a book, or a list of them. Programmes published before the lint
    asked for a source (``rules.overrides``) go on: what they left out counts as unconfirmed.
    """
    own = {name: _own(name, given) for name, given in (overrides or {}).items()}
    return Profile(book, on, own)


@lru_cache
def _shipped(folder: Path, area: str) -> RuleBook:
    path = folder / f"{area}.toml"
    if not area.isidentifier() or not path.is_file():
        raise NotFound("rules.unknown_area", area=area)
    return parse(path.read_bytes(), path.name)


def _own(name: str, given: Any) -> tuple[Version, ...]:
    usual = {"from": date.min, "source": "", "confidence": "assumption"}
    listed = given if isinstance(given, list) else [given]
    tables = [one if isinstance(one, Mapping) else {"value": one} for one in listed]
    try:
        return tuple(Version.model_validate({**usual, **one}) for one in tables)
    except ValidationError as error:
        raise BadProgramme(faults(error, "programme.toml", f"profile_overrides.{name}.")) from error


def parse(toml: bytes, file: str) -> RuleBook:
    """A rule book from its file; BadProgramme names every gap, overlap and wrong field."""
    try:
        book = RuleBook.model_validate(tomllib.loads(toml.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = Problem("rules.not_toml", {"reason": unreadable(error)}, file)
        raise BadRuleBook([problem]) from error
    except ValidationError as error:
        raise BadRuleBook(faults(error, file, "")) from error
    return checked(book, file)


def restore(content: str) -> RuleBook:
    """A rule book out of its stored JSON (``RuleBook.stored``). Raises BadProgramme."""
    try:
        return checked(RuleBook.model_validate_json(content), "")
    except ValidationError as error:
        raise BadRuleBook(faults(error, "", "")) from error


def checked(book: RuleBook, file: str) -> RuleBook:
    """The book itself; BadProgramme names every gap, overlap and change of type in it."""
    problems = [
        problem
        for name, versions in book.values.items()
        for place in (f"{file}#{name}",)
        for problem in (*seams(name, versions, place), *_kinds(name, versions, place))
    ]
    if problems:
        raise BadRuleBook(problems)
    return book


def kind_of(value: object) -> str:
    """What a value is: ``switch``, ``number`` or ``text``; it never changes over time."""
    if isinstance(value, bool):
        return "switch"
    return "number" if isinstance(value, int | float) else "text"


def kind_word(value: object) -> Said:
    """The type of a value in the reader's language."""
    return Said(f"rules.kind.{kind_of(value)}", {})


def _kinds(name: str, versions: tuple[Version, ...], place: str) -> list[Problem]:
    """A value that was a number does not become a text."""
    return [
        Problem(
            "rules.mixed_kinds",
            {
                "name": name,
                "on": after.since,
                "kind": Said(f"rules.kind.{kind_of(before.value)}", {}),
            },
            place,
        )
        for before, after in pairwise(versions)
        if kind_of(before.value) != kind_of(after.value)
    ]


def seams(name: str, versions: tuple[Version, ...], place: str) -> list[Problem]:
    """Neither gap nor overlap between versions that follow each other."""
    if not versions:
        return [Problem("rules.empty", {"name": name}, place)]
    problems = [
        Problem("rules.ends_before_start", {"name": name, "on": one.since}, place)
        for one in versions
        if one.until is not None and one.until < one.since
    ]
    for before, after in pairwise(versions):
        if before.until is None or after.since <= before.until:
            problems.append(Problem("rules.overlap", {"name": name, "on": after.since}, place))
        elif after.since > before.until + _DAY:
            problems.append(Problem("rules.gap", {"name": name, "on": before.until + _DAY}, place))
    return problems


def faults(error: ValidationError, file: str, prefix: str) -> list[Problem]:
    """What is wrong with the fields of a book, an entry or an override, field by field."""
    return [
        Problem(
            "rules.wrong_field",
            {"field": f"{prefix}{wrong.field}", "reason": wrong.reason},
            file,
        )
        for wrong in wrong_values(error)
    ]
