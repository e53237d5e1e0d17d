"""A case with a budget item, the people around it, and money in this year's budget."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from tests.factories import (
    make_actor,
    make_authority,
    make_call,
    make_case,
    make_organisation,
    make_programme,
    make_version,
)

from grantflow import clock
from grantflow.services import bank_accounts, budget
from grantflow.services.bank_accounts import Owner
from grantflow.services.booking import Booking
from grantflow.services.policy import SYSTEM, Actor
from grantflow.store import ledger as rows
from grantflow.store import payments
from grantflow.store.tables import Authority, BudgetItem, Call, Case, Organisation, Payment

OURS, THEIRS = "DE89 3704 0044 0532 0130 00", "DE02120300000000202051"


@dataclass
class Purse:
    """One authority with a budget item and a case; years are 2027 and later."""

    session: Session
    authority: Authority
    call: Call
    item: BudgetItem
    case: Case
    organisation: Organisation
    officer: Actor
    second_officer: Actor
    head: Actor
    applicant: Actor

    def booking(self, kind: str = "reserve") -> Booking:
        return Booking(self.session, self.officer, self.authority.id, clock.now(), kind)

    def another_case(self, **values: Any) -> Case:
        facts = {"call": self.call, "organisation": self.organisation, "opened_by": self.who}
        return make_case(self.session, **(facts | values))

    @property
    def who(self) -> UUID:
        assert self.applicant.account_id is not None
        return self.applicant.account_id

    def appropriate(self, year: int, amount: str) -> bool:
        return budget.set_appropriation(
            self.session, self.officer, self.item.id, year, Decimal(amount), "Haushaltsgesetz"
        )

    def authorise(self, year: int, due: int, amount: str) -> bool:
        return budget.set_authority(
            self.session, self.officer, self.item.id, (year, due), Decimal(amount), "Haushalt"
        )

    def sums(self, year: int) -> dict[str, Decimal]:
        """The sums of a year as they are shown, without those of nothing."""
        self.session.expire_all()
        row = next(y for y in rows.list_years(self.session, [self.item.id]) if y.year == year)
        names = ("appropriation", "carried", "reserved", "committed", "ordered", "paid", "returned")
        return {name: getattr(row, name) for name in names if getattr(row, name)}

    def pay(self, amount: str, case: Case | None = None, state: str = "ordered") -> Payment:
        payment = Payment(
            case_id=(case or self.case).id,
            authority_id=self.authority.id,
            amount=Decimal(amount),
            state=state,
            requested_at=clock.now(),
            certified_by=self.officer.account_id,
            ordered_by=self.head.account_id,
            ordered_at=clock.now(),
        )
        payments.add_payment(self.session, payment)
        paid_for = case or self.case
        paid_for.approved = (paid_for.approved or Decimal(0)) + payment.amount
        return payment

    def sound(self) -> bool:
        """Whether every sum is what the entries add up to."""
        self.session.expire_all()
        return not budget.differences(self.session, self.item.id)


def make_purse(session: Session, appropriation: str = "100.00") -> Purse:
    """Everything, with an appropriation for this year."""
    authority = make_authority(session)
    programme = make_programme(session, authority)
    call = make_call(session, make_version(session, programme))
    organisation = make_organisation(session, name="Froschfreunde")
    applicant = make_actor(session, organisations=[organisation])
    assert applicant.account_id is not None
    item = BudgetItem(
        authority_id=authority.id, programme_id=programme.id, key="ponds",
        title={"de": "Teiche", "en": "Ponds"}, chapter="0901",
    )  # fmt: skip
    rows.add_item(session, item)
    purse = Purse(
        session, authority, call, item,
        make_case(session, call=call, organisation=organisation, opened_by=applicant.account_id),
        organisation,
        make_actor(session, "BUDGET_OFFICER", authority=authority, name="Uwe"),
        make_actor(session, "BUDGET_OFFICER", authority=authority, name="Ute"),
        make_actor(session, "HEAD_OF_UNIT", authority=authority, name="Rosa"),
        applicant,
    )  # fmt: skip
    year, amount = clock.today().year, Decimal(appropriation)
    budget.set_appropriation(session, SYSTEM, item.id, year, amount, "Haushaltsgesetz")
    return purse


def with_accounts(purse: Purse) -> Purse:
    """The authority's and the organisation's account, each confirmed by a second person."""
    confirmed(purse, Owner(authority_id=purse.authority.id), purse.officer, OURS, purse.head)
    owner = Owner(organisation_id=purse.organisation.id)
    confirmed(purse, owner, purse.applicant, THEIRS, purse.officer)
    return purse


def confirmed(purse: Purse, owner: Owner, by: Actor, iban: str, second: Actor) -> None:
    row = bank_accounts.propose(purse.session, by, owner, "Kontoinhaber", iban)
    bank_accounts.decide(purse.session, second, row.id, confirm=True)
