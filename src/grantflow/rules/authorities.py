"""Which remedy there is against an authority's decision, and which court is competent.

Legal source: §§ 52, 68, 70, 73, 74 VwGO and the law of the Land; the authorities and courts are
data of the rule book.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.explanation import Step
from grantflow.rules.profiles import Authority, Court, Profile
from grantflow.rules.remedies import BY_SEAT, court_of

BY_AUTHORITY = "BY_AUTHORITY"
_TERRITORIES = ("MULTIPLE_COURT_DISTRICTS", "ONE_COURT_DISTRICT")


def remedy_and_court(facts: Facts, profile: Profile) -> Outcome:
    """Objection or action, where it is filed, and the competent court.

    Facts: authority (a code of the rule book), grantee_seat, authority_seat (where the book has
    none), territory (MULTIPLE_COURT_DISTRICTS: the grantee's seat decides, § 52 Nr. 3 Satz 2 VwGO;
    ONE_COURT_DISTRICT: the authority's). Invalid where authority, seat or court is unknown: then
    no decision may leave.
    """
    authority = _authority(facts.text("authority"), profile)
    court, step = _court(authority, facts, profile)
    objection = authority.remedy == "OBJECTION"
    kind = Step(f"rules.step.kind_{authority.remedy.lower()}", authority.source)
    values: dict[str, Any] = {
        "remedy": authority.remedy,
        "preliminary_proceedings": objection,
        "addressee": authority.code if objection else court.name,
        "objection_decided_by": authority.code if objection else None,
        "court": court.name,
        "court_seat": court.town,
    }
    return Outcome(values, (kind, step))


def _authority(code: str, profile: Profile) -> Authority:
    for authority in profile.book.authorities:
        if authority.code == code:
            return authority
    known = ", ".join(sorted(each.code for each in profile.book.authorities))
    params = {"code": code, "known": known, "area": profile.book.area}
    raise Invalid([Problem("rules.unknown_authority", params, "authority")])


def _court(authority: Authority, facts: Facts, profile: Profile) -> tuple[Court, Step]:
    """The court and why it is this one."""
    if authority.court not in {BY_SEAT, BY_AUTHORITY}:
        court = _named(authority.court, profile)
        return court, Step("rules.step.court", court.source, {"court": court.name})
    whole_land = "MULTIPLE_COURT_DISTRICTS" if authority.court == BY_SEAT else "ONE_COURT_DISTRICT"
    if facts.choice("territory", _TERRITORIES, whole_land) == "MULTIPLE_COURT_DISTRICTS":
        seat, law = facts.text("grantee_seat"), "§ 52 Nr. 3 Satz 2 VwGO"
        key = "rules.step.court_by_seat"
    else:
        seat = facts.text("authority_seat", authority.seat or None)
        law, key = "§ 52 Nr. 2, 3 VwGO", "rules.step.court_by_authority"
    court = court_of(seat, profile.book.courts)
    return court, Step(key, law, {"seat": seat, "court": court.name})


def _named(name: str, profile: Profile) -> Court:
    for court in profile.book.courts:
        if court.name == name:
            return court
    raise Invalid([Problem("rules.unknown_court", {"court": name}, "authority")])


RULES: Mapping[str, Rule] = {
    "remedy_and_court": Rule(
        remedy_and_court, frozenset({"authority", "grantee_seat", "authority_seat", "territory"})
    ),
}
