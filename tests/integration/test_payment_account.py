"""One account is paid and named everywhere: the organisation's confirmed one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.desk import open_desks, words
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import (
    MONEY,
    choice,
    effect,
    end,
    field,
    form,
    package,
    process,
    start,
    task,
)

from grantflow.errors import Conflict
from grantflow.letters import model as values
from grantflow.programmes.package import Package
from grantflow.services import bank_accounts, cases
from grantflow.services.bank_accounts import Owner
from grantflow.settings import Settings, settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, Payment

Clock = Callable[[str], None]
OLD, NEW = "DE89 3704 0044 0532 0130 00", "DE02 1203 0000 0000 2020 51"
PAYMENT = process(
    "payment",
    {"Antrag": "ask", "Amt": "look", "Leitung": "order", "System": "book"},
    start(),
    task("ask"),
    effect("book", "pay", amount="=payment_amount", state="requested"),
    task("look", form="none"),
    task("order", not_by="look"),
    choice("ordered", "ordered__refuse"),
    effect("release", "pay", amount="=payment_amount", state="approved"),
    effect("pay_out", "pay", amount="=payment_amount", state="ordered"),
    effect("tell_it", "letter", letter="payment_notice", amount="=payment_amount"),
    effect("refuse", "pay", amount="=payment_amount", state="refused"),
    end(),
    end("not_paid"),
    flow="""
        begin > ask > book > look > order > ordered
        ordered > release : payment_approval = "approve"
        release > pay_out > tell_it > finish
        ordered > refuse > not_paid
    """,
)


def with_account() -> Package:
    """The small programme whose request names an account and whose payment is told of."""
    files = dict(package(payment=PAYMENT).files)
    amount = field("number", "payment_amount", required=True, properties=MONEY, decimalDigits=2)
    files["forms/ask.form"] = form("ask", amount, field("textfield", "iban"))
    folder = settings().templates_dir / "letters" / "payment_notice"
    for name in ("letter.toml", "body.html"):
        files[f"letters/payment_notice/{name}"] = (folder / name).read_bytes()
    return Package(files)


@pytest.fixture
def ponds(sessions: Sessions, test_settings: Settings, clock: Clock) -> Ponds:
    clock("2027-02-01T09:00")
    return build(sessions, test_settings, with_account())


def confirm(ponds: Ponds, iban: str) -> None:
    owner = Owner(organisation_id=ponds.organisation.id)
    row = ponds.do("applicant", bank_accounts.propose, owner, "Froschfreunde", iban, "Neue Bank")
    ponds.do("officer", bank_accounts.decide, row.id, confirm=True)


def ask(ponds: Ponds, clock: Clock, iban: str, *accounts: str) -> Case:
    """A final grant of which money was asked for; accounts that were confirmed before, in turn."""
    case = ponds.granted()
    clock("2027-04-10T09:00")
    ponds.run_jobs()
    for account in accounts:
        confirm(ponds, account)
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="5000", iban=iban)
    return case


def order(ponds: Ponds, case: Case) -> None:
    if "look" in ponds.tasks(case.id):
        ponds.complete("officer", case, "look")
    ponds.complete("head", case, "order", payment_approval="approve")


def state(ponds: Ponds, case: Case) -> str:
    with ponds.reading() as session:
        query = select(col(Payment.state)).where(col(Payment.case_id) == case.id)
        return session.execute(query).scalar_one()


def told(ponds: Ponds, case: Case) -> str:
    """The account the payment notice names."""
    notice = next(one for one in ponds.letters(case) if one.name == "payment_notice")
    payment = values.load(notice.model).payment
    assert payment is not None
    return payment.account


def test_money_for_another_account_is_not_ordered_until_that_one_is_confirmed(
    ponds: Ponds, clock: Clock
) -> None:
    case = ask(ponds, clock, NEW, OLD)
    with pytest.raises(Conflict) as refused:
        order(ponds, case)
    assert refused.value.key == "services.payments.other_account"
    said = refused.value.params
    assert (said["asked"], said["confirmed"]) == ("DE02 … 2051", "DE89 … 3000")
    assert state(ponds, case) == "requested"
    confirm(ponds, NEW)
    order(ponds, case)
    assert (state(ponds, case), told(ponds, case)) == ("ordered", "2051")


def test_money_for_an_account_nobody_confirmed_is_not_ordered_but_can_be_refused(
    ponds: Ponds, clock: Clock
) -> None:
    case = ask(ponds, clock, NEW)
    with pytest.raises(Conflict) as refused:
        order(ponds, case)
    assert refused.value.key == "services.payments.no_account"
    assert refused.value.params["asked"] == "DE02 … 2051"
    ponds.complete("head", case, "order", payment_approval="refuse")
    assert state(ponds, case) == "refused"


@pytest.mark.parametrize("typed", ["DE89370400440532013000", "de89 3704 0044 0532 0130 00"])
def test_blanks_and_small_letters_make_no_other_account(
    ponds: Ponds, clock: Clock, typed: str
) -> None:
    case = ask(ponds, clock, typed, OLD)
    order(ponds, case)
    assert (state(ponds, case), told(ponds, case)) == ("ordered", "3000")


def test_the_notice_names_the_confirmed_account_where_the_request_names_none(
    ponds: Ponds, clock: Clock
) -> None:
    case = ask(ponds, clock, "", OLD, NEW)
    order(ponds, case)
    assert told(ponds, case) == "2051"


def test_who_checks_and_who_orders_see_both_accounts(ponds: Ponds, clock: Clock) -> None:
    case = ask(ponds, clock, NEW, OLD)
    with open_desks(ponds) as desks:
        officer, head = desks.of("officer"), desks.of("head", "en")
        page = officer.read(f"/tasks/{ponds.tasks(case.id)['look'].id}")
        assert "Das Konto ist nicht das bestätigte" in page
        assert "DE02 … 2051" in page
        assert "DE89 … 3000" in page
        ponds.complete("officer", case, "look")
        address = f"/tasks/{ponds.tasks(case.id)['order'].id}"
        assert "The account is not the confirmed one" in head.read(address)
        answer = head.post(address, payment_approval="approve", _action="submit")
        assert answer.status_code == 409
        assert "names the account DE02 … 2051" in words(answer)
        assert 'name="payment_approval"' in answer.text
        confirm(ponds, NEW)
        assert "confirmed one" not in head.read(address)
