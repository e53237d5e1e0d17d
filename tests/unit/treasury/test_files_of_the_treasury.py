"""Payment orders are valid and always the same; reports are read whole or refused by row."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree
from sepaxml.validation import try_valid_xml

from grantflow.errors import Invalid
from grantflow.treasury import Order, Payer, pain001, plain, read_iban, read_report, spaced, table

PAYER = Payer("Behörde für Gewässer", "DE89370400440532013000", "COBADEFFXXX")
ORDERS = [
    Order("GF-1-1", "T-1", "Brücken & Söhne e. V.", "DE02120300000000202051", "", Decimal("0.01"),
          "T-1 Teich"),
    Order("GF-1-2", "T-2", "=Formel GmbH", "FR1420041010050500013M02606", "PSSTFRPP",
          Decimal("99999.99"), "T-2 Übersicht"),
]  # fmt: skip
MADE = datetime(2027, 3, 1, 9, tzinfo=UTC)
HEAD = "end_to_end_id;amount;status;date;reason"


def orders() -> bytes:
    return pain001("GF-1", MADE, date(2027, 3, 2), PAYER, ORDERS)


def test_orders_are_valid_and_the_same_every_time() -> None:
    xml = orders()
    try_valid_xml(xml, "pain.001.001.09")
    assert xml == orders()
    root = etree.fromstring(xml)
    assert root.findtext(".//{*}CtrlSum") == "100000.00"
    assert root.findtext(".//{*}Dbtr/{*}Nm") == "Behoerde fuer Gewaesser"
    names = [node.text for node in root.iterfind(".//{*}Cdtr/{*}Nm")]
    assert names == ["Bruecken & Soehne e. V.", "=Formel GmbH"]


@pytest.mark.parametrize(
    ("amount", "iban", "key"),
    [
        ("0", ORDERS[0].iban, "money.order_amount"),
        ("-1", ORDERS[0].iban, "money.order_amount"),
        ("1.005", ORDERS[0].iban, "money.order_amount"),
        ("1", "DE02120300000000202052", "money.iban_check_digits"),
        ("1", "", "money.iban_missing"),
    ],
)
def test_an_order_that_cannot_be_paid_is_named(amount: str, iban: str, key: str) -> None:
    order = Order("GF-1-9", "T-9", "Verein", iban, "", Decimal(amount), "Teich")
    with pytest.raises(Invalid) as refused:
        pain001("GF-1", MADE, date(2027, 3, 2), PAYER, [*ORDERS, order])
    assert [(p.key, p.place) for p in refused.value.problems] == [(key, "GF-1-9")]


def test_a_file_the_bank_would_refuse_is_never_made() -> None:
    nameless = Order("GF-1-9", "T-9", "", ORDERS[0].iban, "", Decimal(1), "Teich")
    with pytest.raises(etree.DocumentInvalid, match="Nm"):
        pain001("GF-1", MADE, date(2027, 3, 2), PAYER, [nameless])


def test_a_file_needs_orders_and_an_account_to_pay_from() -> None:
    with pytest.raises(Invalid) as refused:
        pain001("GF-1", MADE, date(2027, 3, 2), Payer("Behörde", "DE89", ""), [])
    found = [(p.key, p.place) for p in refused.value.problems]
    assert found == [("money.iban_wrong", "payer"), ("money.orders_missing", "orders")]


def test_the_table_holds_no_formulas() -> None:
    first, second, third = table(ORDERS, date(2027, 3, 2)).decode().splitlines()
    assert first.startswith("end_to_end_id;reference;holder;iban")
    assert second.split(";")[5] == "0.01"
    assert third.split(";")[2] == "'=Formel GmbH"


def test_texts_are_cut_and_freed_of_signs_banks_do_not_take() -> None:
    assert plain("Größe\nund Maß", 9) == "Groesse u"
    assert spaced("DE89370400440532013000") == "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("", "money.iban_missing"),
        ("DE89 3704 0044 0532 0130 01", "money.iban_check_digits"),
        ("DE89 3704 0044 0532 0130", "money.iban_length"),
        ("Sparkasse", "money.iban_wrong"),
        ("TR330006100519786457841326", "money.iban_country"),
    ],
)
def test_a_wrong_iban_is_refused_with_what_is_wrong(typed: str, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_iban(typed)
    assert [(p.key, p.place) for p in refused.value.problems] == [(key, "iban")]


def test_an_iban_is_taken_with_blanks_and_small_letters() -> None:
    found = read_iban(" de89 3704 0044 0532 0130 00 ")
    assert (found.iban, found.bic) == ("DE89370400440532013000", "COBADEFFXXX")


def report(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows]).encode("utf-8-sig")


def test_a_table_of_the_treasury_is_read() -> None:
    found = read_report(report("A;1,50;PAID;2027-03-03;", "", "B;2.00;returned;2027-03-04;AC04"))
    first, second = found.lines
    assert (first.end_to_end_id, first.amount, first.outcome) == ("A", Decimal("1.50"), "paid")
    assert (second.row, second.outcome, second.reason) == (4, "returned", "AC04")
    assert second.on == date(2027, 3, 4)


@pytest.mark.parametrize(
    ("content", "key", "place"),
    [
        (b"", "money.report_empty", "file"),
        (HEAD.encode(), "money.report_empty", "file"),
        (b"\xff\xfe\xff", "money.report_unreadable", "file"),
        (b"a;b;c", "money.report_columns", "1"),
        (report("A;1.00;paid"), "money.report_cells", "2"),
        (report(";1.00;paid;2027-03-03;"), "money.report_no_id", "2"),
        (report("A;1.005;paid;2027-03-03;"), "money.report_amount", "2"),
        (report("A;1.00;done;2027-03-03;"), "money.report_status", "2"),
        (report("A;1.00;paid;3.3.2027;"), "money.report_date", "2"),
        (report("A;1.00;paid;2027-03-03;", "A;1.00;paid;2027-03-03;"), "money.report_twice", "3"),
        (b"<not xml", "money.report_unreadable", "file"),
        (b"<html/>", "money.report_other_kind", "file"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "money.report_unreadable", "file"),
    ],
)
def test_what_is_no_report_is_refused_by_row(content: bytes, key: str, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_report(content)
    assert [(p.key, p.place) for p in refused.value.problems] == [(key, place)]


def status(inner: str, message: str = "GF-1", group: str = "") -> bytes:
    whole = f"<GrpSts>{group}</GrpSts>" if group else ""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        "<GrpHdr><CreDtTm>2027-03-03T08:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>{whole}</OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts>{inner}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def transaction(name: str, code: str, amount: str = "") -> str:
    worth = f"<OrgnlTxRef><Amt><InstdAmt>{amount}</InstdAmt></Amt></OrgnlTxRef>" if amount else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{name}</OrgnlEndToEndId><TxSts>{code}</TxSts>"
        f"{worth}</TxInfAndSts>"
    )


def test_a_status_report_of_the_bank_is_read() -> None:
    found = read_report(
        status(
            transaction("A", "ACSC", "1.50") + transaction("B", "RJCT") + transaction("C", "PDNG")
        )
    )
    assert (found.kind, found.message_id) == ("pain.002", "GF-1")
    assert [line.outcome for line in found.lines] == ["paid", "returned", ""]
    assert found.lines[0].amount == Decimal("1.50")
    assert found.lines[1].on == date(2027, 3, 3)
    assert read_report(status("", group="RJCT")).of_all == "returned"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (status("", message=""), "money.report_no_message"),
        (status(transaction("A", "XXXX")), "money.report_status"),
        (status(transaction("", "ACSC")), "money.report_no_id"),
        (status(transaction("A", "ACSC", "1,5")), "money.report_amount"),
        (status("", group="WHAT"), "money.report_status"),
    ],
)
def test_a_status_report_that_says_the_unknown_is_refused(content: bytes, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_report(content)
    assert key in [p.key for p in refused.value.problems]
