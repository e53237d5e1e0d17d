"""Kinds of questions about grants: the final amount, and what lines and caps give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from grantflow.rules.computation import Facts
from grantflow.rules.verify import codes
from grantflow.rules.verify.kinds import Answer, Kind, Question, ask, asked, only

_REASONS = {
    "RECOMPUTED": "recomputed",
    "BELOW_THRESHOLD": "change does not exceed threshold",
    "NO_REDUCING_CHANGE": "no reducing change",
    "FIXED_AMOUNT": "fixed amount, capped at eligible expenditure",
}
_FINAL = {
    "financingType": "financing_type",
    "grant": "grant",
    "rate": "rate",
    "planExpenditure": "plan_expenditure",
    "planOtherFunds": "plan_other_funds",
    "actualExpenditure": "actual_expenditure",
    "declaredExpenditure": "actual_expenditure",
    "actualOtherFunds": "actual_other_funds",
    "ownFundsForOverrun": "own_for_overrun",
    "disallowed": "disallowed",
    "threshold": "threshold",
    "thresholdAppliesToFull": "full_exempt",
    "addUpChanges": "adds_up",
    "recurring": "recurring",
    "recurringFunding": "recurring",
    "strict": "strict",
    "rounding": "rounding",
}
_ROUNDINGS = {"HALF_UP": "CENT", "HALF_UP_AT_END": "CENT", "FULL_EURO": "FULL_EURO_DOWN"}
_MONTHS = 12


def _final_grant(question: Question) -> Answer:
    """The grant after the statement of use, and what is to be repaid where a payment is named."""
    given = dict(question.facts.given)
    paid = given.pop("paid", None)
    facts = {_FINAL[field]: value for field, value in given.items()}
    facts["financing_type"] = _financing(given["financingType"])
    if "rounding" in facts:
        facts["rounding"] = _ROUNDINGS.get(str(facts["rounding"]), facts["rounding"])
    if "full_exempt" in facts:
        facts["full_exempt"] = not question.facts.flag("thresholdAppliesToFull")
    found = ask(question, "final_grant", facts, _FINAL)
    answer = {
        "finalGrant": found["final_grant"],
        "reduction": found["reduction"],
        "reason": _REASONS[found["reason"]],
        "eligible": found["eligible"],
        "disallowedTotal": found["disallowed"],
        "gap": found["gap"],
        "uncovered": found["gap"],
    }
    if paid is not None:
        answer.update(_settled(question, paid, found["final_grant"]))
    return answer


def _financing(value: Any) -> Any:
    return codes.FINANCING.get(value, value) if isinstance(value, str) else value


def _settled(question: Question, paid: Any, final_grant: Any) -> dict[str, Any]:
    found = ask(question, "recovery", {"paid": paid, "final_grant": final_grant})
    return {"repay": found["repay"], "payOut": found["pay_out"]}


def _recovery(question: Question) -> Answer:
    return _settled(question, question.facts.money("paid"), question.facts.money("finalGrant"))


def _recoveries(question: Question) -> Answer:
    rows = question.facts.items("cases")
    for row in rows:
        only(row, "cases", "paid", "finalGrant")
    return {"results": [_settled(question, r.money("paid"), r.money("finalGrant")) for r in rows]}


def _pool(question: Question) -> Answer:
    """Hours of many people at an allowance, and a lump sum for a pool that is large enough."""
    facts = question.facts
    guides = facts.whole("guides")
    allowance = {
        "line": "allowance",
        "quantity": guides * facts.number("hoursEach"),
        "unit_amount": facts.money("hourlyAllowance"),
    }
    least = facts.whole("poolMin", 0)
    lump = {
        "line": "lump_sum",
        "lump_sum": facts.money("coordinationLumpSum"),
        "size": guides,
        "minimum_size": least,
        "condition": _gets_lump_sum(facts),
    }
    found = ask(question, "grant_of_lines", {"lines": [allowance, lump]})
    return {
        "allowance": found["lines"][0]["grant"],
        "lumpSum": found["lines"][1]["grant"],
        "grant": found["total"],
        "poolMinReached": guides >= least,
        "violation": None if guides >= least else "BELOW_POOL_MINIMUM",
    }


def _gets_lump_sum(facts: Facts) -> bool:
    """The lump sum is for non-profit bodies; a municipality coordinates with staff of its own."""
    return facts.choice("applicantType", ("NONPROFIT", "MUNICIPALITY"), "NONPROFIT") == "NONPROFIT"


def _staff(question: Question) -> Answer:
    facts = question.facts
    lines = [
        {
            "line": "coordinators",
            "quantity": facts.whole("coordinators"),
            "lump_sum": facts.money("perCoordinator"),
        },
        *(
            {"line": name, "lump_sum": facts.money(name)}
            for name in ("assistant", "microProjects")
            if facts.has(name)
        ),
    ]
    found = ask(question, "grant_of_lines", {"lines": lines})
    return {"maxGrant": found["total"]}


def _two_parts(question: Question) -> Answer:
    """Two yearly amounts over some months."""
    facts = question.facts
    months = facts.whole("months")
    years = Decimal(months) / _MONTHS
    parts = {name: facts.money(name) for name in ("microProject", "miniJob")}
    yearly = [{"line": name, "lump_sum": value} for name, value in parts.items()]
    whole = [{**line, "quantity": str(round(years, 12))} for line in yearly]
    most = facts.whole("maxMonths", months)
    valid = months <= most
    return {
        "perYear": ask(question, "grant_of_lines", {"lines": yearly})["total"],
        "total": ask(question, "grant_of_lines", {"lines": whole})["total"],
        "valid": valid,
        "violation": None if valid else "ABOVE_MAX_MONTHS",
    }


def _capped(question: Question) -> Answer:
    facts = question.facts
    line = {"line": "line", "eligible": facts.money("eligible"), "rate": facts.number("rate")}
    asked_for: dict[str, Any] = {"lines": [line]}
    if facts.has("cap"):
        asked_for["cap"] = facts.money("cap")
    if facts.has("minOwnShareRate"):
        asked_for["minimum_own_share"] = facts.number("minOwnShareRate")
    found = ask(question, "grant_of_lines", asked_for)
    return {
        "grant": found["total"],
        "otherNeeded": found["other_needed"],
        "ownFundsNeeded": found["other_needed"],
        "minOwnFunds": found["minimum_own"],
    }


def _lines(question: Question) -> Answer:
    rows = question.facts.items("lines")
    for row in rows:
        only(row, "lines", "line", "eligible", "rate", "cap")
    facts: dict[str, Any] = {"lines": [dict(row.given) for row in rows]}
    if question.facts.has("cap"):
        facts["cap"] = question.facts.money("cap")
    found = ask(question, "grant_of_lines", facts)
    return {
        "perLine": [line["grant"] for line in found["lines"]],
        "total": found["total"],
        "eligible": found["eligible"],
        "ownFundsNeeded": found["other_needed"],
    }


KINDS: tuple[Kind, ...] = (
    asked("final_grant", "financingType grant", _final_grant, " ".join([*_FINAL, "paid"])),
    asked("recovery", "paid finalGrant", _recovery),
    asked("recovery", "cases", _recoveries),
    asked(
        "grant_of_lines",
        "guides hoursEach hourlyAllowance",
        _pool,
        "coordinationLumpSum poolMin applicantType",
    ),
    asked("grant_of_lines", "coordinators perCoordinator", _staff, "assistant microProjects"),
    asked("grant_of_lines", "microProject miniJob months", _two_parts, "maxMonths"),
    asked("grant_of_lines", "eligible rate", _capped, "cap minOwnShareRate"),
    asked("grant_of_lines", "lines", _lines, "cap"),
)
