"""Reports of the treasury: read back whole or not at all, each once, with days that can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from tests.integration.purse import Purse
from tests.integration.test_payment_files import (
    TOMORROW,
    keys,
    names,
    ordered,
    read,
    released,
    report,
)

from grantflow.clock import at
from grantflow.errors import Conflict, Invalid, NotAllowed
from grantflow.services import ledger, payment_files


def status_report(message: str, *transactions: tuple[str, str], group: str = "") -> bytes:
    lines = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{name}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        for name, status in transactions
    )
    whole = f"<GrpSts>{group}</GrpSts>" if group else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>K1</MsgId><CreDtTm>2027-02-03T08:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>{whole}</OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts>{lines}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def test_a_report_makes_payments_paid_or_returned_and_the_ledger_follows(purse: Purse) -> None:
    first, second = ordered(purse, "100.00"), ordered(purse, "50.00")
    file = released(purse, first, second)
    entries = payment_files.entries(purse.session, purse.officer, file.id)
    name = {entry.payment_id: entry.end_to_end_id for entry in entries}
    one, two = name[first.id], name[second.id]
    row = read(
        purse, report(f"{one};100,00;paid;2027-02-03;", f"{two};50.00;returned;2027-02-03;AC04")
    )
    assert (row.kind, row.paid, row.returned) == ("csv", 1, 1)
    assert (first.state, second.state) == ("paid", "returned")
    assert purse.sums(2027) == {
        "appropriation": Decimal(1000),
        "committed": Decimal(50),
        "paid": Decimal(100),
    }
    assert ledger.position(purse.session, second.case_id).available == Decimal("50.00")
    assert purse.sound()
    mails = text("select args from procrastinate_jobs where task_name = 'tell'")
    told = list(purse.session.execute(mails).scalars())
    assert {(one["template"], one["case_id"]) for one in told} == {
        ("payment_returned", str(second.case_id))
    }
    assert {one["to"] for one in told} == {"CASE_OFFICER", "applicant"}


@pytest.mark.parametrize("group", ["", "ACSC"])
def test_the_banks_own_report_is_read_too(purse: Purse, group: str) -> None:
    payment = ordered(purse, "100.00")
    file = released(purse, payment)
    (name,) = names(purse, file)
    lines = () if group else ((name, "RJCT"),)
    with at(datetime(2027, 2, 2, 18, tzinfo=UTC)):  # the day of its execution
        read(purse, status_report(file.message_id, *lines, group=group))
    assert payment.state == ("paid" if group else "returned")


def test_a_payment_under_way_stays_ordered(purse: Purse) -> None:
    payment = ordered(purse, "100.00")
    file = released(purse, payment)
    (name,) = names(purse, file)
    assert read(purse, status_report(file.message_id, (name, "ACSP"))).paid == 0
    assert payment.state == "ordered"


def wrong_reports(purse: Purse, name: str) -> dict[str, tuple[bytes, list[str]]]:
    good = f"{name};100.00;paid;2027-02-03;"
    return {
        "unknown": (report(good, "X-1;1.00;paid;2027-02-03;"), ["money.report_unknown"]),
        "amount": (
            report(f"{name};100.01;paid;2027-02-03;"), ["money.report_other_amount_money"]
        ),
        "twice": (report(good, good), ["money.report_twice"]),
        "no reason": (report(f"{name};100.00;returned;2027-02-03;"), ["money.report_no_reason"]),
        "foreign": (status_report("GF-OTHER", (name, "ACSC")), ["money.report_foreign"]),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["unknown", "amount", "twice", "no reason", "foreign"])
def test_a_report_with_one_wrong_row_is_refused_whole(purse: Purse, kind: str) -> None:
    payment = ordered(purse, "100.00")
    (name,) = names(purse, released(purse, payment))
    content, wanted = wrong_reports(purse, name)[kind]
    with pytest.raises(Invalid) as refused:
        read(purse, content)
    assert keys(refused) == wanted
    assert payment.state == "ordered"
    assert purse.sums(2027)["ordered"] == Decimal("100.00")


def test_nothing_is_paid_before_the_day_of_execution_but_it_may_come_back(purse: Purse) -> None:
    payment = ordered(purse, "100")
    (name,) = names(purse, released(purse, payment))
    the_day_before = (TOMORROW - timedelta(days=1)).isoformat()
    with pytest.raises(Invalid) as refused:
        read(purse, report(f"{name};100,00;paid;{the_day_before};"))
    assert keys(refused) == ["money.report_day"]
    read(purse, report(f"{name};100,00;returned;{the_day_before};AC04"))
    assert payment.state == "returned"


@pytest.mark.parametrize("day", ["1900-01-01", "2027-01-31", "2027-02-10", "2999-12-31"])
def test_a_report_from_before_the_file_or_far_ahead_is_refused(purse: Purse, day: str) -> None:
    payment = ordered(purse, "100")
    (name,) = names(purse, released(purse, payment))
    with pytest.raises(Invalid) as refused:
        read(purse, report(f"{name};100,00;paid;{day};"))
    assert keys(refused) == ["money.report_day"]
    assert payment.state == "ordered"


@pytest.mark.parametrize("day", ["2027-02-03T10:00:00", "2027-02-03xyz", "03.02.2027", "20270203"])
def test_a_report_names_days_as_days(purse: Purse, day: str) -> None:
    (name,) = names(purse, released(purse, ordered(purse, "100")))
    with pytest.raises(Invalid) as refused:
        read(purse, report(f"{name};100,00;paid;{day};"))
    assert keys(refused) == ["money.report_date"]


def test_the_same_report_is_read_once(purse: Purse) -> None:
    (name,) = names(purse, released(purse, ordered(purse, "100.00")))
    content = report(f"{name};100.00;paid;2027-02-03;")
    read(purse, content)
    with pytest.raises(Conflict) as known:
        read(purse, content)
    assert known.value.key == "money.report_known"
    with pytest.raises(Invalid) as booked:
        read(purse, content + b"\r\n")
    assert keys(booked) == ["money.report_settled"]
    with pytest.raises(NotAllowed):
        read(purse, content, by=purse.applicant)
