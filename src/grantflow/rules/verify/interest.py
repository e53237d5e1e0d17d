"""Kinds of questions about interest: on claims, on late use, waived, or too small."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.rules.base_rates import BaseRateMissing
from grantflow.rules.computation import Facts
from grantflow.rules.verify.kinds import Answer, Kind, Question, ask, asked


def _interest(question: Question) -> Answer:
    """Interest with its segments, and the same by the other ways of counting days."""
    facts = question.facts
    facts.choice("rounding", ("HALF_UP_AT_END", "HALF_UP"), "HALF_UP_AT_END")
    told: dict[str, Any] = {
        "principal": facts.money("principal"),
        "interest_from": facts.day("interestFrom"),
        "interest_until": facts.day("endExclusive"),
    }
    named = {"marginPoints": "margin", "dayCount": "day_count", **_AUDITS}
    told.update({fact: facts.given[name] for name, fact in named.items() if facts.has(name)})
    try:
        found = ask(question, "recovery_interest", told, named)
        other = {
            name: ask(question, "recovery_interest", {**told, "day_count": count})["interest"]
            for name, count in _VARIANTS.items()
        }
    except BaseRateMissing as error:
        return {"error": error.code, "firstMissingDay": error.first_missing_day}
    return {
        "interest": found["interest"],
        "days": found["days"],
        "segments": [_segment(row) for row in found["segments"]],
        **other,
    }


_VARIANTS = {"variantActAct": "act/act", "variantAct365": "act/365", "variant30_360": "30/360"}
_AUDITS = dict.fromkeys(
    ("hypotheticalTimelyAuditDate", "timelyAuditDate", "hypotheticalRepaymentDate"), "audit_due_on"
)


def _segment(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "from": row["from"],
        "to": row["to"],
        "days": row["days"],
        "baseRate": row["base_rate"],
        "rate": row["rate"],
        "amountUnrounded": row["amount_unrounded"],
        "amount": row["amount"],
    }


def _late_use(question: Question) -> Answer:
    """Payments, uses and the window: what was used late bears interest from its payment."""
    facts = question.facts
    payments, uses = (_moves(facts, name) for name in ("payments", "uses"))
    told: dict[str, Any] = {"payments": payments, "uses": uses}
    if facts.has("rule"):
        told["window"] = f"P{facts.text('rule').removeprefix('P')}"
    if facts.has("endExclusive"):
        told["interest_until"] = facts.day("endExclusive")
    named = {"marginPoints": "margin", "dayCount": "day_count"}
    told.update({fact: facts.given[name] for name, fact in named.items() if facts.has(name)})
    found = ask(question, "late_use_interest", told)
    return {
        "interest": found["interest"],
        "lateAmount": found["late"],
        "unused": found["unused"],
        "days": found["days"],
        "segments": [_segment(row) for row in found["segments"]],
    }


def _one_use(question: Question) -> Answer:
    """One amount, paid and used on a day each: whether it was late, and the interest then."""
    facts = question.facts
    paid = facts.day(next((n for n in _PAID if facts.has(n)), _PAID[0]))
    used = facts.day("usedOn")
    euro = facts.money(next((n for n in _AMOUNTS if facts.has(n)), _AMOUNTS[0]))
    told: dict[str, Any] = {"credited_on": paid, "used_on": used}
    told.update({fact: facts.given[name] for name, fact in _WINDOW.items() if facts.has(name)})
    window = ask(question, "prompt_use", told, _WINDOW)
    answer = {
        "lastDay": window["last_day"],
        "late": not window["used_in_time"],
        "interest": Decimal("0.00"),
        "days": 0,
    }
    if window["used_in_time"]:
        return answer
    span = {"principal": euro, "interest_from": paid, "interest_until": used}
    span.update({fact: facts.given[name] for name, fact in _SETTINGS.items() if facts.has(name)})
    found = ask(question, "recovery_interest", span, _SETTINGS)
    owed = {"interestFrom": paid, "endExclusive": used, "days": found["days"]}
    segments = [_segment(row) for row in found["segments"]]
    return {**answer, **owed, "interest": found["interest"], "segments": segments}


_PAID = ("creditedOn", "paidOn")
_AMOUNTS = ("principal", "amount")
_WINDOW = {"rule": "window", "window": "window", "paymentDayCounts": "payment_day_counts"}
_SETTINGS = {"marginPoints": "margin", "dayCount": "day_count"}


def _moves(facts: Facts, name: str) -> list[dict[str, Any]]:
    rows = []
    for row in facts.items(name):
        strange = sorted(set(row.given) - {"on", "amount"})
        if strange:
            raise Invalid([Problem("rules_verify.strange", {}, f"{name}.{strange[0]}")])
        rows.append({"on": row.day("on"), "amount": row.money("amount")})
    return rows


def _waiver(question: Question) -> Answer:
    facts = question.facts
    told: dict[str, Any] = {
        "responsible": facts.flag("responsible"),
        "paid_in_time": facts.flag("paidWithinSetPeriod"),
    }
    if facts.has("interest"):
        told["interest"] = facts.money("interest")
    found = ask(question, "interest_waiver", told)
    answer = {
        "proposal": found["proposal"],
        "waive": found["proposal"] == "WAIVE",
        "reasonsInFileRequired": found["reasons_required"],
    }
    if "interest" in told or found["proposal"] == "WAIVE":
        answer["interestCharged"] = found["interest_charged"]
    return answer


_SMALL = {
    "claim": "claim",
    "interest": "interest",
    "minClaim": "small_claim",
    "minClaimRule": "small_claim_rule",
    "minInterest": "small_interest",
    "minInterestRule": "small_interest_rule",
}


def _small(question: Question) -> Answer:
    facts = {_SMALL[field]: value for field, value in question.facts.given.items()}
    found = ask(question, "small_amounts", facts, _SMALL)
    return {"reclaim": found["reclaim"], "chargeInterest": found["charge_interest"]}


KINDS: tuple[Kind, ...] = (
    asked(
        "recovery_interest",
        "principal interestFrom endExclusive",
        _interest,
        " ".join(("marginPoints dayCount rounding", *_AUDITS)),
    ),
    asked(
        "late_use_interest", "payments uses", _late_use, "rule endExclusive marginPoints dayCount"
    ),
    *(
        asked(
            "late_use_interest",
            f"usedOn {paid}",
            _one_use,
            " ".join((*_WINDOW, *_SETTINGS)),
            " ".join(_AMOUNTS),
        )
        for paid in _PAID
    ),
    asked("interest_waiver", "responsible paidWithinSetPeriod", _waiver, "interest"),
    asked("small_amounts", "claim", _small, " ".join(_SMALL), "minClaim minInterest"),
)
