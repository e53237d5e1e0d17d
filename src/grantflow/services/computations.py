"""Computations of a case: asked for by diagrams, stored with their explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.engine import Effect, Element
from grantflow.errors import Invalid, Problem
from grantflow.programmes import grant_limits
from grantflow.programmes.rehearsed_rules import plain
from grantflow.rules.computing import completed, compute
from grantflow.services import base_rates, profiles
from grantflow.services.move import Move
from grantflow.services.wording import both
from grantflow.store import computations as rows
from grantflow.store import forms_data
from grantflow.store.tables import Computation, ProcessInstance
from grantflow.texts import Said, Worded, catalogue

BASE_RATES = "base_rates"


def run(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Compute a rule by the profile that binds the case and store it with its explanation.

    Every parameter but ``rule`` is a fact; null counts as not given. The diagram gets the values:
    euro as numbers, days as ISO text. Raises what ``made`` raises.
    """
    facts = dict(effect.params)
    return made(move, row, effect.element_id, str(facts.pop("rule")), facts)


def of_grant(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Compute what may be granted at most, out of the drafted decision (``answers_from``: a form).

    What is asked for and what the funding lines bear comes from the case and the programme. It is
    stored for whoever countersigns and gives the diagram nothing. Raises what ``made`` raises.
    """
    latest_answers = forms_data.find_latest(
        move.session, move.case.id, str(effect.params["answers_from"])
    )
    drafted = latest_answers.answers if latest_answers else {}
    facts = grant_limits.facts(move.programme.file, move.case.requested, drafted)
    made(move, row, effect.element_id, grant_limits.RULE, facts)
    return {}


def made(
    move: Move, row: ProcessInstance, element_id: str, rule: str, facts: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Compute a rule for an element of a diagram, store it with its explanation, note it.

    The authority's ``calendar``, ``today`` in Germany and the ``base_rates`` in force are supplied
    where the rule knows them. Raises Invalid naming the rule and every fact that does not fit,
    NotFound for an unknown rule, MissingValue and BaseRateMissing where somebody has to enter a
    value first.
    """
    on = move.now.astimezone(BERLIN).date()
    rates = base_rates.in_force(move.session)
    usual = {
        "calendar": move.programme.file.authority.holiday_calendar,
        "today": on,
        BASE_RATES: rates,
    }
    told = completed(rule, facts, usual)
    try:
        found = compute(rule, told, profiles.for_case(move.session, move.case, on))
    except Invalid as error:
        element = move.programme.process(row.process_id).elements[element_id]
        raise _refused(rule, element, error) from error
    version = found.version
    if told.get(BASE_RATES) is rates:
        version += f", {BASE_RATES} {rates.until.isoformat()} {rates.digest}"
    stored = Computation(
        case_id=move.case.id,
        authority_id=move.case.authority_id,
        instance_id=row.id,
        element_id=element_id,
        rule=rule,
        version=version,
        inputs={k: as_stored(v) for k, v in told.items() if v is not rates},
        values={k: as_stored(v) for k, v in found.values.items()},
        steps=[step.as_dict() for step in found.steps],
        at=move.now,
    )
    rows.add_computation(move.session, stored)
    move.note(
        "computation.made",
        instance_id=row.id,
        element_id=element_id,
        rule=rule,
        name=both(f"computations.rule.{rule}", rule),
    )
    return {"value": {name: plain(value) for name, value in found.values.items()}}


def _refused(rule: str, element: Element, error: Invalid) -> Invalid:
    """The refusal with the rule's name first, so that whoever sees it knows what was computed."""
    step = Worded(element.name, element.name_en or element.name)
    params = {"rule": Said(f"computations.rule.{rule}", {}), "element": step}
    return Invalid([Problem("computations.refused", params), *map(_named, error.problems)])


def _named(problem: Problem) -> Problem:
    """The same with the name of the fact as people read it, where it has one."""
    label = f"computations.name.{problem.params.get('name')}"
    if label not in catalogue("de"):
        return problem
    return replace(problem, params={**problem.params, "name": Said(label, {})})


def as_stored(value: Any) -> Any:
    """A fact or value as it is kept: exact decimals as text, days as ISO text."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): as_stored(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_stored(one) for one in value]
    return value


def latest(session: Session, case_id: UUID, rule: str) -> Computation | None:
    """The newest computation of a rule in a case; None if it was never computed."""
    return rows.latest(session, case_id, [rule]).get(rule)
