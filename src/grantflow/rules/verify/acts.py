"""Kinds of questions about remedies and courts, and about duties before a step is taken."""

from __future__ import annotations

from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.verify import codes
from grantflow.rules.verify.kinds import Answer, Kind, Names, Question, ask, asked, computed, words

_AUTHORITY_FIELDS = {
    "authority": "authority",
    "granteeSeat": "grantee_seat",
    "seat": "authority_seat",
    "authoritySeat": "authority_seat",
    "actTerritory": "territory",
}


def _remedy(question: Question) -> Answer:
    """Objection or action; with an objection the court comes after it."""
    facts = {_AUTHORITY_FIELDS[field]: value for field, value in question.facts.given.items()}
    found = ask(question, "remedy_and_court", facts, _AUTHORITY_FIELDS)
    objection = found["preliminary_proceedings"]
    court = codes.court(found["court"])
    return {
        "remedy": codes.remedy(found["remedy"]),
        "preliminaryProceedings": objection,
        "addressee": codes.court(found["addressee"]),
        "objectionDecidedBy": found["objection_decided_by"],
        "courtSeat": found["court_seat"],
        ("courtAfter" if objection else "court"): court,
    }


_PEOPLE = {
    "preparedBy": "prepared_by",
    "countersignedBy": "countersigned_by",
    "certifiedBy": "certified_by",
    "orderedBy": "ordered_by",
    "paidBy": "paid_by",
    "actor": "actor",
    "applicant": "applicants",
    "applicantBoard": "applicant_board",
    "applicantEmployees": "applicant_employees",
    "applicantRepresentatives": "representatives",
    "representatives": "representatives",
    "applicantRelatives": "relatives_of_applicant",
    "relativesOfApplicant": "relatives_of_applicant",
    "relativesOfRepresentatives": "relatives_of_representatives",
    "earlierExperts": "earlier_experts",
    "relation": "relation",
    "employingBodyIsParty": "employing_body_is_party",
    "suspicionOfBias": "suspicion_of_bias",
    "clearedByHead": "cleared_by_head",
    "interestsDeclared": "interests_declared",
    "delegatedBy": "delegated_by",
    "delegate": "delegate",
    "excluded": "excluded",
}
_DECISIONS = {
    "decisionMode": "decision_mode",
    "discretion": "discretion",
    "marginOfAppreciation": "margin_of_appreciation",
    "allowedByLaw": "allowed_by_law",
    "approved": "approved",
    "requested": "requested",
    "burdensomeConditions": "burdensome_conditions",
    "letter": "letter",
    "hearingDone": "hearing_done",
    "indicators": "indicators",
}
_BOARD = ("boardMembers", "boardSize", "boardTotal")
_FULFILLING = (
    *("boardWithMigrationHistory", "withMigrationHistory", "boardMembersWithMigrationHistory"),
    *("membersWithMigrationHistory", "migrationHistory"),
)
_STARTS = {
    "startedOn": "started_on",
    "decisionNotifiedOn": "decision_notified_on",
    "earlyStartConsentFrom": "early_start_consent_from",
    "contractSignedOn": "contract_signed_on",
    "withdrawalRightIfNoGrant": "withdrawal_right_if_no_grant",
    "conditionOfGrant": "condition_of_grant",
    "planningOnly": "planning_only",
    "transparencyRegistration": "transparency_registration",
    "recipientType": "recipient_type",
    **dict.fromkeys(_BOARD, "board_members"),
    **dict.fromkeys(_FULFILLING, "board_fulfilling"),
    "memberLaender": "member_laender",
    "minLaender": "min_laender",
}
_CODES = {
    "letter": codes.LETTERS,
    "decision_mode": codes.MODES,
    "recipient_type": codes.RECIPIENTS,
    "relation": codes.RELATIONS,
}
_VALUES = {
    "allowed": "allowed",
    "violation": "violation",
    "violations": "violations",
    "reportToHead": "report_to_head",
    "reasonsRequired": "reasons_required",
    "hearingRequired": "hearing_required",
    "eligible": "eligible",
    "isStart": "is_start",
    "canAward": "can_award",
    "canIssue": "can_issue",
    "canDecide": "can_issue",
}


def _duty(needs: str, any_of: str = "", more: str = "") -> Kind:
    """The rule ``duties``, called by these fields."""
    known = {**_PEOPLE, **_DECISIONS, **_STARTS}
    fields = {name: known[name] for name in words(f"{needs} {any_of} {more}")}
    return computed("duties", Names(fields, _VALUES, _CODES, {}), needs=needs, any_of=any_of)


def _laender(question: Question) -> Answer:
    """Members in enough Länder, as the vector itself or the rule book says for the programme."""
    given: dict[str, Any] = dict(question.facts.given)
    least = given.get("minLaender")
    if least is None:
        programme = question.facts.text("programme").lower()
        least = question.profile.number(f"min_laender_{programme}")
    facts = {"member_laender": given["memberLaender"], "min_laender": least}
    found = ask(question, "duties", facts)
    return {name: found[name] for name in ("eligible", "violation")}


def _applicant(question: Question) -> Answer:
    """The applicant itself, given as one name instead of a list."""
    given = question.facts
    if not isinstance(given.given["applicant"], str):
        raise Invalid([Problem("rules.fact_text", {"name": "applicant"}, "applicant")])
    facts = {"actor": given.text("actor"), "applicants": [given.text("applicant")]}
    return ask(question, "duties", facts)


KINDS: tuple[Kind, ...] = (
    asked(
        "remedy_and_court",
        "authority",
        _remedy,
        "granteeSeat seat authoritySeat actTerritory",
    ),
    _duty("preparedBy countersignedBy"),
    _duty("certifiedBy orderedBy", more="paidBy"),
    _duty(
        "actor",
        "applicantBoard applicantEmployees applicantRepresentatives representatives"
        " applicantRelatives relativesOfApplicant relativesOfRepresentatives earlierExperts"
        " relation",
        "employingBodyIsParty",
    ),
    asked("duties", "actor applicant", _applicant),
    _duty("suspicionOfBias", more="clearedByHead actor"),
    _duty("interestsDeclared"),
    _duty("delegatedBy delegate", more="excluded"),
    _duty("decisionMode", more="discretion marginOfAppreciation allowedByLaw"),
    _duty("approved requested", more="burdensomeConditions"),
    _duty("letter", more="hearingDone"),
    *(_duty(size, " ".join(_FULFILLING)) for size in _BOARD),
    _duty("indicators"),
    _duty("startedOn", more="decisionNotifiedOn earlyStartConsentFrom"),
    _duty(
        "contractSignedOn",
        more="withdrawalRightIfNoGrant conditionOfGrant planningOnly",
    ),
    _duty("recipientType transparencyRegistration"),
    asked("duties", "memberLaender", _laender, "programme minLaender"),
)
