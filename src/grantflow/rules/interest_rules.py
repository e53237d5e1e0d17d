"""The rules about interest by name: what each is told, and what it gives (euro, percent)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grantflow.rules.base_rates import BaseRates, base_rates, shipped
from grantflow.rules.computation import Facts, Outcome, Rule, wrong
from grantflow.rules.financing_rules import profile_number, refused
from grantflow.rules.interest import (
    DayCount,
    Interest,
    Movement,
    Segment,
    Settings,
    recovery_interest,
)
from grantflow.rules.interest_late_use import late_use_interest
from grantflow.rules.interest_limits import (
    Bound,
    Limit,
    interest_waiver,
    small_amounts,
)
from grantflow.rules.payments_rules import prompt_use
from grantflow.rules.profiles import MissingValue, Profile
from grantflow.rules.rounding import NOTHING

_SETTINGS = frozenset({"margin", "day_count", "base_rates"})


def settings_of(facts: Facts, profile: Profile) -> Settings:
    """Margin and day count as given, else the profile's."""
    margin = profile_number(facts, "margin", profile, "interest_margin")
    if not 0 <= margin <= 20:
        raise refused("rules_money.margin", "margin", value=margin)
    usual = str(profile.value("interest_day_count").value)
    return Settings(margin, DayCount(facts.choice("day_count", DayCount, usual)))


def rates_of(facts: Facts) -> BaseRates:
    """The base rates that are given (``rates`` and ``until``), else those that are shipped."""
    if not facts.has("base_rates"):
        return shipped()
    given = facts.given["base_rates"]
    if isinstance(given, BaseRates):
        return given
    if not isinstance(given, Mapping):
        raise wrong("base_rates", "table", given)
    return base_rates(given, "base_rates")


def movements(facts: Facts, name: str) -> list[Movement]:
    """Rows of day and amount; empty where the fact is missing."""
    if not facts.has(name):
        return []
    return [Movement(row.day("on"), row.money("amount")) for row in facts.items(name)]


def _recovery_interest(facts: Facts, profile: Profile) -> Outcome:
    settings = settings_of(facts, profile)
    found = recovery_interest(
        facts.money("principal"),
        facts.day("interest_from"),
        facts.day("interest_until"),
        rates_of(facts),
        settings,
        repayments=movements(facts, "repayments"),
        audit_due_on=facts.day_or_none("audit_due_on"),
    )
    return Outcome(_values(found, settings), found.steps)


def _values(found: Interest, settings: Settings) -> dict[str, Any]:
    return {
        "interest": found.amount,
        "days": found.days,
        "day_count": str(settings.day_count),
        "segments": [_row(one) for one in found.segments],
    }


def _row(one: Segment) -> dict[str, Any]:
    return {
        "from": one.start,
        "to": one.last_day,
        "days": one.days,
        "principal": one.principal,
        "base_rate": one.base_rate.rate,
        "rate": one.rate,
        "amount": one.amount,
        "amount_unrounded": one.exact,
    }


def _late_use_interest(facts: Facts, profile: Profile) -> Outcome:
    settings = settings_of(facts, profile)
    uses = [*movements(facts, "uses"), *movements(facts, "returned")]
    found = late_use_interest(
        movements(facts, "payments"),
        uses,
        rates_of(facts),
        settings,
        window=prompt_use(facts, profile),
        until=facts.day_or_none("interest_until"),
    )
    values = {
        **_values(found.interest, settings),
        "late": found.late,
        "unused": found.unused,
        "slices": [
            {"paid_on": one.paid_on, "used_on": one.used_on, "amount": one.amount,
             "window_end": one.last_day, "late": one.late(facts.day_or_none("interest_until"))}
            for one in found.slices
        ],
    }  # fmt: skip
    return Outcome(values, found.interest.steps)


def _limit(facts: Facts, profile: Profile, what: str, usual: Bound) -> Limit:
    """The limit that is given, else the profile's; none where the funder has entered none."""
    bound = Bound(facts.choice(f"{what}_rule", Bound, usual))
    if facts.has(what):
        return Limit(facts.money(what), bound)
    try:
        return Limit(Decimal(str(profile.value(what).value)).quantize(NOTHING), bound)
    except MissingValue:  # said in the steps: no limit is entered, nothing is dropped
        return Limit(None, bound)


def _small_amounts(facts: Facts, profile: Profile) -> Outcome:
    found = small_amounts(
        facts.money("claim"),
        facts.money("interest", NOTHING),
        _limit(facts, profile, "small_claim", Bound.LESS_THAN),
        _limit(facts, profile, "small_interest", Bound.MUST_EXCEED),
    )
    values = {"reclaim": found.reclaim, "charge_interest": found.charge_interest}
    return Outcome(values, found.steps)


def _interest_waiver(facts: Facts, profile: Profile) -> Outcome:
    found = interest_waiver(
        facts.money("interest", NOTHING),
        responsible=facts.flag("responsible"),
        paid_in_time=facts.flag("paid_in_time"),
        decision=facts.text("decision", ""),
        reason=facts.text("reason", ""),
    )
    values = {
        "proposal": found.proposal,
        "interest_charged": found.charged,
        "reasons_required": found.reasons_required,
    }
    return Outcome(values, found.steps)


RULES: Mapping[str, Rule] = {
    "recovery_interest": Rule(
        _recovery_interest,
        _SETTINGS
        | {"principal", "interest_from", "interest_until", "repayments", "audit_due_on"},
    ),
    "late_use_interest": Rule(
        _late_use_interest,
        _SETTINGS | {"payments", "uses", "returned", "window", "interest_until"},
    ),
    "small_amounts": Rule(
        _small_amounts,
        frozenset({
            "claim", "interest", "small_claim", "small_claim_rule", "small_interest",
            "small_interest_rule",
        }),
    ),
    "interest_waiver": Rule(
        _interest_waiver,
        frozenset({"interest", "responsible", "paid_in_time", "decision", "reason"}),
    ),
}  # fmt: skip
