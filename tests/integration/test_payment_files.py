"""Payment files: each payment in one file, four eyes, valid XML, reports read back whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import pytest
from lxml import etree
from sepaxml.validation import try_valid_xml
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.factories import make_actor
from tests.integration.purse import OURS, THEIRS, Purse, confirmed, make_purse, with_accounts

from grantflow.clock import now as clock_now
from grantflow.clock import today
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.services import ledger, payment_files, payment_returns
from grantflow.services.bank_accounts import Owner
from grantflow.services.policy import Actor
from grantflow.store import db, suspensions
from grantflow.store import payments as payment_rows
from grantflow.store.cases import get_case
from grantflow.store.tables import Payment, PaymentFile, PaymentReturn, Suspension

Clock = Callable[[str], None]
TOMORROW = date(2027, 2, 2)


def ordered(purse: Purse, amount: str) -> Payment:
    """A payment with its ledger entries."""
    case = purse.another_case()
    ledger.commit_funds(purse.booking("commit"), case.id, purse.item.id, Decimal(amount))
    payment = purse.pay(amount, case)
    ledger.order(purse.booking("payment"), payment)
    return payment


def prepare(purse: Purse, *payments: Payment, by: Actor | None = None) -> PaymentFile:
    ids = [payment.id for payment in payments]
    return payment_files.prepare(
        purse.session, by or purse.officer, purse.authority.id, ids, TOMORROW
    )


def released(purse: Purse, *payments: Payment) -> PaymentFile:
    file = prepare(purse, *payments)
    return payment_files.release(purse.session, purse.second_officer, file.id)


def read(purse: Purse, content: bytes, by: Actor | None = None) -> PaymentReturn:
    return payment_returns.read_back(
        purse.session, by or purse.officer, purse.authority.id, "bericht.csv", content
    )


def report(*rows: str) -> bytes:
    return "\r\n".join(["end_to_end_id;amount;status;date;reason", *rows]).encode()


def names(purse: Purse, file: PaymentFile) -> list[str]:
    entries = payment_files.entries(purse.session, purse.officer, file.id)
    return [entry.end_to_end_id for entry in entries]


def keys(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [problem.key for problem in error.value.problems]


def test_a_file_is_valid_against_the_schema_and_adds_up(purse: Purse) -> None:
    file = released(purse, ordered(purse, "100.10"), ordered(purse, "200.25"))
    assert (file.payments, file.total, file.number) == (2, Decimal("300.35"), 1)
    xml = payment_files.content(purse.session, purse.officer, file.id, "xml")
    try_valid_xml(xml, "pain.001.001.09")
    assert hashlib.sha256(xml).hexdigest() == file.xml_sha256
    root = etree.fromstring(xml)
    assert root.findtext(".//{*}GrpHdr/{*}CtrlSum") == "300.35"
    assert root.findtext(".//{*}GrpHdr/{*}MsgId") == file.message_id
    assert [e.text for e in root.iter("{*}EndToEndId")] == names(purse, file)
    assert {e.text for e in root.iter("{*}IBAN")} == {OURS.replace(" ", ""), THEIRS}
    sheet = payment_files.content(purse.session, purse.officer, file.id, "csv").decode()
    assert {line.split(";")[5] for line in sheet.splitlines()[1:]} == {"100.10", "200.25"}


def test_a_payment_stands_in_one_file_only(purse: Purse) -> None:
    payment = ordered(purse, "100")
    file = prepare(purse, payment)
    with pytest.raises(Conflict) as refused:
        prepare(purse, payment)
    assert refused.value.key == "money.payment_gone"
    payment_files.discard(purse.session, purse.officer, file.id)
    again = prepare(purse, payment)
    assert again.number == 2
    assert payment_files.waiting(purse.session, purse.officer, purse.authority.id) == []


def test_a_file_needs_a_second_person_who_ordered_nothing_in_it(purse: Purse) -> None:
    file = prepare(purse, ordered(purse, "100"))
    for actor, key in ((purse.officer, "money.four_eyes"), (purse.head, "money.orderer_releases")):
        with pytest.raises(NotAllowed) as refused:
            payment_files.release(purse.session, actor, file.id)
        assert refused.value.key == key
    with pytest.raises(Conflict) as early:
        payment_files.content(purse.session, purse.officer, file.id, "xml")
    assert early.value.key == "money.file_not_released"
    payment_files.release(purse.session, purse.second_officer, file.id)
    with pytest.raises(Conflict) as late:
        payment_files.discard(purse.session, purse.second_officer, file.id)
    assert late.value.key == "money.file_state"


def contest(purse: Purse, payment: Payment) -> None:
    suspensions.add(
        purse.session,
        Suspension(
            case_id=payment.case_id, authority_id=purse.authority.id, subject="grant_decision",
            remedy="objection", blocks_payments=True, since=clock_now(),
        ),
    )  # fmt: skip


def revoke(purse: Purse, payment: Payment) -> None:
    get_case(purse.session, payment.case_id).approved = Decimal(0)


CHANGES = {
    "its content": "update payment_file set xml = 'other' where id = :file",
    "its sum": "update payment_file set total = 1 where id = :file",
    "back to prepared": "update payment_file set state = 'prepared' where id = :file",
    "the file": "delete from payment_file where id = :file",
    "an account": "update payment_file_entry set iban = 'DE00' where file_id = :file",
    "an amount": "update payment_file_entry set amount = 1 where file_id = :file",
    "a payment": "delete from payment_file_entry where file_id = :file",
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_database_itself_keeps_a_released_file_as_it_is(purse: Purse, what: str) -> None:
    file = released(purse, ordered(purse, "100"))
    with pytest.raises(NotAllowed), purse.session.begin_nested():
        purse.session.execute(text(CHANGES[what]), {"file": file.id})


@pytest.mark.parametrize("what", ["its content", "its sum", "the file", "an amount"])
def test_a_prepared_file_may_only_be_released_or_discarded(purse: Purse, what: str) -> None:
    file = prepare(purse, ordered(purse, "100"))
    with pytest.raises(NotAllowed), purse.session.begin_nested():
        purse.session.execute(text(CHANGES[what]), {"file": file.id})


@pytest.mark.parametrize(
    ("happen", "why"),
    [
        (contest, "after_award.payment_contested"),
        (revoke, "services.payments.more_than_granted_money"),
    ],
)
def test_money_of_a_contested_or_revoked_grant_goes_into_no_file(
    purse: Purse, happen: Callable[[Purse, Payment], None], why: str
) -> None:
    payment, other = ordered(purse, "100.00"), ordered(purse, "50.00")
    file = prepare(purse, payment)
    happen(purse, payment)
    happen(purse, other)
    for step in (lambda: prepare(purse, other), lambda: released_of(purse, file)):
        with pytest.raises(Conflict) as refused:
            step()
        assert refused.value.key == "money.not_owed"
        assert refused.value.params["why"].key == why
    assert file.state == "prepared"


def released_of(purse: Purse, file: PaymentFile) -> PaymentFile:
    return payment_files.release(purse.session, purse.second_officer, file.id)


def test_nobody_else_prepares_or_sees_files(purse: Purse, session: Session) -> None:
    payment = ordered(purse, "100")
    with pytest.raises(NotAllowed):
        prepare(purse, payment, by=purse.head)
    file = prepare(purse, payment)
    stranger = make_actor(session, "BUDGET_OFFICER")
    with pytest.raises(NotFound):
        payment_files.get_file(session, stranger, file.id)
    with pytest.raises(NotAllowed):
        payment_files.waiting(session, purse.applicant, purse.authority.id)


def test_without_accounts_or_in_the_past_there_is_no_file(purse: Purse, session: Session) -> None:
    bare = make_purse(session, "1000.00")
    payment = ordered(bare, "10")
    with pytest.raises(Conflict) as refused:
        prepare(bare, payment)
    assert refused.value.key == "money.no_own_account"
    confirmed(bare, Owner(authority_id=bare.authority.id), bare.officer, OURS, bare.head)
    with pytest.raises(Invalid) as nowhere:
        prepare(bare, payment)
    assert keys(nowhere) == ["money.no_account"]
    with pytest.raises(Invalid) as past:
        payment_files.prepare(session, bare.officer, bare.authority.id, [], date(2027, 1, 31))
    assert keys(past) == ["money.execution_past"]
    with pytest.raises(Conflict) as nothing:
        prepare(purse)
    assert nothing.value.key == "money.nothing_to_pay"


def test_the_days_of_order_and_payment_are_known_to_diagrams(purse: Purse) -> None:
    payment = ordered(purse, "100.00")
    first = today()
    (name,) = names(purse, released(purse, payment))
    assert payment_rows.paid_days(purse.session, payment.case_id) == (first, None)
    read(purse, report(f"{name};100.00;paid;2027-02-03;"))
    assert payment_rows.paid_days(purse.session, payment.case_id) == (first, date(2027, 2, 3))


def test_a_file_whose_day_has_passed_is_not_released(purse: Purse, clock: Clock) -> None:
    file = prepare(purse, ordered(purse, "100"))
    clock("2027-02-03T09:00")
    with pytest.raises(Conflict) as refused:
        payment_files.release(purse.session, purse.second_officer, file.id)
    assert refused.value.key == "money.file_outdated"


def test_two_files_at_once_never_share_a_payment(live_sessions: db.Sessions, clock: Clock) -> None:
    clock("2027-02-01T09:00")
    with db.transaction(live_sessions, db.SYSTEM_SCOPE) as session:
        purse = with_accounts(make_purse(session, "1000.00"))
        ids = [ordered(purse, "10.00").id for _ in range(6)]
    ready = Barrier(8)

    def attempt(number: int) -> UUID | str:
        ready.wait()
        actor = purse.officer if number % 2 else purse.second_officer
        try:
            with db.transaction(live_sessions, actor.scope) as inner:
                mine = ids if number < 4 else ids[::-1]
                return payment_files.prepare(inner, actor, purse.authority.id, mine, TOMORROW).id
        except Conflict as refused:
            return refused.key

    with ThreadPoolExecutor(8) as threads:
        came = list(threads.map(attempt, range(8)))
    assert sum(isinstance(one, UUID) for one in came) == 1
    assert came.count("money.payment_gone") == 7
    with db.reading(live_sessions, purse.officer.scope) as session:
        (file,) = payment_files.files(session, purse.officer)
        assert (file.payments, file.total) == (6, Decimal("60.00"))
