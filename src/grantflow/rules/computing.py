"""Computing a rule by name: the registry of all rules of law and money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grantflow.errors import Invalid, NotFound, Problem
from grantflow.rules import (
    authorities,
    duties,
    financing_lines_rules,
    financing_rules,
    grant_maximum,
    interest_rules,
    payments_rules,
    remedy_rules,
    revocations,
    statements,
)
from grantflow.rules.citation import cited, names_of
from grantflow.rules.computation import Computation, Facts, Rule
from grantflow.rules.profiles import Profile

__all__ = ["RULES", "Computation", "completed", "compute"]

# Every module of rules brings its own table of names; the names are those of the effect `compute`.
RULES: Mapping[str, Rule] = {
    **remedy_rules.RULES,
    **statements.RULES,
    **revocations.RULES,
    **authorities.RULES,
    **duties.RULES,
    **financing_rules.RULES,
    **financing_lines_rules.RULES,
    **grant_maximum.RULES,
    **payments_rules.RULES,
    **interest_rules.RULES,
}


def compute(name: str, facts: Mapping[str, Any], profile: Profile) -> Computation:
    """The result of a rule with the steps that lead to it.

    NotFound for an unknown rule, Invalid for facts that are missing, of a wrong type or unknown to
    the rule, MissingValue where the profile has no value for the day.
    """
    rule = RULES.get(name)
    if rule is None:
        raise NotFound("rules.unknown_rule", name=name, known=", ".join(sorted(RULES)))
    strange = sorted(set(facts) - rule.facts)
    if strange:
        raise Invalid(Problem("rules.fact_unknown", {"name": one}, one) for one in strange)
    found = rule.run(Facts(facts), profile)
    law = names_of(profile)
    steps = tuple(replace(step, law=cited(step.law, law)) for step in found.steps)
    return Computation(name, dict(found.values), steps, dict(facts), version(profile))


def completed(name: str, facts: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with what the authority and the day supply (calendar, today, base rates).

    Only facts the rule knows are added, and only where nothing was given.
    """
    rule = RULES.get(name)
    wanted = rule.facts if rule else frozenset()
    given = {fact: value for fact, value in facts.items() if value is not None}
    return {**{fact: value for fact, value in usual.items() if fact in wanted}, **given}


def version(profile: Profile) -> str:
    """Which rules were applied: area, day and the digest of the rule book with its overrides."""
    return f"{profile.book.area} {profile.on.isoformat()} {profile.digest}"
