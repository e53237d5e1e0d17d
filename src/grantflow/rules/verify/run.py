"""Choosing the rule for each vector by the fields that are there, and comparing the outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from grantflow.errors import Faults, GrantFlowError, NotFound
from grantflow.rules.computation import Facts
from grantflow.rules.profiles import Profile, profile
from grantflow.rules.verify import (
    acts,
    codes,
    grants,
    interest,
    letters,
    money,
    proofs,
    settlements,
)
from grantflow.rules.verify.compare import Difference, differences, shown
from grantflow.rules.verify.document import Document, Vector
from grantflow.rules.verify.kinds import Answer, Kind, Question
from grantflow.rules.verify.meta import meta_differences

# Of two kinds that understand a vector equally well, the first one answers.
KINDS: tuple[Kind, ...] = (
    *acts.KINDS,
    *letters.KINDS,
    *proofs.KINDS,
    *grants.KINDS,
    *settlements.KINDS,
    *money.KINDS,
    *interest.KINDS,
)
AREAS = frozenset(
    {"deadline", "funding", "budget", "payment", "procurement"}
    | {"eligibility", "interest", "process"}
)
_PROFILES = {"federal": "federal", "bund": "federal", "berlin": "berlin", "hess": "hessen"}
# What holds under any rules, or under those the vector brings along, is asked under federal ones.
_ANY = frozenset({"", "all", "config example"})
_SINCE = re.compile(r"\b(since|from|before|until)\s+(\d{1,2} [A-Z][a-z]{2} \d{4}|\d{4}-\d\d-\d\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEVELS = frozenset({"FEDERAL", "BERLIN", "HESSEN"})


@dataclass(frozen=True)
class Result:
    """What came of one vector: passed if there is no difference."""

    vector: Vector
    rule: str
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether every expected field came out as expected."""
        return not self.differences


@dataclass(frozen=True)
class Refusal(Difference):
    """The rule refused the input; text key and parameters are the rule's own."""


def verify(document: Document) -> tuple[Result, ...]:
    """The outcome of every vector, in the order of the file.

    Where the file was written with other base rates or holidays than the rules have, that comes
    first, as a failure of its own named ``meta``.
    """
    found = [check(vector) for vector in document.vectors]
    strange = meta_differences(document.meta)
    if strange:
        about = Vector("meta", "", "", document.meta, {})
        found.insert(0, Result(about, "", strange))
    return tuple(found)


def check(vector: Vector) -> Result:
    """One vector: the fields choose the rule, then every expected field is compared."""
    strange = [Difference("rules_verify.strange", name) for name in vector.strange]
    strange += [Difference("rules_verify.no_unicode", name) for name in _halves(vector)]
    if vector.area not in AREAS:
        strange.append(Difference("rules_verify.strange_area", "area", actual=vector.area))
    if _said_area(vector) is None:
        known = ", ".join(sorted({*_PROFILES.values(), "all"}))
        strange.append(
            Difference("rules_verify.strange_place", "jurisdiction", known, vector.jurisdiction)
        )
    kinds = fitting(vector.given.keys())
    if not kinds:
        fields = ", ".join(sorted(vector.given))
        strange.append(Difference("rules_verify.no_rule", "input", actual=fields))
        return Result(vector, "", tuple(strange))
    strange += _foreign(vector, kinds)
    odd = kinds[0].strange(vector.given.keys())
    strange += [Difference("rules_verify.strange", name) for name in odd]
    if strange:
        return Result(vector, kinds[0].name, tuple(strange))
    return min((_result(kind, vector) for kind in kinds), key=_unanswered)


def _foreign(vector: Vector, kinds: list[Kind]) -> list[Difference]:
    """An area of the list that is not that of the question."""
    fitting_areas = frozenset[str]().union(*(codes.AREAS[kind.name] for kind in kinds))
    if vector.area not in AREAS or vector.area in fitting_areas:
        return []
    possible = ", ".join(sorted(fitting_areas))
    return [Difference("rules_verify.other_area", "area", possible, vector.area)]


def _halves(vector: Vector) -> list[str]:
    """The texts of a vector that are no Unicode: JSON may hold half of a character."""
    texts = {"id": vector.id, "title": vector.title, "jurisdiction": vector.jurisdiction}
    return [name for name, text in texts.items() if any("\ud800" <= c <= "\udfff" for c in text)]


def _result(kind: Kind, vector: Vector) -> Result:
    return Result(vector, kind.name, tuple(_asked(kind, vector)))


def _unanswered(result: Result) -> int:
    """How many expected fields a rule does not speak of; their values play no part."""
    silent = sum(each.key == "rules_verify.not_answered" for each in result.differences)
    refused = any(isinstance(each, Refusal) for each in result.differences)
    return len(result.vector.expected) if refused else silent


def _asked(kind: Kind, vector: Vector) -> list[Difference]:
    try:
        answer: Answer = kind.answer(Question(Facts(vector.given), profile_of(vector)))
    except Faults as error:
        found = [_fault(problem.key, problem.place, problem.params) for problem in error.problems]
    except GrantFlowError as error:
        found = [_fault(error.key, "input", error.params)]
    else:
        return differences(vector.expected, answer)
    return _as_expected(vector, found)


def _as_expected(vector: Vector, found: list[Difference]) -> list[Difference]:
    """A refusal, compared with the ``error`` that a vector expects; else the refusal itself."""
    known = [codes.REFUSALS[one.key] for one in found if one.key in codes.REFUSALS]
    if "error" not in vector.expected or not known or len(known) != len(found):
        return found
    return differences(vector.expected, {"error": known[0]})


def _fault(key: str, place: str, params: Mapping[str, Any]) -> Difference:
    """The rule refused the input, in its own words."""
    return Refusal(key, place, actual=shown(dict(params)), params=dict(params))


def fitting(given: Set[str]) -> list[Kind]:
    """The kinds that are called for and understand most of the fields, the most demanding first."""
    called = [kind for kind in KINDS if kind.fits(given)]
    least = min((len(kind.strange(given)) for kind in called), default=0)
    best = [kind for kind in called if len(kind.strange(given)) == least]
    return sorted(best, key=lambda kind: -len(kind.needs))


def profile_of(vector: Vector) -> Profile:
    """The rules a vector is asked under: its Land or the Federation, as of the day it names.

    The day is that of ``since``/``before`` in the jurisdiction, else the first day of the input,
    else the newest state of the rules.
    """
    area = _area(vector)
    said = _SINCE.search(vector.jurisdiction)
    if said is not None:
        day = _written(said[2])
        return profile(area, day - timedelta(days=1) if said[1] == "before" else day)
    days = [found for value in vector.given.values() if (found := _iso(value)) is not None]
    return profile(area, min(days) if days else _newest(area))


def _area(vector: Vector) -> str:
    level = vector.given.get("level")
    if isinstance(level, str):
        if level not in _LEVELS:
            raise NotFound("rules.unknown_area", area=level)
        return level.lower()
    return _said_area(vector) or "federal"


def _said_area(vector: Vector) -> str | None:
    """The area that is named first in the jurisdiction; None where none that is known is named."""
    said = vector.jurisdiction.lower()
    places = {area: said.find(word) for word, area in _PROFILES.items() if word in said}
    if places:
        return min(places, key=lambda area: places[area])
    return "federal" if said.partition("(")[0].strip() in _ANY else None


def _written(said: str) -> date:
    named = _iso(said)
    if named is not None:
        return named
    if said[4:5] == "-":
        raise NotFound("rules_verify.day", day=said)
    day, month, year = said.split()
    if month not in _MONTHS:
        raise NotFound("rules_verify.month", month=month)
    try:
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        raise NotFound("rules_verify.day", day=said) from None


def _iso(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


@lru_cache
def _newest(area: str) -> date:
    """The day from which the newest value of a book holds."""
    book = profile(area, date(2000, 1, 1)).book
    return max(version.since for versions in book.values.values() for version in versions)
