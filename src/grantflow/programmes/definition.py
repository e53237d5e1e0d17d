"""programme.toml as a checked value."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from grantflow.programmes.vocabulary import ROLES
from grantflow.texts.wrong_values import Wrong

Confidence = Literal["law", "published", "secondary", "seed", "model", "general", "default"]

LAENDER = r"^(BB|BE|BW|BY|HB|HE|HH|MV|NI|NW|RP|SH|SL|SN|ST|TH)(\+catholic|\+augsburg){0,2}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Wording(_Strict):
    """A text for people, German first."""

    de: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        return self.en if language == "en" else self.de


class Court(_Strict):
    """The court against the authority's decisions on objections (§§ 45, 52 VwGO)."""

    name: str
    street: str
    postcode: str
    town: str
    source: str = ""
    confidence: Confidence = "default"


class Remedy(_Strict):
    """The legal remedy against the authority's decisions and where it is filed."""

    kind: Literal["objection", "court_action"]
    body: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    court_by_seat: bool = False
    court: Court | None = None
    source: str = ""
    confidence: Confidence = "default"


class AuthorityFacts(_Strict):
    """The granting authority as its letterhead and the rules need it."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    short: str
    unit: str = ""
    street: str
    postcode: str
    town: str
    phone: str = ""
    email: str = ""
    web: str = ""
    letter_form: Literal["A", "B"] = "B"  # DIN 5008: where address field and fold marks stand
    seat: str
    holiday_calendar: str = Field(pattern=LAENDER)
    signatory_title: str = ""
    signatory_name: str = ""
    bank: str = ""
    remedy: Remedy
    source: str = ""
    confidence: Confidence = "default"
    note: str = ""


class CallFacts(_Strict):
    key: str
    title: Wording
    opens: datetime | date
    closes: datetime | date | None = None
    source: str = ""
    confidence: Confidence = "default"
    note: str = ""
    selection: Literal["strict", "fill_up"] | None = None
    budget_item: str | None = None


class BudgetItemFacts(_Strict):
    """A budget item (Haushaltstitel) the grants come from; its amounts are entered by people."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Wording
    chapter: str = Field("", max_length=60)
    source: str = ""
    confidence: Confidence = "default"
    note: str = ""


class FundingLine(_Strict):
    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    title: Wording
    rate: Decimal | None = Field(default=None, gt=0, le=1)
    financing: Literal["PROPORTIONAL", "DEFICIT", "FIXED_AMOUNT", "FULL"]
    maximum: Decimal | None = None
    maximum_per_year: Decimal | None = None
    minimum: Decimal | None = None
    max_months: int | None = None
    source: str = ""
    confidence: Confidence = "default"
    note: str = ""


class IndicatorFacts(_Strict):
    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    title: Wording
    unit: str = "count"
    source: str = ""
    confidence: Confidence = "default"
    note: str = ""


class Fact(_Strict):
    """A number or statement the programme relies on, with its mark."""

    key: str
    value: Any
    source: str = ""
    confidence: Confidence = "default"
    note: str = ""


class Decided(_Strict):
    """A decision of a case, as the effect ``decide`` records it."""

    kind: str
    outcome: str


class SideProcess(_Strict):
    """A process people may start beside the stages, and when.

    Every condition that is named must hold: the case is in one of ``stages``, has one of
    ``statuses``, one of the processes in ``needs`` is running (it ends with the last of them), and
    what ``only_while`` lists is so
    (``remedy_open``: a decision is notified, not waived and not final; ``contestable``: a decision
    has left that nobody waived; ``grant_unpaid``: part of the grant is neither ordered nor paid;
    ``payment_owed``: an order was withdrawn or came back and the grant still covers it, money was
    repaid, or the grant is lower than it was).
    The decision in ``unless`` ends it once the case has it. Of one with ``several`` any number may
    run at once in a case: every decision has remedies of its own.
    A closed or ended case allows only what names its status.
    """

    title: Wording
    summary: Wording | None = None
    role: str = "APPLICANT"
    message: str | None = None
    stages: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    only_while: tuple[
        Literal["remedy_open", "contestable", "grant_unpaid", "payment_owed"], ...
    ] = ()
    unless: Decided | None = None
    several: bool = False

    @field_validator("role")
    @classmethod
    def _known(cls, role: str) -> str:
        if role not in ROLES:
            raise Wrong("programmes.wrong.role", role=role)
        return role


class ProgrammeFile(_Strict):
    """The whole of programme.toml."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Wording
    summary: Wording
    lifecycle: str = "lifecycle"
    profile: str
    profile_overrides: dict[str, Any] = Field(default_factory=dict)
    reference_prefix: str = Field(pattern=r"^[A-Z]{1,6}$")
    authority: AuthorityFacts
    lanes: dict[str, str]
    calls: tuple[CallFacts, ...] = ()
    budget_items: tuple[BudgetItemFacts, ...] = ()
    funding_lines: tuple[FundingLine, ...] = ()
    indicators: tuple[IndicatorFacts, ...] = ()
    facts: tuple[Fact, ...] = ()
    texts: dict[str, Wording] = Field(default_factory=dict)
    side_processes: dict[str, SideProcess] = Field(default_factory=dict)

    @field_validator("lanes")
    @classmethod
    def _roles(cls, lanes: dict[str, str]) -> dict[str, str]:
        for lane, role in lanes.items():
            if role not in ROLES:
                raise Wrong("programmes.wrong.lane", lane=lane, role=role)
        return lanes

    @model_validator(mode="after")
    def _items_known(self) -> ProgrammeFile:
        keys = [item.key for item in self.budget_items]
        if len(keys) != len(set(keys)):
            raise Wrong("programmes.wrong.item_twice")
        for call in self.calls:
            if call.budget_item is not None and call.budget_item not in keys:
                raise Wrong("programmes.wrong.item", call=call.key, item=call.budget_item)
        return self

    def budget_item_of(self, call: str) -> str | None:
        """The key of the budget item a call's grants come from; None without budget items."""
        named = next((c.budget_item for c in self.calls if c.key == call), None)
        return named or (self.budget_items[0].key if self.budget_items else None)

    def fact(self, key: str, default: Any = None) -> Any:
        """The value of a fact of the programme."""
        return next((f.value for f in self.facts if f.key == key), default)
