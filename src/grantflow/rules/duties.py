"""What the law forbids or demands before a step is taken: separation of duties, hearing, reasons.

Each duty looks at a few facts; the rule `duties` applies those whose facts are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.explanation import Step

# Acts that interfere with a right already given (§ 28 Abs. 1 VwVfG); a rejection does not.
BURDENS = frozenset({"REVOCATION", "WITHDRAWAL", "RECOVERY", "INTEREST", "AMENDMENT_TO_DETRIMENT"})
ACTS = BURDENS | {"GRANT", "REJECTION", "PARTIAL_REJECTION", "AMENDMENT", "EARLY_START"}
_RELATIONS = {
    "PARTY": "1",
    "RELATIVE": "2",
    "REPRESENTATIVE": "3",
    "RELATIVE_OF_REPRESENTATIVE": "4",
    "EMPLOYEE": "5",
    "BOARD_MEMBER": "5",
    "EARLIER_OPINION": "6",
}
_LISTS = {
    "applicants": "PARTY",
    "relatives_of_applicant": "RELATIVE",
    "representatives": "REPRESENTATIVE",
    "relatives_of_representatives": "RELATIVE_OF_REPRESENTATIVE",
    "applicant_employees": "EMPLOYEE",
    "applicant_board": "BOARD_MEMBER",
    "earlier_experts": "EARLIER_OPINION",
}


@dataclass(frozen=True)
class Duty:
    """One duty: the facts that call for it, all facts it understands, and its finding."""

    called_by: frozenset[str]  # every one of them
    facts: frozenset[str]
    run: Callable[[Facts], Outcome]
    any_of: frozenset[str] = frozenset()  # and one of them at least

    def called(self, given: Set[str]) -> bool:
        """Whether these facts call for the duty; a fact that is given as None calls, too."""
        return self.called_by <= given and (not self.any_of or bool(self.any_of & given))


def duties(facts: Facts, _profile: object = None) -> Outcome:
    """The findings of every duty whose facts are given; ``violation`` names the first broken one.

    Raises Invalid when no duty is called for by the facts.
    """
    values: dict[str, Any] = {}
    steps: list[Step] = []
    broken: list[str] = []
    called = [duty for duty in DUTIES if duty.called(facts.given.keys())]
    if not called:
        raise Invalid([Problem("rules.no_duty", {"names": ", ".join(sorted(facts.given))})])
    for duty in called:
        found = duty.run(facts)
        broken += [one for one in (found.values.get("violation"),) if one]
        values.update(found.values)
        steps += found.steps
    violation = broken[0] if broken else None
    return Outcome({**values, "violation": violation, "violations": broken}, tuple(steps))


def _finding(name: str, ok: bool, violation: str, law: str, key: str, **params: Any) -> Outcome:
    """``name`` is true when the duty is kept; else the violation is named."""
    step = Step(f"rules.duty.{key}_{'kept' if ok else 'broken'}", law, params)
    return Outcome({name: ok, "violation": None if ok else violation}, (step,))


def _four_eyes(facts: Facts) -> Outcome:
    """Nobody countersigns what they prepared (VV zu §§ 70 ff. BHO/LHO)."""
    ok = facts.text("prepared_by") != facts.text("countersigned_by")
    return _finding("allowed", ok, "FOUR_EYES", "VV zu §§ 70 ff. BHO/LHO", "four_eyes")


def _payment_separation(facts: Facts) -> Outcome:
    """Who certifies a payment neither orders it nor pays it out (VV zu §§ 70 ff. BHO/LHO)."""
    people = [facts.text(n) for n in ("certified_by", "ordered_by", "paid_by") if facts.has(n)]
    ok = len(set(people)) == len(people)
    return _finding("allowed", ok, "FOUR_EYES", "VV zu §§ 70 ff. BHO/LHO", "four_eyes")


def _excluded(facts: Facts) -> Outcome:
    """Excluded persons take no part in anything of the case (§ 20 Abs. 1 VwVfG).

    Who works for the applicant as a public body's own official is not excluded (§ 20 Abs. 1 Nr. 5
    Halbsatz 2). Delegation does not help: acting for another, one's own exclusions apply.
    """
    actor = facts.text("actor")
    found = [
        kind for name, kind in _LISTS.items() if facts.has(name) and actor in facts.texts(name)
    ]
    if facts.has("relation"):
        found.append(facts.choice("relation", (*_RELATIONS, "NONE")))
    if facts.flag("employing_body_is_party", False):
        found = [kind for kind in found if kind not in {"EMPLOYEE", "BOARD_MEMBER"}]
    related = [kind for kind in found if kind != "NONE"]
    law = f"§ 20 Abs. 1 Nr. {_RELATIONS[related[0]]} VwVfG" if related else "§ 20 Abs. 1 VwVfG"
    return _finding("allowed", not related, "EXCLUDED_PERSON", law, "excluded", actor=actor)


def _bias(facts: Facts) -> Outcome:
    """Doubt about impartiality is reported; the head of the authority decides (§ 21 VwVfG)."""
    doubt = facts.flag("suspicion_of_bias")
    allowed = not doubt or facts.flag("cleared_by_head", False)
    found = _finding("allowed", allowed, "BIAS_REPORTED", "§ 21 Abs. 1 VwVfG", "bias")
    return Outcome({**found.values, "report_to_head": doubt}, found.steps)


def _declaration(facts: Facts) -> Outcome:
    """Panel members declare their interests before they score."""
    declared = facts.flag("interests_declared")
    return _finding("allowed", declared, "DECLARATION_MISSING", "§ 20 Abs. 4 VwVfG", "declaration")


def _automatic(facts: Facts) -> Outcome:
    """A discretionary decision is never made by a machine alone (§ 35a VwVfG)."""
    automatic = facts.choice("decision_mode", ("AUTOMATIC", "HUMAN", "PREPARED")) == "AUTOMATIC"
    legal = facts.flag("allowed_by_law", False)
    scope = facts.flag("discretion") or facts.flag("margin_of_appreciation", False)
    ok = not automatic or (legal and not scope)
    # Without a norm that allows it, not even a bound decision is automatic.
    return _finding("allowed", ok, "AUTOMATIC_DISCRETION", "§ 35a VwVfG", "automatic")


def _reasons(facts: Facts) -> Outcome:
    """Reasons may be left out only where the application is granted as filed (§ 39 VwVfG)."""
    approved, requested = facts.money("approved"), facts.money("requested")
    burdens = facts.flag("burdensome_conditions", False)
    needed = approved < requested or burdens
    key = "rules.duty.reasons_needed" if needed else "rules.duty.reasons_free"
    step = Step(key, "§ 39 Abs. 1, 2 Nr. 1 VwVfG", {"approved": approved, "requested": requested})
    return Outcome({"reasons_required": needed}, (step,))


def _hearing(facts: Facts) -> Outcome:
    """Who is to lose something is heard first (§ 28 Abs. 1 VwVfG)."""
    act = facts.choice("letter", ACTS)
    needed = act in BURDENS
    ok = not needed or facts.flag("hearing_done")
    found = _finding("allowed", ok, "HEARING_MISSING", "§ 28 Abs. 1 VwVfG", "hearing")
    return Outcome({**found.values, "hearing_required": needed}, found.steps)


def _early_start(facts: Facts) -> Outcome:
    """What began before the decision or the consent is not funded (VV/AV Nr. 1.3, 1.4 zu § 44)."""
    started = facts.day("started_on")
    days = ("decision_notified_on", "early_start_consent_from")
    allowed = [day for name in days if (day := facts.day_or_none(name)) is not None]
    ok = any(started >= day for day in allowed)
    law = "VV/AV Nr. 1.3, 1.4 zu § 44 BHO/LHO"
    return _finding("eligible", ok, "EARLY_START", law, "early_start", on=started)


def _contract(facts: Facts) -> Outcome:
    """Signing a contract is the start, unless one may withdraw when no grant comes."""
    way_out = facts.flag("withdrawal_right_if_no_grant", False)
    way_out = way_out or facts.flag("condition_of_grant", False)
    way_out = way_out or facts.flag("planning_only", False)
    key = "rules.duty.contract_no_start" if way_out else "rules.duty.contract_start"
    params = {"on": facts.day("contract_signed_on")}
    step = Step(key, "VV/AV Nr. 1.3, 1.4 zu § 44 BHO/LHO", params)
    return Outcome({"is_start": not way_out}, (step,))


def _transparency(facts: Facts) -> Outcome:
    """Legal persons are registered in the transparency database before the award."""
    kind = facts.choice("recipient_type", ("LEGAL_PERSON", "NATURAL_PERSON", "CIVIL_PARTNERSHIP"))
    registered = _registered(facts, "transparency_registration")
    ok = kind != "LEGAL_PERSON" or registered
    law = "AV Nr. 1.5.3 zu § 44 LHO"
    return _finding("can_award", ok, "TRANSPARENCY_DB_MISSING", law, "transparency")


def _registered(facts: Facts, name: str) -> bool:
    """A registration as its number, or as yes or no."""
    if isinstance(facts.given.get(name), bool):
        return facts.flag(name)
    return bool(facts.text(name, "").strip())


def _laender(facts: Facts) -> Outcome:
    """A nationwide structure has members in at least so many Länder as the call says."""
    least, count = facts.whole("min_laender"), facts.whole("member_laender")
    name = f"MIN_LAENDER_{least}"
    return _finding("eligible", count >= least, name, "", "laender", count=count, least=least)


def _board(facts: Facts) -> Outcome:
    """More than half of the board fulfils what the programme asks of its organisations."""
    size, count = facts.whole("board_members"), facts.whole("board_fulfilling")
    if count > size:
        raise Invalid([Problem("rules.duty.board_count", {}, "board_fulfilling")])
    ok = 2 * count > size
    return _finding("eligible", ok, "BOARD_MAJORITY", "", "board", count=count, size=size)


def _indicators(facts: Facts) -> Outcome:
    """A grant names an indicator with baseline, target, date and source (VV Nr. 4.2.3)."""
    whole = [row for row in facts.items("indicators") if all(row.has(name) for name in _INDICATOR)]
    law = "VV/AV Nr. 4.2.3, 11a zu § 44 BHO/LHO"
    return _finding("can_issue", bool(whole), "INDICATOR_MISSING", law, "indicators")


_INDICATOR = ("baseline", "target", "date", "source")


def _delegation(facts: Facts) -> Outcome:
    """A delegate acts under both names and is bound by their own exclusions (§ 20 VwVfG)."""
    names = [facts.text("delegated_by"), facts.text("delegate")]
    excluded = facts.texts("excluded") if facts.has("excluded") else ()
    ok = names[1] not in excluded
    found = _finding(
        "allowed", ok, "EXCLUDED_PERSON", "§ 20 Abs. 1 VwVfG", "excluded", actor=names[1]
    )
    return Outcome({**found.values, "names_kept": names}, found.steps)


def _duty(run: Callable[[Facts], Outcome], called_by: str, more: str = "") -> Duty:
    called = frozenset(called_by.split())
    return Duty(called, called | frozenset(more.split()), run)


DUTIES = (
    _duty(_four_eyes, "prepared_by countersigned_by"),
    _duty(_payment_separation, "certified_by ordered_by", "paid_by"),
    Duty(
        frozenset({"actor"}),
        frozenset({"actor", *_LISTS, "relation", "employing_body_is_party"}),
        _excluded,
        frozenset({*_LISTS, "relation"}),
    ),
    _duty(_bias, "suspicion_of_bias", "cleared_by_head"),
    _duty(_declaration, "interests_declared"),
    _duty(_automatic, "decision_mode", "discretion margin_of_appreciation allowed_by_law"),
    _duty(_reasons, "approved requested", "burdensome_conditions"),
    _duty(_hearing, "letter", "hearing_done"),
    _duty(_early_start, "started_on", "decision_notified_on early_start_consent_from"),
    _duty(
        _contract,
        "contract_signed_on",
        "withdrawal_right_if_no_grant condition_of_grant planning_only",
    ),
    _duty(_transparency, "recipient_type", "transparency_registration"),
    _duty(_laender, "min_laender member_laender"),
    _duty(_board, "board_members board_fulfilling"),
    _duty(_indicators, "indicators"),
    _duty(_delegation, "delegated_by delegate", "excluded"),
)
RULES: Mapping[str, Rule] = {
    "duties": Rule(duties, frozenset().union(*(duty.facts for duty in DUTIES))),
}
