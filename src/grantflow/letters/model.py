"""What a letter may know: frozen values that the services fill and the templates read.

Amounts are euro (``Decimal``), dates are calendar days in Germany. A model is stored with its
letter as JSON (``dump``) and comes back unchanged (``load``): a letter can be rendered again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from grantflow.errors import BadProgramme, Problem
from grantflow.letters.model_decision import (
    Decision,
    FinancingType,
    FundingLine,
    Indicator,
    Instalment,
    PlanLine,
    StatementRule,
    Value,
)
from grantflow.texts.wrong_values import WrongValue, wrong_values

__all__ = [
    "Decision",
    "FinancingType",
    "FundingLine",
    "Indicator",
    "Instalment",
    "LetterModel",
    "PlanLine",
    "StatementRule",
    "dump",
    "load",
]


@dataclass(frozen=True)
class FooterColumn(Value):
    """One column of the letter's foot: a short heading and lines."""

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Authority(Value):
    """The granting authority as its letterhead shows it."""

    name: str
    street: str
    postcode: str
    town: str
    parent: str = ""  # small line above the name, e.g. the Land
    unit: str = ""  # small line below the name, e.g. the division
    phone: str = ""
    email: str = ""
    website: str = ""
    visiting_address: str = ""
    logo: str = ""  # data: URL (SVG or PNG); empty shows the name as a wordmark
    logo_alt: str = ""
    accent: str = "#1f3f66"  # colour of the line in the head; nothing is told by colour alone
    form: Literal["A", "B"] = "B"  # DIN 5008 form
    seal_note: str = ""  # line under the signature of letters that are sealed electronically
    gender_neutral_salutation: str = "Sehr geehrte Damen und Herren"
    privacy_url: str = ""
    footer: tuple[FooterColumn, ...] = ()


@dataclass(frozen=True)
class Recipient(Value):
    """Who the letter goes to; the address has six lines at most."""

    organisation: str
    street: str
    postcode: str
    town: str
    person: str = ""
    department: str = ""
    salutation: str = ""  # "Sehr geehrte Frau Beispiel"; empty takes the authority's neutral one
    dispatch_note: str = ""  # line above the address, e.g. "Per Einschreiben"


@dataclass(frozen=True)
class InfoBlock(Value):
    """The block right of the address."""

    file_reference: str
    on: date
    officer: str = ""
    phone: str = ""
    email: str = ""
    room: str = ""
    your_reference: str = ""
    your_letter_on: date | None = None


@dataclass(frozen=True)
class Grantee(Value):
    """The exact addressee of a decision (legal form, seat, register, representatives)."""

    name: str
    seat: str
    legal_form: str = ""
    form_in_name: bool = False  # the name ends with the legal form: a letter need not repeat it
    register: str = ""
    represented_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseFacts(Value):
    """The case the letter belongs to."""

    reference: str
    programme: str
    project: str
    call: str = ""
    guideline: str = ""  # funding guideline with date, as quoted in decisions
    received_on: date | None = None
    received_at: str = ""  # time of receipt, e.g. "14:05 Uhr"
    requested: Decimal | None = None
    portal_url: str = ""


@dataclass(frozen=True)
class LetterDeadline(Value):
    """A day by which somebody has to do something; never the end of a remedy period."""

    kind: str  # response, fixed, statement_of_use, interim_statement, start, …
    on: date
    label: str = ""


@dataclass(frozen=True)
class Remedy(Value):
    """The parts of the instruction on legal remedies; same fields as ``rules.remedies``."""

    kind: Literal["OBJECTION", "COURT_ACTION"]
    body: str
    street: str
    postcode: str
    town: str
    months: int
    forms: tuple[Literal["WRITTEN", "ELECTRONIC", "RECORD"], ...]
    service: bool = False  # formal service instead of notification
    defendant: str = ""


@dataclass(frozen=True)
class PaymentFacts(Value):
    """A payment in a letter, euro."""

    amount: Decimal
    on: date
    purpose: str = ""
    granted: Decimal | None = None  # the grant as it stands, after amendments and revocations
    paid_before: Decimal | None = None  # less ``returned``
    returned: Decimal | None = None  # what the grantee has paid back so far
    remaining: Decimal | None = None
    use_until: date | None = None
    settled: bool = False  # paid after the settlement: it repays expenditure that is proved already
    last: bool = False  # paid after the settlement, and nothing of the grant is left to pay
    account: str = ""  # last digits only


@dataclass(frozen=True)
class Settlement(Value):
    """The result of the audited statement of use, euro."""

    eligible: Decimal | None  # None: nobody has computed or stated it
    final_grant: Decimal
    paid: Decimal
    balance: Decimal  # positive: still to be paid; negative: to be repaid
    findings: str = ""
    retention: str = ""


@dataclass(frozen=True)
class Computed(Value):
    """The newest computation of a rule: its values, and its steps as sentences with their law."""

    values: Mapping[str, Any]
    steps: tuple[str, ...] = ()
    on: date | None = None


@dataclass(frozen=True)
class EarlierLetter(Value):
    """The letter this one amends, corrects, revokes or answers."""

    title: str
    on: date
    reference: str
    relation: Literal["amends", "corrects", "revokes", "answers", "follows"]


@dataclass(frozen=True)
class Signatory(Value):
    """Who answers for the letter by name."""

    name: str
    function: str = ""
    by_order: bool = True  # "Im Auftrag"


@dataclass(frozen=True)
class Law(Value):
    """What the law of the authority is called; empty where the rule profile does not say."""

    procedure: str = ""  # procedure act, e.g. "HVwVfG"
    budget: str = ""  # budget code, e.g. "LHO"


@dataclass(frozen=True)
class LetterModel(Value):
    """Everything a letter template may name."""

    authority: Authority
    recipient: Recipient
    info: InfoBlock
    case: CaseFacts
    signatory: Signatory
    law: Law = field(default_factory=Law)
    respond_by: date | None = None  # last day of a period that begins with this letter
    subject: str = ""  # empty takes the subject of the letter's source
    reference_line: str = ""
    grantee: Grantee | None = None
    decision: Decision | None = None
    payment: PaymentFacts | None = None
    settlement: Settlement | None = None
    deadlines: tuple[LetterDeadline, ...] = ()
    remedy: Remedy | None = None
    earlier: EarlierLetter | None = None
    correction: str = ""  # what was obviously wrong and is put right (§ 42 VwVfG)
    computations: Mapping[str, Computed] = field(default_factory=dict)  # by rule
    annexes: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)  # form name -> answers
    facts: Mapping[str, Any] = field(default_factory=dict)  # parameters of the letter effect


_ADAPTER = TypeAdapter(LetterModel)


def dump(model: LetterModel) -> dict[str, Any]:
    """The model as JSON values (dates ISO, euro as decimal strings), stored with the letter."""
    return dict(_ADAPTER.dump_python(model, mode="json"))


def load(stored: Mapping[str, Any], place: str = "") -> LetterModel:
    """The model from stored JSON or a sample file; BadProgramme names every field that is wrong."""
    try:
        return _ADAPTER.validate_python(stored)
    except ValidationError as error:
        raise BadProgramme(_problem(wrong, place) for wrong in wrong_values(error)) from error


def _problem(wrong: WrongValue, place: str) -> Problem:
    params = {"field": wrong.field, "reason": wrong.reason}
    return Problem("letters.model_field", params, place)
