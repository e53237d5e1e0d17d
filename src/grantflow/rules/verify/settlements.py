"""Kinds of questions about several funders, time of use, pay, and usual financing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grantflow.rules.computation import Facts, amount
from grantflow.rules.verify import codes
from grantflow.rules.verify.kinds import Answer, Kind, Question, ask, asked, only

_MONTHS = 12


def _funders(question: Question) -> Answer:
    """A reduction shared by the public funders in proportion to their grants."""
    facts = question.facts
    name = next(n for n in _FUNDERS if n in facts.given)
    rows = _grants(facts, name)
    reduction = _reduction(question, sum((grant for _, grant in rows), Decimal("0.00")))
    told = {
        "reduction": reduction,
        "funders": [{"funder": who, "grant": grant} for who, grant in rows],
    }
    found = ask(question, "funder_shares", told)["funders"]
    shares = {row["funder"]: row["reduction"] for row in found}
    finals = {row["funder"]: row["final_grant"] for row in found}
    totals = dict.fromkeys(("total", "reduction", "totalReduction", "reductionTotal"), reduction)
    return {**dict.fromkeys(_SHARES, shares), **dict.fromkeys(_KEPT, finals), **totals}


_FUNDERS = ("funders", "grants", "publicFunders")
_SHARES = (
    *("shares", "reductions", "perFunder", "reductionPerFunder", "sharePerFunder"),
    *("reductionByFunder", "reductionShares"),
)
_KEPT = ("finalGrants", "newGrants", "grantsAfter", "finalGrantPerFunder", "finalGrantByFunder")
_ACTUALS = {
    "planExpenditure": "plan_expenditure",
    "planOtherFunds": "plan_other_funds",
    "actualExpenditure": "actual_expenditure",
    "actualOtherFunds": "actual_other_funds",
}


def _reduction(question: Question, grants: Decimal) -> Decimal:
    """The reduction as it is given, or that of deficit financing by all funders together."""
    facts = question.facts
    kind = codes.FINANCING.get(facts.text("financingType", "FEHLBEDARF"), "")
    label = next((n for n in _SHARED if n in facts.given), None)
    if label is not None and kind == "DEFICIT":
        return facts.money(label)
    told = {fact: facts.given[name] for name, fact in _ACTUALS.items() if facts.has(name)}
    told.update(financing_type=kind, grant=grants)
    reduction: Decimal = ask(question, "final_grant", told, _ACTUALS)["reduction"]
    return reduction


_SHARED = ("reduction", "deficitReduction", "totalReduction", "saving", "savings")


def _grants(facts: Facts, name: str) -> list[tuple[str, Decimal]]:
    """Grants as a table by name, as a list of amounts, or as a list of rows."""
    value = facts.given[name]
    if isinstance(value, Mapping):
        return list(facts.table(name).items())
    if isinstance(value, list) and value and not isinstance(value[0], Mapping):
        return [(str(n), amount(one, f"{name}.{n}")) for n, one in enumerate(value)]
    rows = facts.items(name)
    for row in rows:
        only(row, name, "name", "funder", "id", "grant")
    return [
        (row.text("name", row.text("funder", row.text("id", str(n)))), row.money("grant"))
        for n, row in enumerate(rows)
    ]


_BOUND = (
    *("bindingMonths", "bindingYears", "purposeBindingMonths", "purposeBindingYears"),
    *("bindingPeriodMonths", "bindingPeriodYears"),
)
_USED = (
    *("usedMonths", "usedYears", "properUseMonths", "properUseYears", "properlyUsedMonths"),
    *("properlyUsedYears", "usedAsIntendedMonths", "usedAsIntendedYears"),
)


def _time_of_use(question: Question) -> Answer:
    facts = question.facts
    grant = facts.money("grant")
    told = {"bound_months": _months(facts, _BOUND), "used_months": _months(facts, _USED)}
    found = ask(question, "time_of_use", {"grant": grant, **told})
    back = dict.fromkeys(_BACK, found["recoverable"])
    return {**back, "kept": found["kept"], "keep": found["kept"]}


_BACK = ("repay", "reclaim", "recoverable", "revoke", "recover", "reclaimAmount")


def _months(facts: Facts, names: tuple[str, ...]) -> int:
    name = next((one for one in names if facts.has(one)), names[0])
    return facts.whole(name) * (_MONTHS if name.endswith("Years") else 1)


def _pay(question: Question) -> Answer:
    facts = question.facts
    told: dict[str, Any] = {
        "actual": facts.money("actualEmployerCost"),
        "comparable": facts.money("comparableTariffCost"),
        "public_share": facts.number("publicFundingShareOfTotalExpenditure"),
    }
    if facts.has("appliesAboveShare"):
        told["above_share"] = facts.number("appliesAboveShare")
    found = ask(question, "pay_parity", told)
    return {
        "eligible": found["eligible"],
        "notEligible": found["not_eligible"],
        "applies": found["applies"],
    }


def _usual(question: Question) -> Answer:
    facts = question.facts
    told = {"recipient_type": facts.text("recipientType"), "grant": facts.money("grant")}
    found = ask(question, "usual_financing", told)
    usual = codes.backwards(codes.FINANCING_SHORT, found["financing_type"]) or None
    return {
        "defaultFinancingType": usual,
        "statementOfUse": "SIMPLIFIED" if found["simplified_statement"] else "NORMAL",
    }


KINDS: tuple[Kind, ...] = (
    *(
        asked(
            "funder_shares",
            name,
            _funders,
            " ".join(("financingType", *_ACTUALS)),
            " ".join((*_SHARED, "actualExpenditure")),
        )
        for name in _FUNDERS
    ),
    asked("time_of_use", "grant", _time_of_use, " ".join(_USED), " ".join(_BOUND)),
    asked(
        "pay_parity",
        "actualEmployerCost comparableTariffCost publicFundingShareOfTotalExpenditure",
        _pay,
        "appliesAboveShare",
    ),
    asked("usual_financing", "recipientType grant", _usual, "level"),
)
