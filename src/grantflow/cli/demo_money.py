"""The money of the demo: budgets and bank details out of ``_demo/money.toml``, payment files."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.cli.cast import Cast
from grantflow.cli.world import World
from grantflow.services import bank_accounts, budget, payment_files, payment_returns
from grantflow.services.bank_accounts import Owner
from grantflow.services.budget import ItemView
from grantflow.services.policy import SYSTEM, Actor
from grantflow.store import catalogue
from grantflow.store import demo as rows
from grantflow.store.tables import BankAccount

WAITS = timedelta(days=180)  # newer orders are left for whoever tries the demo; none came back


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BudgetFacts(_Strict):
    """The same amounts (euro) for every year of a budget item."""

    programme: str
    item: str
    first_year: int
    last_year: int
    appropriation: Decimal
    authority: Decimal
    authority_years: int
    reason: str


class AccountFacts(_Strict):
    """Bank details of an organisation of the cast, or of an authority."""

    holder: str
    iban: str
    organisation: str | None = None
    authority: str | None = None


class MoneyFile(_Strict):
    budgets: tuple[BudgetFacts, ...] = ()
    accounts: tuple[AccountFacts, ...] = ()


def read_money(folder: Path) -> MoneyFile:
    """The demo's money below a workflows folder; nothing where there is no such file."""
    path = folder / "_demo" / "money.toml"
    raw: dict[str, Any] = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    return MoneyFile.model_validate(raw)


def furnish(session: Session, cast: Cast, file: MoneyFile) -> None:
    """Enter what is missing; what people have changed since stays as it is."""
    views = {(v.programme.key, v.item.key): v for v in budget.overview(session, SYSTEM)}
    for facts in file.budgets:
        view = views.get((facts.programme, facts.item))
        if view is not None:
            _fill(session, view, facts)
    for account in file.accounts:
        _open(session, cast, account)


def _fill(session: Session, view: ItemView, facts: BudgetFacts) -> None:
    entered = {line.sums.year for line in view.years if line.sums.appropriation is not None}
    known = {(row.budget_year, row.due_year) for row in view.authorities}
    item_id, reason = view.item.id, facts.reason
    for year in range(facts.first_year, facts.last_year + 1):
        if year not in entered:
            budget.set_appropriation(session, SYSTEM, item_id, year, facts.appropriation, reason)
        last = min(year + facts.authority_years, facts.last_year)
        for due in range(year + 1, last + 1):
            if (year, due) not in known:
                years = (year, due)
                budget.set_authority(session, SYSTEM, item_id, years, facts.authority, reason)


def _open(session: Session, cast: Cast, facts: AccountFacts) -> None:
    owner, by, second = _people(session, cast, facts)
    if by is None or second is None or bank_accounts.history(session, by, owner):
        return
    row: BankAccount = bank_accounts.propose(session, by, owner, facts.holder, facts.iban)
    bank_accounts.decide(session, second, row.id, confirm=True)


def _people(
    session: Session, cast: Cast, facts: AccountFacts
) -> tuple[Owner, Actor | None, Actor | None]:
    """Whose account it is, who gives it and who confirms it."""
    if facts.organisation is not None:
        applicant, organisation_id = cast.applicant(facts.organisation)
        clerk = next((m for m in cast.file.staff if "CASE_OFFICER" in m.roles), None)
        second = cast.actors[clerk.email] if clerk else None
        return Owner(organisation_id=organisation_id), applicant, second
    key = str(facts.authority)
    authority = catalogue.find_authority(session, key)
    if authority is None:
        return Owner(), None, None
    officer, head = cast.staff(key, "BUDGET_OFFICER"), cast.staff(key, "HEAD_OF_UNIT")
    return Owner(authority_id=authority.id), officer, head


def pay_out(world: World, cast: Cast, authority: str, case_id: UUID, waits: timedelta) -> None:
    """What was ordered that long ago leaves in a file: money comes back only after it went."""
    first, second = (cast.staff(authority, f"BUDGET_OFFICER:{number}") for number in (1, 2))
    latest = clock.now() - waits
    with world.transaction(first) as session:
        (place,) = payment_files.authorities(first)
        due = [
            one.line.payment.id
            for one in payment_files.waiting(session, first, place)
            if one.line.payment.case_id == case_id and one.leaves
            if one.line.payment.ordered_at is not None and one.line.payment.ordered_at < latest
        ]
        if not due:
            return
        file_id = payment_files.prepare(session, first, place, due, clock.today()).id
    with world.transaction(second) as session:
        payment_files.release(session, second, file_id)


def bank_returns(world: World, cast: Cast, authority: str, case_id: UUID) -> None:
    """What was ordered last in a case leaves, and the bank could not pay it."""
    pay_out(world, cast, authority, case_id, timedelta(0))
    officer = cast.staff(authority, "BUDGET_OFFICER:1")
    with world.transaction(officer) as session:
        name, amount = rows.newest_order(session, case_id)
        head, line = "end_to_end_id;amount;status;date;reason", f"{name};{amount};returned"
        report = f"{head}\n{line};{clock.today()};AC04\n".encode()
        (place,) = payment_files.authorities(officer)
        payment_returns.read_back(session, officer, place, "bank.csv", report)
