"""Changes of rule books: a value from a day on, what differs, and taking over a delivered book."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from grantflow.errors import BadProgramme, Problem
from grantflow.rules.profiles import (
    BadRuleBook,
    RuleBook,
    Version,
    checked,
    faults,
    kind_of,
    kind_word,
)
from grantflow.rules.value_schema import fault

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Difference:
    """One entry of a value in two books; None where a book does not have it."""

    name: str
    old: Version | None
    new: Version | None


def version_of(facts: Mapping[str, Any]) -> Version:
    """An entry from plain facts (from, until, value, source, confidence, note). BadProgramme."""
    try:
        return Version.model_validate(dict(facts))
    except ValidationError as error:
        raise BadProgramme(faults(error, "", "")) from error


def with_value(book: RuleBook, name: str, new: Version) -> RuleBook:
    """The book with a value from a day on.

    An entry that begins on the same day is replaced (so a value is confirmed or corrected); the
    one in force the day before ends there. BadProgramme for a gap, an overlap with a later entry,
    an entry that ends before it begins, and a value of another type or out of its range.
    """
    before = [_closed(one, new) for one in book.values.get(name, ()) if one.since < new.since]
    after = [one for one in book.values.get(name, ()) if one.since > new.since]
    _require_until(name, new, after)
    wrong = fault(name, new.value)
    if wrong is not None:
        raise BadRuleBook([wrong])
    values = {**book.values, name: (*before, new, *after)}
    return checked(_with(book, values), "")


def _with(book: RuleBook, values: Mapping[str, tuple[Version, ...]]) -> RuleBook:
    """A new book, because a copy would take the digest of the old one along."""
    kept = {name: getattr(book, name) for name in RuleBook.model_fields}
    return RuleBook.model_construct(**{**kept, "values": dict(values)})


def _closed(old: Version, new: Version) -> Version:
    """The earlier entry, ended on the day before the new one begins."""
    if old.until is not None and old.until < new.since:
        return old
    return old.model_copy(update={"until": new.since - _DAY})


def _require_until(name: str, new: Version, after: list[Version]) -> None:
    """An open end in front of a later entry would overlap; say which day mends it."""
    if after and new.until is None:
        later = after[0].since
        params = {"name": name, "on": later, "until": later - _DAY}
        raise BadProgramme([Problem("rules.later_entry", params, "until")])


def require_kind(name: str, value: object, known: object) -> None:
    """BadProgramme if a value is not of the type of one the rule reads already."""
    if kind_of(value) != kind_of(known):
        params = {"name": name, "kind": kind_word(known)}
        raise BadProgramme([Problem("rules.wrong_kind", params, "value")])


def differences(old: RuleBook, new: RuleBook) -> tuple[Difference, ...]:
    """Every entry that was added, removed or changed, by name and first day."""
    return tuple(_differences(old, new))


def _differences(old: RuleBook, new: RuleBook) -> Iterator[Difference]:
    for name in sorted({*old.values, *new.values}):
        before = _by_day(old.values.get(name, ()))
        after = _by_day(new.values.get(name, ()))
        for since in sorted({*before, *after}):
            if before.get(since) != after.get(since):
                yield Difference(name, before.get(since), after.get(since))


def _by_day(versions: tuple[Version, ...]) -> dict[date, Version]:
    return {one.since: one for one in versions}


def taken_over(ours: RuleBook, delivered: RuleBook, changed: Collection[str]) -> RuleBook:
    """A newly delivered book that keeps the values which people of this installation have changed.

    Every other value, and the courts, are the delivered ones.
    """
    kept = {name: ours.values[name] for name in changed if name in ours.values}
    return checked(_with(delivered, {**delivered.values, **kept}), "")
