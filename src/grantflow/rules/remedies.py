"""The instruction on legal remedies, computed from the authority's data and the grantee's seat.

Legal source: § 37 Abs. 6 VwVfG, §§ 52, 58, 68, 70, 74, 78 VwGO. Which authority
allows which remedy and which court serves which municipality is data; here the parts come together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.profiles import Court, Profile, faults

Kind = Literal["OBJECTION", "COURT_ACTION"]
Form = Literal["WRITTEN", "ELECTRONIC", "RECORD"]
BY_SEAT = "BY_SEAT"
_LAWS = {"OBJECTION": "§§ 69, 70 VwGO", "COURT_ACTION": "§§ 68 Abs. 1 Satz 2, 74 VwGO"}
# What people leave out of a municipality's name: "Homberg (Efze)", "Limburg an der Lahn".
_ADDITION = re.compile(r" \(.*\)$| (?:am|an|im|in|vor) .*$", re.IGNORECASE)


class RemedyRule(BaseModel):
    """What an authority's facts say about remedies against its decisions.

    Either ``body`` with its address, or ``court``: the name of a court of the rule profile, or
    ``BY_SEAT`` for the court of the grantee's seat (§ 52 Nr. 3 Satz 2 VwGO).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    court: str = ""
    body: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    months: int | None = None
    forms: tuple[Form, ...] = ("WRITTEN", "ELECTRONIC", "RECORD")
    defendant: str = ""
    source: str = ""
    released: bool = True  # false until the legal unit has released it; then nothing is sent


@dataclass(frozen=True)
class Instruction:
    """The parts of an instruction; it never holds a calendar date of the period's end."""

    kind: Kind
    body: str
    street: str
    postcode: str
    town: str
    months: int
    forms: tuple[Form, ...]
    service: bool
    defendant: str
    steps: tuple[Step, ...]


def instruction(
    remedy: Mapping[str, Any], seat: str, profile: Profile, *, service: bool = False
) -> Instruction:
    """The instruction for a decision to a grantee seated in the municipality ``seat``.

    ``remedy`` is the authority's ``facts["remedy"]`` (see RemedyRule); ``service`` says formal
    service instead of notification. Raises Invalid when the rule is not released or incomplete,
    and when seat or court is unknown: then the decision must not leave.
    """
    rule = _rule(remedy)
    if not rule.released:
        raise _refused("rules.remedy_not_released")
    body, steps = _body(rule, seat, profile)
    if not all(body):
        raise _refused("rules.remedy_body_unknown")
    months = rule.months or profile.number("remedy_months")
    first = Step(f"rules.step.kind_{rule.kind.lower()}", rule.source or _LAWS[rule.kind])
    return Instruction(
        rule.kind, *body, months, rule.forms, service, rule.defendant, (first, *steps)
    )


def _rule(remedy: Mapping[str, Any]) -> RemedyRule:
    try:
        return RemedyRule.model_validate(dict(remedy))
    except ValidationError as error:
        raise Invalid(faults(error, "authority.remedy", "")) from error


def _body(
    rule: RemedyRule, seat: str, profile: Profile
) -> tuple[tuple[str, str, str, str], tuple[Step, ...]]:
    """Name, street, postcode and town of where the remedy is filed, and why there."""
    if not rule.court:
        return (rule.body, rule.street, rule.postcode, rule.town), ()
    if rule.court == BY_SEAT:
        court = court_of(seat, profile.book.courts)
        law = "§ 52 Nr. 3 Satz 2 VwGO"
        steps = (Step("rules.step.court_by_seat", law, {"seat": seat, "court": court.name}),)
    else:
        court = _named(rule.court, profile.book.courts)
        steps = (Step("rules.step.court", court.source, {"court": court.name}),)
    return (court.name, court.street, court.postcode, court.town), steps


def _named(name: str, courts: Iterable[Court]) -> Court:
    for court in courts:
        if court.name == name:
            return court
    raise _refused("rules.unknown_court", court=name)


def court_of(seat: str, courts: Iterable[Court]) -> Court:
    """The court whose district holds the municipality; Invalid if none, or more than one, does.

    The name may lack its addition ("Limburg" for "Limburg an der Lahn") where only one court fits.
    """
    wanted = " ".join(seat.casefold().split())
    every = [
        (court, town) for court in courts for towns in court.districts.values() for town in towns
    ]
    found = [court for court, town in every if town.casefold() == wanted]
    if not found:
        found = [court for court, town in every if _ADDITION.sub("", town).casefold() == wanted]
    names = {court.name for court in found}
    if len(names) != 1:
        key = "rules.ambiguous_seat" if names else "rules.unknown_seat"
        raise _refused(key, place="organisation.town", seat=seat)
    return found[0]


def _refused(key: str, place: str = "authority.remedy", **params: str) -> Invalid:
    return Invalid([Problem(key, params, place)])
