"""Money: budget items and their years, the ledger, bank details, payment files, ranked lists."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, euro, json, maybe_at, new_id


class BudgetItem(SQLModel, table=True):
    """A budget item (Haushaltstitel) that a programme names; its amounts are in the ledger."""

    __tablename__ = "budget_item"
    __table_args__ = (UniqueConstraint("programme_id", "key", name="budget_item_key"),)
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID = Field(foreign_key="programme.id")
    key: str
    title: dict[str, Any] = json()
    chapter: str = ""


class BudgetYear(SQLModel, table=True):
    """The sums of one budget item in one year; kept by the ledger's trigger and nobody else.

    ``appropriation`` is None until the budget of the year is entered; until then only commitment
    authority of earlier years can bind the year.
    """

    __tablename__ = "budget_year"
    __table_args__ = (
        CheckConstraint(
            "reserved >= 0 and committed >= 0 and ordered >= 0 and paid >= 0 and returned >= 0",
            name="budget_year_sums",
        ),
        CheckConstraint(
            "appropriation is null"
            " or reserved + committed + ordered + paid <= appropriation + carried",
            name="budget_year_overdrawn",
        ),
    )
    item_id: UUID = Field(foreign_key="budget_item.id", primary_key=True)
    year: int = Field(primary_key=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    appropriation: Decimal | None = euro(nullable=True)
    carried: Decimal = euro()
    reserved: Decimal = euro()
    committed: Decimal = euro()
    ordered: Decimal = euro()
    paid: Decimal = euro()
    returned: Decimal = euro()


class CommitmentAuthority(SQLModel, table=True):
    """Commitment authority of one budget year for one later year, and what of it is used."""

    __tablename__ = "commitment_authority"
    __table_args__ = (
        CheckConstraint("due_year > budget_year", name="commitment_authority_later"),
        CheckConstraint("used >= 0 and used <= amount", name="commitment_authority_overdrawn"),
    )
    item_id: UUID = Field(foreign_key="budget_item.id", primary_key=True)
    budget_year: int = Field(primary_key=True)
    due_year: int = Field(primary_key=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    amount: Decimal = euro()
    used: Decimal = euro()


class LedgerEntry(SQLModel, table=True):
    """One line of the ledger: only ever added; every sum is a sum of these.

    ``bucket`` says what it changes: appropriation, authority, carried, reserved, committed,
    ordered, paid or returned; ``kind`` says why; lines of one ``booking`` belong together.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="ledger_entry_amount"),
        CheckConstraint("due_year >= budget_year", name="ledger_entry_years"),
        CheckConstraint(
            "bucket in ('appropriation','authority','carried','reserved','committed','ordered',"
            "'paid','returned')",
            name="ledger_entry_bucket",
        ),
        Index("ix_ledger_case", "case_id", "id", postgresql_where=text("case_id is not null")),
        Index("ix_ledger_item", "item_id", "due_year", "id"),
    )
    id: int = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    booking: UUID
    authority_id: UUID = Field(foreign_key="authority.id")
    item_id: UUID = Field(foreign_key="budget_item.id")
    case_id: UUID | None = Field(default=None, foreign_key="grant_case.id")
    payment_id: UUID | None = Field(default=None, foreign_key="payment.id")
    budget_year: int
    due_year: int
    bucket: str
    kind: str
    amount: Decimal = euro()
    reason: str = ""
    by: UUID | None = Field(default=None, foreign_key="account.id")
    by_name: str = ""
    at: datetime = at()


class BankAccount(SQLModel, table=True):
    """Bank details of an organisation or of the authority itself; a change is a new row.

    Of each owner one row at most is confirmed (in use) and one at most is proposed.
    """

    __tablename__ = "bank_account"
    __table_args__ = (
        CheckConstraint(
            "(organisation_id is null) <> (authority_id is null)", name="bank_account_owner"
        ),
        CheckConstraint(
            "state in ('proposed','confirmed','refused','replaced')", name="bank_account_state"
        ),
        CheckConstraint(
            "decided_by is null or decided_by <> proposed_by", name="bank_account_four_eyes"
        ),
        Index(
            "ux_bank_account_organisation", "organisation_id", "state", unique=True,
            postgresql_where=text("organisation_id is not null"
                                  " and state in ('proposed','confirmed')"),
        ),
        Index(
            "ux_bank_account_authority", "authority_id", "state", unique=True,
            postgresql_where=text("authority_id is not null"
                                  " and state in ('proposed','confirmed')"),
        ),
    )  # fmt: skip
    id: UUID = new_id()
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    authority_id: UUID | None = Field(default=None, foreign_key="authority.id")
    holder: str
    iban: str
    bic: str = ""
    bank: str = ""
    state: str = "proposed"
    reason: str = ""
    proposed_by: UUID = Field(foreign_key="account.id")
    proposed_at: datetime = at()
    decided_by: UUID | None = Field(default=None, foreign_key="account.id")
    decided_at: datetime | None = maybe_at()


class PaymentFile(SQLModel, table=True):
    """A file of payment orders for the treasury, as XML (pain.001) and CSV."""

    __tablename__ = "payment_file"
    __table_args__ = (
        UniqueConstraint("authority_id", "number", name="payment_file_number"),
        CheckConstraint("state in ('prepared','released','discarded')", name="payment_file_state"),
        CheckConstraint(
            "released_by is null or released_by <> prepared_by", name="payment_file_four_eyes"
        ),
    )
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id")
    number: int
    message_id: str = Field(unique=True)
    state: str = "prepared"
    execution_on: date
    payments: int
    total: Decimal = euro()
    xml: bytes
    csv: bytes
    xml_sha256: str
    csv_sha256: str
    prepared_by: UUID = Field(foreign_key="account.id")
    prepared_at: datetime = at()
    released_by: UUID | None = Field(default=None, foreign_key="account.id")
    released_at: datetime | None = maybe_at()


class PaymentFileEntry(SQLModel, table=True):
    """A payment in its file; the primary key keeps each payment in exactly one."""

    __tablename__ = "payment_file_entry"
    __table_args__ = (Index("ix_payment_file_entry_file", "file_id", "position"),)
    payment_id: UUID = Field(foreign_key="payment.id", primary_key=True)
    file_id: UUID = Field(foreign_key="payment_file.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    position: int
    end_to_end_id: str = Field(unique=True)
    reference: str
    holder: str
    iban: str
    bic: str = ""
    amount: Decimal = euro()
    outcome: str = ""  # nothing yet | paid | returned
    outcome_on: date | None = None
    outcome_reason: str = ""


class PaymentReturn(SQLModel, table=True):
    """A file of the treasury that was read back; its hash keeps it from being read twice."""

    __tablename__ = "payment_return"
    __table_args__ = (UniqueConstraint("authority_id", "sha256", name="payment_return_once"),)
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id")
    name: str
    kind: str  # csv | pain.002
    sha256: str
    paid: int
    returned: int
    by: UUID | None = Field(default=None, foreign_key="account.id")
    at: datetime = at()


class Ranking(SQLModel, table=True):
    """A ranked list that a person decided on, with the money that was free then."""

    __tablename__ = "ranking"
    id: UUID = new_id()
    authority_id: UUID = Field(foreign_key="authority.id")
    call_id: UUID = Field(foreign_key="call.id", index=True)
    item_id: UUID | None = Field(default=None, foreign_key="budget_item.id")
    mode: str  # strict | fill_up
    free: Decimal = euro()
    reserved: Decimal = euro()
    places: list[Any] = json(list)
    reasons: str
    by: UUID = Field(foreign_key="account.id")
    at: datetime = at()
