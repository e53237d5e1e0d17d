"""One account is paid and named everywhere: the organisation's confirmed one."""

from __future__ import annotations

import re
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


GIVE, CHECKED = "Bankverbindung angeben", "Ihre Bankverbindung wird geprüft"


def test_who_is_to_be_paid_is_asked_for_an_account_until_one_is_confirmed(ponds: Ponds) -> None:
    ponds.submitted()  # nothing is to be paid here yet
    with open_desks(ponds) as desks:
        mine = desks.of("applicant")
        assert GIVE not in mine.read("/my/cases")
        case = ponds.granted()
        bank = f'href="/my/bank/{ponds.organisation.id}"'
        for address in ("/my/cases", f"/my/cases/{case.id}"):
            page = mine.get(address)
            assert words(page).count(GIVE) == 1
            assert page.text.count(bank) >= 1
        owner = Owner(organisation_id=ponds.organisation.id)
        row = ponds.do("applicant", bank_accounts.propose, owner, "Froschfreunde", OLD)
        for address in ("/my/cases", f"/my/cases/{case.id}"):
            page = mine.read(address)
            assert (GIVE in page, CHECKED in page) == (False, True)
        ponds.do("officer", bank_accounts.decide, row.id, confirm=False)
        assert GIVE in mine.read("/my/cases")
        confirm(ponds, OLD)
        for address in ("/my/cases", f"/my/cases/{case.id}"):
            page = mine.read(address)
            assert (GIVE in page, CHECKED in page) == (False, False)


def fields_of(page: str) -> dict[str, str]:
    """What stands in the form of the bank details."""
    return dict(re.findall(r'<input[^>]* name="(holder|iban|reason)"[^>]* value="([^"]*)"', page))


def test_the_account_a_request_names_is_proposed_by_one_click(ponds: Ponds, clock: Clock) -> None:
    case = ask(ponds, clock, NEW)
    with open_desks(ponds) as desks:
        officer, head = desks.of("officer"), desks.of("head")
        look = ponds.tasks(case.id)["look"]
        address = f"/cases/{case.id}/bank?process={look.instance_id}"
        assert f'href="{address}"' in officer.get(f"/tasks/{look.id}").text
        filled = fields_of(officer.get(address).text)
        assert filled == {"holder": "Froschfreunde", "iban": NEW}
        assert fields_of(officer.get(f"/cases/{case.id}/bank").text)["iban"] == ""
        assert officer.post(f"/cases/{case.id}/bank", **filled).status_code == 303
        assert "wartet auf Bestätigung" in head.read(address)
        confirm_only(ponds)
        order(ponds, case)
    assert state(ponds, case) == "ordered"


def confirm_only(ponds: Ponds) -> None:
    """Somebody else confirms what the officer proposed."""
    owner = Owner(organisation_id=ponds.organisation.id)
    (row,) = ponds.look("head", bank_accounts.history, owner)
    ponds.do("head", bank_accounts.decide, row.id, confirm=True)


def test_a_change_of_account_out_of_a_request_brings_its_reason(ponds: Ponds, clock: Clock) -> None:
    case = ask(ponds, clock, NEW, OLD)
    with open_desks(ponds) as desks:
        head = desks.of("head", "en")
        look = ponds.tasks(case.id)["look"]
        page = head.get(f"/cases/{case.id}/bank?process={look.instance_id}").text
        assert fields_of(page)["reason"] == "The payment request names this account."
        ponds.complete("officer", case, "look")
        order_page = f"/tasks/{ponds.tasks(case.id)['order'].id}"
        blocked = head.post(order_page, payment_approval="approve", _action="submit")
        assert blocked.status_code == 409
        assert f'href="/cases/{case.id}/bank?process={look.instance_id}"' in blocked.text
