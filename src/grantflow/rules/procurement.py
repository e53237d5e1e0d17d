"""How a grantee must place a contract (ANBest-P Nr. 3): by contract value, or by the whole grant.

Values are Decimal euro without VAT. Which of the two ways holds, and its limits, are values of the
rule profile as of the day of the decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from grantflow.errors import Invalid, Problem
from grantflow.rules.explanation import Step
from grantflow.rules.profiles import Profile
from grantflow.rules.rounding import NOTHING


class Tier(StrEnum):
    """What has to be done before a contract is placed."""

    DIRECT_NO_COMPARISON = "DIRECT_NO_COMPARISON"
    DIRECT_WITH_INFORMAL_COMPARISON = "DIRECT_WITH_INFORMAL_COMPARISON"
    THREE_OFFERS = "THREE_OFFERS"
    THREE_OFFERS_ECONOMIC = "THREE_OFFERS_ECONOMIC"
    UVGO_VOB = "UVGO_VOB"


@dataclass(frozen=True)
class Procurement:
    """The tier of a contract and why."""

    tier: Tier
    steps: tuple[Step, ...]


def procurement_tier(
    contract_value: Decimal | None, grant_total: Decimal | None, profile: Profile
) -> Procurement:
    """The tier of a contract (euro without VAT).

    ``procurement_basis`` CONTRACT: up to ``procurement_direct_until`` direct, up to
    ``procurement_comparison_until`` with an informal comparison, below
    ``procurement_formal_from`` three requests, from there UVgO/VOB. GRANT: UVgO/VOB when the grant
    exceeds ``procurement_grant_limit``, else three offers. Raises Invalid when the value that
    counts is not given, MissingValue when the profile lacks a limit.
    """
    basis = profile.value("procurement_basis")
    if basis.value == "CONTRACT":
        value = _needed(contract_value, "contract_value")
        return _by_contract(value, profile, basis.source)
    grant = _needed(grant_total, "grant_total")
    limit = _limit(profile, "procurement_grant_limit")
    tier = Tier.UVGO_VOB if grant > limit else Tier.THREE_OFFERS_ECONOMIC
    told = {"grant": grant, "limit": limit}
    return Procurement(tier, (Step("rules_money.step.tier_by_grant", basis.source, told),
                              _said(tier)))  # fmt: skip


def _by_contract(value: Decimal, profile: Profile, source: str) -> Procurement:
    direct = _limit(profile, "procurement_direct_until")
    comparison = _limit(profile, "procurement_comparison_until")
    formal = _limit(profile, "procurement_formal_from")
    if value <= direct:
        tier = Tier.DIRECT_NO_COMPARISON
    elif value <= comparison:
        tier = Tier.DIRECT_WITH_INFORMAL_COMPARISON
    else:
        tier = Tier.THREE_OFFERS if value < formal else Tier.UVGO_VOB
    told = {"value": value, "direct": direct, "comparison": comparison, "formal": formal}
    return Procurement(tier, (Step("rules_money.step.tier_by_contract", source, told),
                              _said(tier)))  # fmt: skip


def _said(tier: Tier) -> Step:
    return Step(f"rules_money.tier.{tier.lower()}", "")


def _limit(profile: Profile, name: str) -> Decimal:
    return Decimal(str(profile.value(name).value)).quantize(NOTHING)


def _needed(value: Decimal | None, name: str) -> Decimal:
    if value is None:
        raise Invalid([Problem("rules.fact_missing", {"name": name}, name)])
    return value
