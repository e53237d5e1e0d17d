"""A kind of question that vectors ask: which fields call for it, and who answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from grantflow.errors import Faults, Invalid, Problem
from grantflow.rules.computation import Facts
from grantflow.rules.computing import compute
from grantflow.rules.profiles import Profile

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """What a vector gives, read by type, and the rules it is asked under."""

    facts: Facts
    profile: Profile


@dataclass(frozen=True)
class Kind:
    """One kind of question.

    ``needs`` are the fields that must all be there, of ``any_of`` at least one; ``fields`` are all
    that it understands. A field that is there as null is there.
    """

    name: str
    needs: frozenset[str]
    fields: frozenset[str]
    answer: Callable[[Question], Answer]
    any_of: frozenset[str] = frozenset()

    def fits(self, given: Set[str]) -> bool:
        """Whether the fields call for this kind."""
        return self.needs <= given and (not self.any_of or bool(self.any_of & given))

    def strange(self, given: Set[str]) -> list[str]:
        """The fields that this kind does not understand."""
        return sorted(set(given) - self.fields)


def only(row: Facts, place: str, *known: str) -> None:
    """Refuse fields of a row that nobody reads."""
    strange = sorted(set(row.given) - set(known))
    if strange:
        raise Invalid(Problem("rules_verify.strange", {}, f"{place}.{one}") for one in strange)


def words(written: str) -> frozenset[str]:
    """Names in one text, separated by blanks."""
    return frozenset(written.split())


def asked(
    name: str,
    needs: str,
    answer: Callable[[Question], Answer],
    more: str = "",
    any_of: str = "",
) -> Kind:
    """A kind whose answer reads the fields itself; ``more`` are the fields beside ``needs``."""
    fields = words(needs) | words(more) | words(any_of)
    return Kind(name, words(needs), fields, answer, words(any_of))


@dataclass(frozen=True)
class Names:
    """How the fields of vectors are called in a rule, and its codes in vectors."""

    fields: Mapping[str, str]  # field of the vector -> fact of the rule
    values: Mapping[str, str]  # expected field -> value of the rule
    codes: Mapping[str, Mapping[str, str]]  # fact -> code of the vector -> code of the rule
    said: Mapping[str, Callable[[Any], Any]]  # expected field -> how its value is said there


def ask(
    question: Question,
    rule: str,
    facts: Mapping[str, Any],
    fields: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """The values of a rule under the question's rules.

    ``fields`` says which field of the vector each fact came from, for the places of faults.
    """
    try:
        return compute(rule, facts, question.profile).values
    except Invalid as error:
        given = question.facts.given
        raise Invalid(_in_their_words(error, fields or {}, given)) from error


def computed(rule: str, names: Names, *, needs: str, any_of: str = "") -> Kind:
    """A kind that is answered by a rule of the registry under other names."""

    def answer(question: Question) -> Answer:
        facts = _facts(question.facts.given, names)
        found = ask(question, rule, facts, names.fields)
        return {
            field: names.said.get(field, _plainly)(found[value])
            for field, value in names.values.items()
            if value in found
        }

    return Kind(rule, words(needs), frozenset(names.fields), answer, words(any_of))


def _plainly(value: Any) -> Any:
    return value


def _facts(given: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The fields as facts; two fields for one fact contradict each other."""
    facts: dict[str, Any] = {}
    for field, value in given.items():
        fact = names.fields[field]
        if fact in facts and facts[fact] != value:
            raise Invalid([Problem("rules_verify.twice", {"name": field}, field)])
        codes = names.codes.get(fact, {})
        facts[fact] = codes.get(value, value) if isinstance(value, str) else value
    return facts


def _in_their_words(
    error: Faults, fields: Mapping[str, str], given: Iterable[str]
) -> list[Problem]:
    """The same problems, placed at the fields of the vector."""
    places = {fields[field]: field for field in given if field in fields}
    found = []
    for problem in error.problems:
        place = places.get(problem.place, problem.place)
        # Only where a name is that of the fact; it may also be the value, e.g. of a calendar.
        named = problem.params.get("name") == problem.place
        params = {**problem.params, "name": place} if named else problem.params
        found.append(Problem(problem.key, params, place))
    return found
