"""The rules about payments and budget years by name: what each is told, what it gives (euro)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from grantflow.errors import Invalid, Problem
from grantflow.rules.computation import Facts, Outcome, Rule
from grantflow.rules.financing import Financing
from grantflow.rules.financing_rules import financing_of, maybe_money, maybe_number
from grantflow.rules.payments import (
    Conditions,
    Need,
    Payable,
    Request,
    need_in_window,
    payable,
    window_end,
)
from grantflow.rules.payments_years import (
    Distribution,
    cash_split,
    fund_distribution,
    year_end,
)
from grantflow.rules.profiles import Profile
from grantflow.rules.rounding import NOTHING

WARN = "WARN"


def prompt_use(facts: Facts, profile: Profile, on: date | None = None) -> str:
    """The window for prompt use as it is given (``window``), else the profile's (P6W, P2M)."""
    window = facts.text("window", str(profile.value("prompt_use", on).value))
    try:
        window_end(date(2000, 1, 1), window)
    except ValueError as error:
        raise Invalid([Problem("rules_money.window", {"value": window}, "window")]) from error
    return window


def _payable(facts: Facts, profile: Profile) -> Outcome:
    today = facts.day("today")
    last = window_end(today, prompt_use(facts, profile))
    conditions = Conditions(
        today=today,
        remedy_end=facts.day_or_none("remedy_period_end"),
        waiver_on=facts.day_or_none("waiver_on"),
        overdue_statements=facts.whole("overdue_statements", 0),
        need_until=facts.day_or_none("need_until"),
        window_end=last,
        window_binds=_window_binds(facts, profile),
    )
    found = payable(_request(facts, last), conditions)
    return Outcome(_values(found, last), found.steps)


def _window_binds(facts: Facts, profile: Profile) -> bool:
    """Whether a need beyond the window is refused (``need_beyond_window``), not only warned of."""
    return facts.has("need_until") and profile.value("need_beyond_window").value != WARN


def _request(facts: Facts, last: date) -> Request:
    """The need as a sum, as rows with days, or as an instalment that was fixed beforehand."""
    if facts.has("instalment"):
        unpaid = maybe_money(facts, "grant_unpaid")
        return Request(Financing.FULL, facts.money("instalment"), unpaid)
    need = facts.money("need", NOTHING) if not facts.has("needs") else _needs(facts, last)
    request = Request(
        financing=financing_of(facts),
        need=need,
        unpaid=maybe_money(facts, "grant_unpaid"),
        rate=maybe_number(facts, "rate"),
        own_available=facts.money("own_funds_available", NOTHING),
    )
    plan, grant = maybe_money(facts, "plan_expenditure"), maybe_money(facts, "grant")
    if request.rate is None and plan and grant:
        return replace(request, rate=min(Decimal(1), grant / plan))
    return request


def _needs(facts: Facts, last: date) -> Decimal:
    rows = [Need(row.day("on"), row.money("amount")) for row in facts.items("needs")]
    return need_in_window(rows, last)


def _values(found: Payable, last: date) -> dict[str, object]:
    return {
        "payable": found.amount,
        "entitled": found.entitled,
        "blocked": bool(found.block),
        "reason": str(found.block),
        "blocked_until": found.blocked_until,
        "window_end": last,
    }


def _cash_split(facts: Facts, profile: Profile) -> Outcome:
    given = _by_year(facts) if facts.has("by_year") else None
    usual = Distribution.EQUAL_MONTHS if given is None else Distribution.GIVEN
    found = cash_split(
        facts.money("grant"),
        facts.day("period_start"),
        facts.day("period_end"),
        _year(facts, "decision_year"),
        distribution=Distribution(facts.choice("distribution", Distribution, usual)),
        given=given,
    )
    years = [
        {"year": one.year, "cash": one.cash, "commitment": one.commitment} for one in found.years
    ]
    return Outcome({"years": years, "commitment_total": found.commitment_total}, found.steps)


def _by_year(facts: Facts) -> dict[int, Decimal]:
    """Amounts by year out of rows (year, amount), as forms give instalments."""
    found: dict[int, Decimal] = {}
    for row in facts.items("by_year"):
        year = _year(row, "year")
        found[year] = found.get(year, NOTHING) + row.money("amount")
    return found


def _year(facts: Facts, name: str) -> int:
    year = facts.whole(name)
    if not 1990 <= year <= 2200:
        raise Invalid([Problem("rules_money.year", {"value": year}, name)])
    return year


def _year_end(facts: Facts, profile: Profile) -> Outcome:
    found = year_end(
        facts.money("planned"), facts.money("used"), carried_over=facts.flag("carried_over", False)
    )
    values = {
        "unused": found.unused,
        "lapsed": found.lapsed,
        "carried": found.carried,
        "amendment_needed": found.amendment_needed,
    }
    return Outcome(values, found.steps)


def _fund_distribution(facts: Facts, profile: Profile) -> Outcome:
    rows = facts.items("shares")
    shares = {row.text("name"): row.number("share") for row in rows}
    parts = {row.text("name"): row.whole("parts", 1) for row in rows}
    found = fund_distribution(facts.money("total"), shares, parts)
    values = [
        {"name": one.name, "amount": one.amount, "parts": one.parts, "each": one.each,
         "rest": one.rest}
        for one in found.parts
    ]  # fmt: skip
    return Outcome({"parts": values}, found.steps)


RULES: Mapping[str, Rule] = {
    "payable": Rule(
        _payable,
        frozenset({
            "financing_type", "need", "needs", "instalment", "grant_unpaid", "rate", "grant",
            "plan_expenditure", "own_funds_available", "today", "remedy_period_end", "waiver_on",
            "overdue_statements", "need_until", "window",
        }),
    ),
    "cash_split": Rule(
        _cash_split,
        frozenset({
            "grant", "period_start", "period_end", "decision_year", "distribution", "by_year",
        }),
    ),
    "year_end": Rule(_year_end, frozenset({"planned", "used", "carried_over"})),
    "fund_distribution": Rule(_fund_distribution, frozenset({"total", "shares"})),
}  # fmt: skip
