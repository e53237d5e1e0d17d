"""What a computed rule takes and gives: facts read by type, values with the steps to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.profiles import Profile

CENT = Decimal("0.01")
MOST = Decimal("99999999999.99")
_MONEY = re.compile(r"-?\d{1,11}(\.\d{1,2})?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
FIRST_YEAR, LAST_YEAR = 1900, 2200
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,12})?")
_NOISE = 1e-6
_TYPES = {"money", "number", "whole", "day", "flag", "text", "list", "table"}


@dataclass(frozen=True)
class Facts:
    """What a rule is told, e.g. by a form or a vectors file; every reading checks the type.

    A fact that is missing or of a wrong type raises Invalid with the name of the fact as place.
    A fact given as None counts as missing.
    """

    given: Mapping[str, Any]

    def has(self, name: str) -> bool:
        """Whether the fact is there and not null."""
        return self.given.get(name) is not None

    def money(self, name: str, default: Decimal | None = None) -> Decimal:
        """An amount in euro, not negative, with at most two decimals."""
        if not self.has(name) and default is not None:
            return default
        return amount(self._needed(name), self._at(name))

    def number(self, name: str, default: Decimal | None = None) -> Decimal:
        """A decimal number such as a rate (0.5 for 50 %) or percentage points; may be negative."""
        if not self.has(name) and default is not None:
            return default
        value = self._needed(name)
        # A share that was divided in binary (33.3 / 100) is meant as it is written to 12 decimals.
        written = _plain(round(value, 12) if isinstance(value, float) else value)
        if isinstance(value, bool) or not _NUMBER.fullmatch(written):
            raise wrong(self._at(name), "number", value)
        return Decimal(written)

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number from zero, e.g. of days, months or items."""
        if not self.has(name) and default is not None:
            return default
        value = self._needed(name)
        if isinstance(value, bool) or not re.fullmatch(r"\d{1,9}(\.0+)?", _plain(value)):
            raise wrong(self._at(name), "whole", value)
        return int(Decimal(_plain(value)))

    def day(self, name: str) -> date:
        """A calendar day in Germany, as date or as ISO text (2026-07-01)."""
        return _day(self._needed(name), self._at(name))

    def day_or_none(self, name: str) -> date | None:
        """The same, or None where the fact is missing."""
        return self.day(name) if self.has(name) else None

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false."""
        if not self.has(name) and default is not None:
            return default
        value = self._needed(name)
        if not isinstance(value, bool):
            raise wrong(self._at(name), "flag", value)
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """A text, e.g. a code."""
        if not self.has(name) and default is not None:
            return default
        value = self._needed(name)
        if not isinstance(value, str):
            raise wrong(self._at(name), "text", value)
        return value

    def choice(self, name: str, options: Iterable[str], default: str | None = None) -> str:
        """One of the given codes."""
        value, known = self.text(name, default), sorted(options)
        if value not in known:
            raise Invalid(
                [
                    Problem(
                        "rules.fact_option",
                        {"value": value, "options": ", ".join(known)},
                        self._at(name),
                    )
                ]
            )
        return value

    def items(self, name: str) -> tuple[Facts, ...]:
        """A list of rows, each with facts of its own; a fault is placed as ``lines.0.amount``."""
        value = self._needed(name)
        if not isinstance(value, list | tuple) or not all(isinstance(i, Mapping) for i in value):
            raise wrong(self._at(name), "list", value)
        return tuple(_Row(row, f"{self._at(name)}.{number}.") for number, row in enumerate(value))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, e.g. of account names."""
        value = self._needed(name)
        if not isinstance(value, list | tuple) or not all(isinstance(i, str) for i in value):
            raise wrong(self._at(name), "list", value)
        return tuple(value)

    def table(self, name: str) -> dict[str, Decimal]:
        """Amounts in euro by name, e.g. budget lines."""
        value = self._needed(name)
        if not isinstance(value, Mapping):
            raise wrong(self._at(name), "table", value)
        return {str(key): amount(one, f"{self._at(name)}.{key}") for key, one in value.items()}

    def _needed(self, name: str) -> Any:
        if not self.has(name):
            place = self._at(name)
            raise Invalid([Problem("rules.fact_missing", {"name": place}, place)])
        return self.given[name]

    def _at(self, name: str) -> str:
        """Where a fact stands, for whoever has to mend it."""
        return name


@dataclass(frozen=True)
class _Row(Facts):
    """Facts of one row of a list; faults name the list, the row and the field."""

    prefix: str

    def _at(self, name: str) -> str:
        return self.prefix + name


def amount(value: Any, name: str) -> Decimal:
    """An amount in euro from a Decimal, a number or a text like ``1234.50``; else Invalid."""
    written = _plain(_without_noise(value))
    if isinstance(value, bool) or not _MONEY.fullmatch(written):
        raise wrong(name, "money", value)
    euro = Decimal(written).quantize(CENT)
    if not 0 <= euro <= MOST:
        raise wrong(name, "money", value)
    return euro


def _without_noise(value: Any) -> Any:
    """Sums of binary numbers (0.1 + 0.2) miss their cent by a trace; a third decimal is more."""
    if isinstance(value, float) and abs(value - round(value, 2)) < _NOISE:
        return round(value, 2)
    return value


def wrong(name: str, kind: str, value: Any) -> Invalid:
    """The refusal of a fact that is not of the kind the rule needs (money, day, flag, …)."""
    if kind not in _TYPES:
        raise ValueError(kind)
    return Invalid([Problem(f"rules.fact_{kind}", {"name": name, "value": str(value)}, name)])


def _plain(value: Any) -> str:
    """A number as digits with a point: 1E+3 becomes 1000, 0.5 stays."""
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f") if isfinite(value) else str(value)
    return str(value)


def _day(value: Any, name: str) -> date:
    """A calendar day between 1900 and 2200; a moment is refused, because its zone is unknown."""
    written = value.isoformat() if isinstance(value, date) else value
    if not isinstance(written, str) or not _DAY.fullmatch(written):
        raise wrong(name, "day", value)
    try:
        found = date.fromisoformat(written)
    except ValueError as error:
        raise wrong(name, "day", value) from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise wrong(name, "day", value)
    return found


@dataclass(frozen=True)
class Outcome:
    """What a rule found: values (Decimal euro, date, bool, int, str, lists) and how."""

    values: Mapping[str, Any]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule that can be computed by name: its function and the facts it understands."""

    run: Callable[[Facts, Profile], Outcome]
    facts: frozenset[str]


@dataclass(frozen=True)
class Computation:
    """One computed result as it is stored: values, steps, inputs and the rules' version."""

    name: str
    values: Mapping[str, Any]
    steps: tuple[Step, ...]
    inputs: Mapping[str, Any]
    version: str
