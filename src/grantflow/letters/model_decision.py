"""The decision part of a letter's model: what is granted, for what, under which conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict

FinancingType = Literal["PROPORTIONAL", "DEFICIT", "FIXED_AMOUNT", "FULL"]


class Value:
    """What all parts share: an unknown field in stored or sample data is an error, not ignored."""

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class PlanLine(Value):
    """One line of the financing plan in euro."""

    label: str
    amount: Decimal
    number: str = ""
    eligible: Decimal | None = None  # recognised as eligible; None = the whole amount


@dataclass(frozen=True)
class FundingLine(Value):
    """What one funding line of the programme gives, where a case has several."""

    label: str
    amount: Decimal
    rate: Decimal | None = None  # share of the eligible expenditure, 0.5 = 50 %
    financing_type: FinancingType | None = None
    most: Decimal | None = None  # what rate and maximum of the line allow, euro


@dataclass(frozen=True)
class Instalment(Value):
    """The part of the grant that belongs to one budget year."""

    year: int
    amount: Decimal


@dataclass(frozen=True)
class Indicator(Value):
    """How success is measured: aim, indicator, baseline, target, day and proof."""

    goal: str
    indicator: str
    target: str
    source: str = ""
    baseline: str = ""
    due: str = ""  # by when the target is to be reached


@dataclass(frozen=True)
class StatementRule(Value):
    """When and in which form the use of the grant is to be proved."""

    due: str  # as written in the decision: "innerhalb von sechs Monaten nach …"
    kind: Literal["NORMAL", "SIMPLIFIED"] = "NORMAL"
    interim_due: str = ""
    addressee: str = ""
    last_day: date | None = None  # the day the period ends, holidays reckoned in


@dataclass(frozen=True)
class Decision(Value):
    """The content of a grant decision; an empty field leaves its section out."""

    outcome: Literal["GRANTED", "PARTLY_GRANTED", "REJECTED"]
    amount: Decimal | None = None  # the maximum ("bis zu"), euro
    requested: Decimal | None = None
    eligible: Decimal | None = None
    rate: Decimal | None = None
    financing_type: FinancingType | None = None
    grant_kind: Literal["PROJECT", "INSTITUTIONAL"] = "PROJECT"
    grant_form: Literal["GRANT", "LOAN"] = "GRANT"
    purpose: str = ""
    indicators: tuple[Indicator, ...] = ()
    eligible_limits: str = ""
    expenditure: tuple[PlanLine, ...] = ()
    cover_funds: tuple[PlanLine, ...] = ()
    line_tolerance: Decimal | None = None  # 0.2 = a line may be exceeded by 20 %
    funding_lines: tuple[FundingLine, ...] = ()
    period_from: date | None = None
    period_until: date | None = None
    instalments: tuple[Instalment, ...] = ()
    asset_binding: str = ""
    payment: str = ""  # payment procedure, calls, account
    prompt_use: str = ""  # "innerhalb von sechs Wochen"
    statement: StatementRule | None = None
    general_conditions: tuple[str, ...] = ()  # named general conditions that become part
    special_conditions: tuple[str, ...] = ()
    audit_rights: tuple[str, ...] = ()
    subvention_relevant: bool = False
    publicity: tuple[str, ...] = ()
    revocation_reserve: str = ""
    legal_basis: tuple[str, ...] = ()
    reasons: str = ""  # paragraphs, separated by an empty line
