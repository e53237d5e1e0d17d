"""The pages about money: amounts typed in, files released, lists decided, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.factories import make_actor
from tests.integration.desk import Desk, Desks, open_desks, words
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import PROGRAMME, package
from tests.integration.test_ledger_concurrency import ITEM

from grantflow.programmes.package import Package
from grantflow.services import bank_accounts, payment_files
from grantflow.services.bank_accounts import Owner
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store import ledger as rows
from grantflow.store.db import Sessions, transaction
from grantflow.store.tables import BudgetItem, Case, Payment, ProcessInstance

OURS, THEIRS = "DE89 3704 0044 0532 0130 00", "DE02 1203 0000 0000 2020 51"


def with_budget() -> Package:
    files = dict(package().files)
    facts = PROGRAMME.replace('[[calls]]\nkey = "spring"\n', ITEM + 'selection = "fill_up"\n', 1)
    files["programme.toml"] = facts.encode()
    return Package(files)


@pytest.fixture
def money(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> Iterator[Desks]:
    """The small programme with a budget item and two budget officers."""
    clock("2027-02-01T09:00")
    ponds = build(sessions, test_settings, with_budget())
    with transaction(sessions, SYSTEM.scope) as session:
        for name in ("budget", "second_budget"):
            role = ("BUDGET_OFFICER",)
            found = make_actor(session, *role, authority=ponds.authority, name=name.capitalize())
            ponds.people[name] = found
    with open_desks(ponds) as found_desks:
        yield found_desks


def item_of(ponds: Ponds) -> UUID:
    with ponds.reading() as session:
        return session.execute(select(col(BudgetItem.id))).scalar_one()


def enter(desk: Desk, item: UUID, what: str, **fields: str) -> str:
    answer = desk.post(f"/budget/{item}/{what}", form=what, **fields)
    return desk.follow(answer) if answer.status_code == 303 else words(answer)


def appropriation(desk: Desk, item: UUID, amount: str, year: str = "2027") -> str:
    reason = "Haushaltsgesetz 2027"
    return enter(desk, item, "appropriation", year=year, amount=amount, reason=reason)


def test_the_budget_officer_enters_amounts_and_everybody_sees_them(money: Desks) -> None:
    item, desk = item_of(money.ponds), money.of("budget")
    assert "Noch keine Beträge" in desk.read("/budget")
    assert "1.234,56 €" in appropriation(desk, item, "1.234,56")
    assert "nichts gebucht" in appropriation(desk, item, "1234,56")
    more = {"year": "2027", "due_year": "2028", "amount": "500", "reason": "Haushaltsplan"}
    assert "500,00 €" in enter(desk, item, "authority", **more)
    seen = money.of("head").read(f"/budget/{item}", year=2027)
    assert "Haushaltsgesetz 2027" in seen
    assert "Betrag in Euro" not in seen
    sheet = money.of("head").get(f"/budget/{item}/entries.csv").text
    assert sheet.splitlines()[1].split(";")[3:8] == [
        "appropriation", "appropriation", "2027", "2027", "1234.56",
    ]  # fmt: skip


def test_an_english_amount_that_can_be_read_two_ways_is_refused(money: Desks) -> None:
    item, desk = item_of(money.ponds), money.of("budget", "en")
    assert "Please write 12345 or 12,345.00" in appropriation(desk, item, "12.345")
    assert "12,345.00" in appropriation(desk, item, "12,345.00")
    assert "23,000.00" in appropriation(desk, item, "23,000")
    assert "1000 or 1,000.00" in appropriation(desk, item, "-1.000")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1,234.567.8", "ist kein Betrag"),
        ("12,345", "mehr als zwei Nachkommastellen"),
        ("12,000", "mehr als zwei Nachkommastellen"),
        ("-5", "muss größer als null sein"),
        ("999999999999999", "unwahrscheinlich groß"),
        ("", "geben Sie einen Betrag ein"),
        ("viel", "ist kein Betrag"),
    ],
)
def test_amounts_that_make_no_sense_are_refused_beside_the_field(
    money: Desks, typed: str, said: str
) -> None:
    item, desk = item_of(money.ponds), money.of("budget")
    assert said in appropriation(desk, item, typed)
    with money.ponds.reading() as session:
        assert rows.entries_of_item(session, item, None) == []


def test_a_wrong_year_or_no_reason_is_refused(money: Desks) -> None:
    item, desk = item_of(money.ponds), money.of("budget")
    assert "ein Jahr von 2000 bis 2100" in appropriation(desk, item, "5", year="27")
    no_reason = enter(desk, item, "appropriation", year="2027", amount="5", reason=" ")
    assert "begründen Sie" in no_reason
    earlier = enter(
        desk, item, "authority", year="2027", due_year="2027", amount="5", reason="Haushalt"
    )
    assert "späteres Jahr" in earlier
    carry = enter(desk, item, "carry-over", year="2027", amount="5", reason="Ausgaberest")
    assert "höchstens" in carry


def ordered(ponds: Ponds, amount: str) -> Case:
    """A granted case with an ordered payment, as rows."""
    case = ponds.submitted()
    with ponds.transaction(SYSTEM) as session:
        payment = Payment(
            case_id=case.id, authority_id=case.authority_id, amount=Decimal(amount),
            state="ordered", requested_at=case.opened_at, ordered_at=case.opened_at,
            certified_by=ponds.who("officer").account_id, ordered_by=ponds.who("head").account_id,
        )  # fmt: skip
        session.add(payment)
        session.get_one(Case, case.id).approved = Decimal(amount)
    return case


def test_bank_details_with_a_wrong_check_digit_are_refused_and_right_ones_confirmed(
    money: Desks,
) -> None:
    case = ordered(money.ponds, "100.00")
    address = f"/my/bank/{money.ponds.organisation.id}"
    desk = money.of("applicant")
    wrong = desk.post(address, holder="Froschfreunde", iban="DE02 1203 0000 0000 2020 52")
    assert wrong.status_code == 422
    assert "Ihre Prüfziffer passt nicht" in words(wrong)
    nobody = words(desk.post(address, holder=" ", iban=THEIRS))
    assert "wem das Konto gehört" in nobody
    assert "wartet auf" in desk.follow(desk.post(address, holder="Froschfreunde", iban=THEIRS))
    staff = money.of("officer")
    page = f"/cases/{case.id}/bank"
    assert THEIRS in staff.read(page)
    with money.ponds.reading() as session:
        owner = Owner(organisation_id=money.ponds.organisation.id)
        (row,) = bank_accounts.history(session, money.ponds.who("officer"), owner)
    done = staff.follow(staff.post(f"{page}/{row.id}", _action="confirm"))
    assert "in Gebrauch" in done
    again = staff.post(f"{page}/{row.id}", _action="refuse")
    assert "schon entschieden" in words(again)
    own = staff.post(page, holder="Froschfreunde e. V.", iban=OURS, reason="Umzug der Bank")
    assert "wartet auf Bestätigung" in staff.follow(own)
    with money.ponds.reading() as session:
        newest = bank_accounts.history(session, money.ponds.who("officer"), owner)
        proposed = next(one for one in newest if one.state == "proposed")
    four_eyes = staff.post(f"{page}/{proposed.id}", _action="confirm")
    assert "zweite Person" in words(four_eyes)


def accounts(ponds: Ponds) -> None:
    """Both accounts, confirmed."""
    home, carrier = ponds.authority.id, ponds.organisation.id
    pairs = (
        (Owner(authority_id=home), "budget", OURS, "head"),
        (Owner(organisation_id=carrier), "applicant", THEIRS, "officer"),
    )
    for owner, by, iban, second in pairs:
        row = ponds.do(by, bank_accounts.propose, owner, "Inhaber", iban)
        ponds.do(second, bank_accounts.decide, row.id, confirm=True)


def test_a_payment_file_is_made_released_downloaded_and_read_back(money: Desks) -> None:
    ponds, desk = money.ponds, money.of("budget")
    ordered(ponds, "100.00")
    accounts(money.ponds)
    page = desk.read("/payment-files")
    assert "100,00 €" in page
    assert OURS in page
    with ponds.reading() as session:
        payment = session.execute(select(col(Payment.id))).scalar_one()
    sent = {"authority": str(ponds.authority.id), "payment": str(payment)}
    past = desk.post("/payment-files", **sent, execution_on="2027-01-01")
    assert "liegt in der Vergangenheit" in words(past)
    assert "Tag der Ausführung an" in words(desk.post("/payment-files", **sent, execution_on="x"))
    made = desk.post("/payment-files", **sent, execution_on="2027-02-02")
    address = made.headers["location"]
    assert "wartet auf Freigabe" in desk.follow(made)
    assert "zweite Person" in words(desk.post(address, _action="release"))
    twice = desk.post("/payment-files", **sent, execution_on="2027-02-02")
    assert "steht schon in einer anderen Datei" in words(twice)
    second = money.of("second_budget")
    assert second.get(f"{address}.xml").status_code == 409
    assert "freigegeben" in second.follow(second.post(address, _action="release"))
    xml = desk.get(f"{address}.xml")
    assert xml.headers["content-type"] == "application/xml"
    assert b"pain.001.001.09" in xml.content
    name = desk.get(f"{address}.csv").text.splitlines()[1].split(";")[0]
    read_back(money, name)


def read_back(money: Desks, name: str) -> None:
    desk = money.of("budget")
    head = "end_to_end_id;amount;status;date;reason\n"
    shifted = upload(desk, money.ponds, f"{head}{name};paid;100.00;2027-02-03;\n")
    assert "ist kein Betrag" in shifted
    assert "Spalten" in upload(desk, money.ponds, f"a;b\n{name};100.00\n")
    assert "leer" in upload(desk, money.ponds, "")
    good = f"{head}{name};100.00;paid;2027-02-03;\n"
    assert "1 ausgezahlt" in upload(desk, money.ponds, good)
    assert "schon eingelesen" in upload(desk, money.ponds, good)
    with money.ponds.reading() as session:
        assert session.execute(select(col(Payment.state))).scalar_one() == "paid"


def test_the_budget_officer_sees_what_the_bank_sent_back(money: Desks) -> None:
    ponds, desk = money.ponds, money.of("budget")
    case = ordered(ponds, "100.00")
    accounts(ponds)
    assert "Von der Bank zurückgekommen" not in desk.read("/payment-files")
    with ponds.reading() as session:
        payment = session.execute(select(col(Payment.id))).scalar_one()
    sent = {"authority": str(ponds.authority.id), "payment": str(payment)}
    made = desk.post("/payment-files", **sent, execution_on="2027-02-02")
    address = made.headers["location"]
    money.of("second_budget").post(address, _action="release")
    name = desk.get(f"{address}.csv").text.splitlines()[1].split(";")[0]
    head = "end_to_end_id;amount;status;date;reason\n"
    upload(desk, ponds, f"{head}{name};100.00;returned;2027-02-03;Konto erloschen\n")
    page = desk.read("/payment-files")
    assert "Von der Bank zurückgekommen 1" in page
    assert "Konto erloschen" in page
    assert f'href="/cases/{case.id}/payments"' in desk.get("/payment-files").text


def upload(desk: Desk, ponds: Ponds, content: str) -> str:
    answer = desk.client.post(
        "/payment-files/returns",
        data={"_csrf": desk.csrf, "authority": str(ponds.authority.id)},
        files={"file": ("kasse.csv", content.encode(), "text/csv")},
    )
    return desk.follow(answer) if answer.status_code == 303 else words(answer)


def test_an_order_for_a_replaced_account_is_held_until_it_is_confirmed_again(
    money: Desks, clock: Callable[[str], None]
) -> None:
    ponds, desk = money.ponds, money.of("budget")
    ordered(ponds, "100.00")
    accounts(money.ponds)
    with ponds.reading() as session:
        payment = session.execute(select(col(Payment.id))).scalar_one()
    assert f'value="{payment}" checked' in desk.get("/payment-files").text
    clock("2027-02-01T09:10")
    owner = Owner(organisation_id=ponds.organisation.id)
    row = ponds.do("applicant", bank_accounts.propose, owner, "Inhaber", OURS, "Neue Bank")
    ponds.do("officer", bank_accounts.decide, row.id, confirm=True)
    assert "Nach der Anordnung geändert" in desk.read("/payment-files")
    page = desk.get("/payment-files").text
    assert f'value="{payment}" checked' not in page
    assert f'name="_again" value="{payment}"' in page
    sent = {"authority": str(ponds.authority.id), "payment": str(payment)}
    held = desk.post("/payment-files", **sent, execution_on="2027-02-02")
    assert "bestätigen Sie die Anordnung erneut" in words(held)
    again = {"authority": str(ponds.authority.id), "_again": str(payment)}
    assert "neue Konto bestätigt" in desk.follow(desk.post("/payment-files", **again))
    assert "wartet nicht" in words(desk.post("/payment-files", **again))
    made = desk.post("/payment-files", **sent, execution_on="2027-02-02")
    assert "wartet auf Freigabe" in desk.follow(made)


def test_a_prepared_file_is_discarded_and_its_payments_wait_again(money: Desks) -> None:
    ponds, desk = money.ponds, money.of("budget")
    ordered(ponds, "100.00")
    accounts(money.ponds)
    with ponds.reading() as session:
        payment = session.execute(select(col(Payment.id))).scalar_one()
    day = date(2027, 2, 2)
    file = ponds.do("budget", payment_files.prepare, ponds.authority.id, [payment], day)
    address = f"/payment-files/{file.id}"
    assert "verworfen" in desk.follow(desk.post(address, _action="discard"))
    assert "in keiner Datei 1" in desk.read("/payment-files")


def test_the_authoritys_own_account_is_given_and_confirmed_in_the_browser(money: Desks) -> None:
    ponds, desk = money.ponds, money.of("budget")
    sent = {"authority": str(ponds.authority.id), "holder": "Teichkasse"}
    bad = desk.post("/payment-files/account", **sent, iban="DE00 0000")
    assert bad.status_code == 422
    assert "wartet auf" in desk.follow(desk.post("/payment-files/account", **sent, iban=OURS))
    with ponds.reading() as session:
        owner = Owner(authority_id=ponds.authority.id)
        (row,) = bank_accounts.history(session, ponds.who("budget"), owner)
    address = f"/payment-files/account/{row.id}"
    assert "zweite Person" in words(desk.post(address, _action="confirm"))
    other = money.of("head")
    assert "in Gebrauch" in other.follow(other.post(address, _action="confirm"))
    assert "schon entschieden" in words(other.post(address, _action="refuse"))


def scored(ponds: Ponds, score: str | None, amount: str) -> Case:
    """A case as a panel leaves it, with its mean score among the facts."""
    case = ponds.submitted()
    facts = {"average_score": score, "recommended_amount": amount} if score else {}
    with ponds.transaction(SYSTEM) as session:
        query = select(ProcessInstance).where(col(ProcessInstance.case_id) == case.id)
        for row in session.execute(query).scalars():
            row.facts = {**row.facts, **facts}
    return case


def test_a_ranked_list_is_decided_with_reasons_and_the_money_reserved(money: Desks) -> None:
    ponds = money.ponds
    item, head = item_of(ponds), money.of("head")
    first = scored(ponds, "4.5", "60.00")
    large = scored(ponds, "4.0", "50.00")
    small = scored(ponds, "3.5", "40.00")
    scored(ponds, None, "10.00")
    appropriation(money.of("budget"), item, "100")
    address = f"/rankings/{ponds.call.id}"
    assert "4 Anträge ohne Entscheidung" in head.read("/rankings")
    page = head.get(address).text
    assert page.count("kern-badge--success") == 2
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert "begründen Sie" in words(head.post(address, seen=seen, reasons=""))
    stale = head.post(address, seen="x", reasons="Nach den Punkten der Jury")
    assert "hat sich geändert" in words(stale)
    reasons = "Nach den Punkten der Jury"
    done = head.follow(head.post(address, seen=seen, reasons=reasons))
    assert reasons in done
    with ponds.reading() as session:
        found = {
            case.id: sum(line.amount for line in rows.case_lines(session, case.id))
            for case in (first, large, small)
        }
    assert found == {first.id: Decimal(60), large.id: 0, small.id: Decimal(40)}
    assert "Mittel reserviert" in head.read(f"/cases/{first.id}/timeline")
    assert "60,00 €" in head.read(f"/cases/{first.id}/payments")
