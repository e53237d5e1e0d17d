"""Rule profiles: numbers of the law as data with effective dates, sources and confidence.

``workflows/_shared/rules/<area>.toml`` holds one rule book; a ``Profile`` is the book seen from the
day of a decision, with the overrides of a programme on top.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grantflow.errors import BadProgramme, GrantFlowError, NotFound, Problem
from grantflow.settings import settings

Confidence = Literal["law", "published", "secondary", "seed", "model", "general", "assumption"]
_CERTAIN = frozenset({"law", "published"})
_DAY = timedelta(days=1)


class MissingValue(GrantFlowError):
    """The rule profile has no value for this day; somebody has to enter it."""

    default_key = "rules.missing_value"


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


class RuleBook(BaseModel):
    """One rules file: values by name, each a list of versions, and the courts of the area."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: str
    title: dict[Literal["de", "en"], str]
    values: dict[str, tuple[Version, ...]]
    courts: tuple[Court, ...] = ()


@dataclass(frozen=True)
class Profile:
    """A rule book as of the day of a decision, with the programme's own values on top."""

    book: RuleBook
    on: date
    overrides: Mapping[str, Version] = field(default_factory=dict)

    def value(self, name: str, on: date | None = None) -> Version:
        """The version in force on ``on`` (default: the profile's day); MissingValue if none."""
        day = on or self.on
        if name in self.overrides:
            return self.overrides[name]
        for version in self.book.values.get(name, ()):
            if version.applies(day):
                return version
        raise MissingValue(name=name, area=self.book.area, on=day.isoformat())

    def number(self, name: str, on: date | None = None) -> int:
        """A whole number, e.g. of days; MissingValue if the value is not one."""
        value = self.value(name, on).value
        if isinstance(value, bool) or not isinstance(value, int):
            raise MissingValue(name=name, area=self.book.area, on=(on or self.on).isoformat())
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

    ``overrides`` are the programme's own values: plain ones, or tables with value, source and
    confidence. NotFound for an unknown area, BadProgramme for a book with gaps or overlaps.
    """
    return at(_shipped(settings().workflows_dir / "_shared" / "rules", area), on, overrides)


def at(book: RuleBook, on: date, overrides: Mapping[str, Any] | None = None) -> Profile:
    """A rule book, e.g. from a frozen package, as of a day with a programme's own values."""
    own = {name: _own(name, given) for name, given in (overrides or {}).items()}
    return Profile(book, on, own)


@lru_cache
def _shipped(folder: Path, area: str) -> RuleBook:
    path = folder / f"{area}.toml"
    if not area.isidentifier() or not path.is_file():
        raise NotFound("rules.unknown_area", area=area)
    return parse(path.read_bytes(), path.name)


def _own(name: str, given: Any) -> Version:
    facts = dict(given) if isinstance(given, Mapping) else {"value": given}
    facts = {"from": date.min, "source": "", "confidence": "seed", **facts}
    try:
        return Version.model_validate(facts)
    except ValidationError as error:
        raise BadProgramme(_faults(error, "programme.toml", f"rules.{name}.")) from error


def parse(toml: bytes, file: str) -> RuleBook:
    """A rule book from its file; BadProgramme names every gap, overlap and wrong field."""
    try:
        book = RuleBook.model_validate(tomllib.loads(toml.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = Problem("rules.not_toml", {"reason": str(error)}, file)
        raise BadProgramme([problem]) from error
    except ValidationError as error:
        raise BadProgramme(_faults(error, file, "")) from error
    problems = [p for name, versions in book.values.items() for p in _seams(name, versions, file)]
    if problems:
        raise BadProgramme(problems)
    return book


def _seams(name: str, versions: tuple[Version, ...], file: str) -> list[Problem]:
    """Neither gap nor overlap between versions that follow each other."""
    place = f"{file}#{name}"
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


def _faults(error: ValidationError, file: str, prefix: str) -> list[Problem]:
    return [
        Problem(
            "rules.wrong_field",
            {"field": prefix + ".".join(map(str, fault["loc"])), "reason": fault["msg"]},
            file,
        )
        for fault in error.errors()
    ]
