"""The base rate (§ 247 BGB) as data with an end date; beyond it nothing is computed.

``workflows/_shared/rules/base_rates.toml`` holds the rates in percent with their source. The
Bundesbank publishes a new one for 1 January and 1 July; it is entered, never extrapolated.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grantflow.errors import BadProgramme, Conflict, Problem
from grantflow.rules.profiles import Confidence, faults
from grantflow.settings import settings
from grantflow.texts.wrong_values import unreadable

FILE = "base_rates.toml"
BASE_RATE_MISSING = "BASE_RATE_MISSING"
_DAY = timedelta(days=1)
_CHANGES = frozenset({(1, 1), (7, 1)})  # § 247 Abs. 1 Satz 2 BGB
_JUNE = 6
_LOWEST, _HIGHEST = Decimal(-5), Decimal(25)


class BaseRateMissing(Conflict):
    """No base rate is entered for a day; somebody of the rule keepers has to enter it."""

    default_key = "rules_money.base_rate_missing"
    code = BASE_RATE_MISSING

    def __init__(self, first_missing_day: date) -> None:
        self.first_missing_day = first_missing_day
        super().__init__(None, on=first_missing_day, code=self.code)


class BaseRate(BaseModel):
    """One base rate in percent from a day on, with its source and how sure we are of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: date = Field(alias="from")
    rate: Decimal = Field(ge=_LOWEST, le=_HIGHEST)
    source: str
    confidence: Confidence


class BaseRates(BaseModel):
    """All base rates in order; ``until`` is the last day for which they are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rates: tuple[BaseRate, ...] = Field(min_length=1)
    until: date

    @cached_property
    def digest(self) -> str:
        """Twelve hex digits that change with every rate."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def between(self, start: date, end: date) -> tuple[Span, ...]:
        """The rates of the half-open time from ``start`` to ``end``, one span per entered rate.

        Raises BaseRateMissing with the first day without a rate.
        """
        if start >= end:
            return ()
        if start < self.rates[0].since:
            raise BaseRateMissing(start)
        if end > self.until + _DAY:
            raise BaseRateMissing(max(start, self.until + _DAY))
        stops = [*(rate.since for rate in self.rates[1:]), self.until + _DAY]
        return tuple(
            Span(max(start, rate.since), min(end, stop), rate)
            for rate, stop in zip(self.rates, stops, strict=True)
            if rate.since < end and stop > start
        )

    def on(self, day: date) -> BaseRate:
        """The rate of a day. Raises BaseRateMissing."""
        return self.between(day, day + _DAY)[0].rate


@dataclass(frozen=True)
class Span:
    """A half-open time in which one base rate holds."""

    start: date
    end: date
    rate: BaseRate


def base_rates(given: Mapping[str, Any], file: str) -> BaseRates:
    """Base rates out of plain data; BadProgramme names every wrong field, day and gap."""
    try:
        found = BaseRates.model_validate(given)
    except ValidationError as error:
        raise BadProgramme(faults(error, file, "")) from error
    problems = _faults(found, file)
    if problems:
        raise BadProgramme(problems)
    return found


def _faults(found: BaseRates, file: str) -> list[Problem]:
    days = [rate.since for rate in found.rates]
    problems = [
        Problem("rules_money.rate_day", {"on": day}, f"{file}#{day}")
        for day in days
        if (day.month, day.day) not in _CHANGES
    ]
    problems += [
        Problem("rules_money.rate_order", {"on": after}, f"{file}#{after}")
        for before, after in pairwise(days)
        if after <= before
    ]
    problems += [
        Problem("rules_money.rate_source", {"on": rate.since}, f"{file}#{rate.since}")
        for rate in found.rates
        if not rate.source.strip()
    ]
    last = _half_year_end(days[-1])
    if found.until != last:
        told = {"on": found.until, "since": days[-1], "last": last}
        problems.append(Problem("rules_money.rate_end", told, f"{file}#until"))
    return problems


def _half_year_end(day: date) -> date:
    """The last day for which a rate is known that was published for this half-year (§ 247 BGB)."""
    return date(day.year, 6, 30) if day.month <= _JUNE else date(day.year, 12, 31)


def parse(toml: bytes, file: str) -> BaseRates:
    """Base rates from their file. Raises BadProgramme."""
    try:
        given = tomllib.loads(toml.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = Problem("rules.not_toml", {"reason": unreadable(error)}, file)
        raise BadProgramme([problem]) from error
    return base_rates(given, file)


def shipped() -> BaseRates:
    """The base rates that come with the program."""
    return _shipped(settings().workflows_dir / "_shared" / "rules" / FILE)


@lru_cache
def _shipped(path: Path) -> BaseRates:
    return parse(path.read_bytes(), path.name)
