"""Kinds of questions about budgets, payments, procurement and limits of amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from grantflow.rules.computation import Facts
from grantflow.rules.verify import codes
from grantflow.rules.verify.kinds import Answer, Kind, Question, ask, asked

_HUNDRED = 100


def _budget(question: Question) -> Answer:
    """One line of a plan against its limit and the savings elsewhere."""
    facts = question.facts
    told: dict[str, Any] = {
        "plan": facts.table("plan"),
        "actual": facts.table("actual"),
        "line": facts.text("line"),
    }
    if facts.has("limitPercent"):
        told["tolerance"] = facts.number("limitPercent") / _HUNDRED
    if facts.has("approved") or facts.has("approvalGiven"):
        granted = facts.flag("approved" if facts.has("approved") else "approvalGiven")
        told["approved"] = [facts.text("line")] if granted else []
    found = ask(question, "budget_lines", told)
    line = found["line"]
    return {
        "limitAmount": line["limit"],
        "overrun": line["overrun"],
        "withinLimit": line["within_limit"],
        "offsetBySavings": line["offset_by_savings"],
        "approvalNeeded": line["approval_needed"],
        "notRecognised": line["not_recognised"],
        "recognised": line["recognised"],
        "totalPlan": found["total_planned"],
        "totalActual": found["total_actual"],
    }


def _cash(question: Question) -> Answer:
    facts = question.facts
    told: dict[str, Any] = {
        "grant": facts.money("grant"),
        "period_start": facts.day("periodStart"),
        "period_end": facts.day("periodEnd"),
        "decision_year": facts.whole("decisionYear"),
    }
    if facts.has("distribution"):
        told["distribution"] = facts.text("distribution")
    found = ask(question, "cash_split", told)
    years = found["years"]
    return {
        "cash": {str(row["year"]): row["cash"] for row in years},
        "commitmentAuthority": {
            str(row["year"]): row["commitment"] for row in years if row["commitment"]
        },
        "commitmentTotal": found["commitment_total"],
    }


_PLANNED = ("planned", "cashPlanned", "cash", "plannedCash")
_SPENT = ("used", "paid", "cashUsed", "spent", "usedCash")
_CARRIED = ("carriedOver", "carryOver", "carryOverApproved", "carryOverGranted")


def _year_end(question: Question) -> Answer:
    facts = question.facts
    told = {"planned": facts.money(_one(facts, _PLANNED)), "used": facts.money(_one(facts, _SPENT))}
    carried = [facts.flag(name) for name in _CARRIED if facts.has(name)]
    found = ask(question, "year_end", {**told, "carried_over": any(carried)})
    return {
        "unused": found["unused"],
        "lapsed": found["lapsed"],
        "lapses": found["lapsed"],
        "carried": found["carried"],
        "carriedOver": found["carried"],
        "amendmentNeeded": found["amendment_needed"],
    }


def _one(facts: Facts, names: tuple[str, ...]) -> str:
    return next((name for name in names if facts.has(name)), names[0])


def _fund(question: Question) -> Answer:
    """A fund by the key of the rule book, its base share by districts."""
    facts = question.facts
    shares = _key(str(question.profile.value("fund_parts").value))
    rows = [{"name": name, "share": share} for name, share in shares.items()]
    rows[0]["parts"] = facts.whole("districts", 1)
    found = ask(question, "fund_distribution", {"total": facts.money("total"), "shares": rows})
    parts = found["parts"]
    amounts = {part["name"]: part["amount"] for part in parts}
    return {**amounts, f"{parts[0]['name']}PerDistrict": parts[0]["each"]}


def _key(written: str) -> dict[str, Any]:
    """The key of a fund, written ``base 0.66, other 0.34``."""
    pairs = [part.split() for part in written.split(",")]
    return {name: Decimal(share) for name, share in pairs}


_PAYMENT = {
    "needInWindow": "need",
    "ownFundsStillAvailable": "own_funds_available",
    "grantUnpaid": "grant_unpaid",
    "rate": "rate",
    "payNext": "instalment",
    "remedyPeriodEnd": "remedy_period_end",
    "waiverReceivedOn": "waiver_on",
    "overdueStatements": "overdue_statements",
    "today": "today",
    "financingType": "financing_type",
    "planExpenditure": "plan_expenditure",
    "grant": "grant",
    "needUntil": "need_until",
    "requested": "requested",
}


def _payable(question: Question) -> Answer:
    """What may be paid now; without an amount only whether something stands against it."""
    given = question.facts.given
    facts = {_PAYMENT[field]: value for field, value in given.items()}
    facts.setdefault("today", question.profile.on)
    if set(given) <= {"requested", "needInWindow", "today"}:
        facts["financing_type"] = "VOLL"  # nothing of other money is told: the need counts whole
    kind = facts.get("financing_type")
    if isinstance(kind, str):
        facts["financing_type"] = codes.FINANCING.get(kind, kind)
    wished = facts.pop("requested", None)
    asks = "need" in facts or "instalment" in facts
    if not asks:
        facts["instalment"] = Decimal("0.00")
    found = ask(question, "payable", facts, _PAYMENT)
    answer = {
        "blockedUntil": found["blocked_until"],
        "blocked": found["blocked"],
        "allowed": not found["blocked"],
        "reason": found["reason"] or None,
    }
    if asks or found["blocked"]:
        answer["payable"] = found["payable"]
    if wished is not None and asks:
        answer["payable"] = min(found["payable"], question.facts.money("requested"))
    return answer


def _procurement(question: Question) -> Answer:
    facts = question.facts
    told = {}
    if facts.has("contractValueNet"):
        told["contract_value"] = facts.money("contractValueNet")
    if facts.has("grantTotal"):
        told["grant_total"] = facts.money("grantTotal")
    tier = ask(question, "procurement_tier", told)["tier"]
    return {"tier": tier, "rule": tier}


def _limits(question: Question) -> Answer:
    facts = question.facts
    names = {"min": "minimum", "max": "maximum"}
    told: dict[str, Any] = {"requested": facts.money("requested")}
    told.update({fact: facts.money(name) for name, fact in names.items() if facts.has(name)})
    found = ask(question, "amount_limits", told)
    return {
        "valid": found["valid"],
        "eligible": found["valid"],
        "violation": found["violation"] or None,
    }


KINDS: tuple[Kind, ...] = (
    asked("budget_lines", "plan actual line", _budget, "limitPercent approved approvalGiven"),
    asked("cash_split", "grant periodStart periodEnd decisionYear", _cash, "distribution"),
    *(
        asked("year_end", planned, _year_end, " ".join(_CARRIED), " ".join(_SPENT))
        for planned in _PLANNED
    ),
    asked("fund_distribution", "total districts", _fund),
    asked(
        "payable",
        "",
        _payable,
        " ".join(_PAYMENT),
        "needInWindow payNext overdueStatements remedyPeriodEnd",
    ),
    asked("procurement_tier", "", _procurement, "", "contractValueNet grantTotal"),
    asked("amount_limits", "requested", _limits, "", "min max"),
)
