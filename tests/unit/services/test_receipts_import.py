"""Receipt lists from CSV, XLSX and ODS: all or nothing, with errors row by row."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from string import ascii_uppercase

import pytest

from grantflow.errors import Invalid
from grantflow.services import receipts_import
from grantflow.services.receipts_header import Header
from grantflow.services.receipts_import import Entry, checked, parse
from grantflow.services.receipts_table import Cell, Line
from grantflow.texts import text

HEAD = "Belegnummer;Bezahlt am;Empfänger;Grund der Zahlung;Position des Plans;Betrag"
PLAN = ("Personal", "Sachmittel")


def csv(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows)).encode()


def faults(
    content: bytes, name: str = "liste.csv", plan: tuple[str, ...] = PLAN
) -> Mapping[str, str]:
    """The keys of all problems by their place; every one has a text in both languages."""
    with pytest.raises(Invalid) as caught:
        parse(name, content, plan)
    for problem in caught.value.problems:
        for language in ("de", "en"):
            said = text(problem.key, language, **problem.params)
            assert said != problem.key
            assert "{" not in said
    return {problem.place: problem.key for problem in caught.value.problems}


def test_a_german_list_with_semicolons_is_read() -> None:
    found = parse("liste.csv", csv("17;31.03.2027;Druckerei;Plakate;sachmittel;1.234,56"), PLAN)
    assert found == (
        Entry(date(2027, 3, 31), "Druckerei", "Plakate", Decimal("1234.56"), "17", "Sachmittel", 2),
    )


def test_an_english_list_with_commas_is_read() -> None:
    content = csv(
        '17,2027-03-31,Printer,Posters,2,"1,234.56"',
        "18,31/03/2027,Printer,Flyers,1,99.5",
        head="No.,Payment date,Payee,Purpose,Budget line,Amount",
    )
    first, second = parse("list.csv", content, PLAN)
    assert (first.amount, first.line) == (Decimal("1234.56"), "Sachmittel")
    assert (second.amount, second.paid_on) == (Decimal("99.50"), date(2027, 3, 31))


def test_columns_may_stand_in_any_order_below_a_letterhead() -> None:
    content = csv(
        "Verein e. V.;;;",
        "Betrag;Datum;Empfänger;Zweck",
        "10,00;1.2.2027;Amt;Gebühr",
        ";;;",
        "Summe;;;",
        head="Belegliste;;;",
    )
    (found,) = parse("liste.csv", content)
    assert (found.payee, found.paid_on, found.row) == ("Amt", date(2027, 2, 1), 4)


def test_lists_saved_by_german_excel_in_windows_1252_are_read() -> None:
    content = csv("1;01.02.2027;Müller;Getränke;Personal;5,00").decode().encode("cp1252")
    assert parse("liste.csv", content, PLAN)[0].payee == "Müller"


def test_every_fault_is_told_with_row_and_column_and_nothing_is_taken_over() -> None:
    content = csv(
        "1;31.02.2027;A;Grund;Personal;5,00",
        "2;01.03.1927;A;Grund;Personal;5,00",
        "3;01.03.2027;;Grund;Personal;5,00",
        "4;01.03.2027;A;Grund;Reisen;5,00",
        "5;01.03.2027;A;Grund;;5,00",
        "6;01.03.2027;A;Grund;Personal;5,005",
        "7;01.03.2027;A;Grund;Personal;1.23.4,5",
        "8;01.03.2027;A;Grund;Personal;-5,00",
        "9;01.03.2027;A;Grund;Personal;99.999.999,00",
        "10;01.03.2027;A;Grund;Personal;viel",
        "11;;A;Grund;Personal;",
        f"12;01.03.2027;{'A' * 201};Grund;Personal;1,00",
        "13;01.03.2027;A;Grund;Personal;1,00",
    )
    assert faults(content) == {
        "2.paid_on": "receipts.cell.date",
        "3.paid_on": "receipts.cell.year",
        "4.payee": "receipts.cell.missing",
        "5.line": "receipts.cell.line",
        "6.line": "receipts.cell.line_missing",
        "7.amount": "receipts.cell.cents",
        "8.amount": "receipts.cell.separators",
        "9.amount": "receipts.cell.not_positive",
        "10.amount": "receipts.cell.absurd",
        "11.amount": "receipts.cell.amount",
        "12.paid_on": "receipts.cell.missing",
        "12.amount": "receipts.cell.missing",
        "13.payee": "receipts.cell.too_long",
    }


def test_a_shifted_row_is_recognised_as_such() -> None:
    content = csv(
        "1;;01.03.2027;Druckerei;Plakate;Personal;5,00",
        "01.03.2027;Druckerei;Plakate;Personal;6,00",
    )
    assert faults(content) == {
        "2.row": "receipts.row.shifted_right",
        "3.row": "receipts.row.shifted_left",
    }


def test_one_column_is_one_column() -> None:
    with pytest.raises(Invalid) as caught:
        parse("liste.csv", csv("1;;01.03.2027;Druckerei;Plakate;Personal;5,00"), PLAN)
    (problem,) = caught.value.problems
    assert "stehen eine Spalte zu weit rechts" in text(problem.key, "de", **problem.params)


def test_faults_are_told_in_the_order_of_the_rows() -> None:
    rows = ["1;01.03.2027;A;Grund;Personal;1.234", "2;32.03.2027;A;Grund;Personal;12.50"]
    many = [*rows, rows[0], rows[1]]
    assert list(faults(csv(*many))) == ["2.amount", "3.paid_on", "4.amount", "5.paid_on"]


COMMAS = "Datum,Empfänger,Grund,Betrag"


@pytest.mark.parametrize("row", ["01.02.2026,M,y,1250,99", "Summe,,,1250,99"])
def test_cents_behind_a_comma_that_borders_cells_are_not_lost(row: str) -> None:
    first = '01.02.2026,M,x,"1,00"'
    assert faults(csv(first, row, head=COMMAS), plan=()) == {"3.row": "receipts.row.beyond"}


def test_empty_cells_beyond_the_header_are_nothing() -> None:
    assert len(parse("liste.csv", csv("01.02.2026,M,y,1250,,", head=COMMAS))) == 1


@pytest.mark.parametrize(
    "head", ["Datum;Empfänger;Grund;Betrag;Betrag", "Datum;Empfänger;Grund;Summe;Betrag"]
)
def test_a_header_with_the_same_column_twice_is_refused(head: str) -> None:
    found = faults(csv("01.02.2026;M;y;1,00;2,00", head=head), plan=())
    assert found == {"amount": "receipts.file.column_twice"}


def test_a_list_that_mixes_two_ways_of_writing_is_refused() -> None:
    rows = [f"1;01.03.2027;A;Grund;Personal;{amount}" for amount in ("1.234", "12.50", "7,10")]
    assert faults(csv(*rows)) == {"2.amount": "receipts.row.two_styles"}
    german = parse("liste.csv", csv(rows[0], rows[2]), PLAN)
    assert [entry.amount for entry in german] == [Decimal(1234), Decimal("7.10")]


@pytest.mark.parametrize(
    ("others", "asked"), [((12.34, 5), True), ((5, 7), True), (("12,34", "5"), False)]
)
def test_a_text_among_the_numbers_of_a_workbook_is_asked_about(
    others: tuple[Cell, ...], asked: bool
) -> None:
    rows = [Line(number, (raw,)) for number, raw in enumerate(("1.234", *others), 2)]
    found = receipts_import._two_styles(rows, Header(1, {"amount": 0}))
    assert [problem.place for problem in found] == (["2.amount"] if asked else [])


def test_signs_that_cannot_be_seen_are_taken_out() -> None:
    row = "1;01.03.2027;\x07Dru\u202ecker\u200bei\x1b;Zeile\x7feins;Personal;5,00"
    (found,) = parse("liste.csv", csv(row), PLAN)
    assert (found.payee, found.reason) == ("Druckerei", "Zeile eins")
    values, problems = checked(
        {"paid_on": "1.3.2027", "payee": "\x00", "reason": "a\nb", "amount": "1"}
    )
    assert values["reason"] == "a b"
    assert [(one.place, one.key) for one in problems] == [("payee", "receipts.cell.missing")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_lists_saved_as_unicode_text_are_read(encoding: str) -> None:
    written = csv("1;01.02.2027;Müller;Getränke;Personal;5,00").decode().replace(";", "\t")
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    content = (mark + written).encode(encoding)
    assert parse("liste.csv", content, PLAN)[0].payee == "Müller"


def test_half_a_sign_of_unicode_text_is_no_list() -> None:
    assert faults(b"\xff\xfea") == {"file": "receipts.file.unreadable"}


def test_a_total_must_be_the_sum_of_the_list() -> None:
    row = "1;01.03.2027;A;Grund;Personal;5,00"
    assert len(parse("liste.csv", csv(row, "Summe;;;;;5,00"), PLAN)) == 1
    assert faults(csv(row, "Gesamtsumme:;;;;;6,00")) == {"3.amount": "receipts.row.total"}


def test_missing_columns_are_named_with_what_they_may_be_called() -> None:
    found = faults(b"Nummer;Text\n1;x")
    assert found == dict.fromkeys(
        ("paid_on", "payee", "reason", "amount"), "receipts.file.no_column"
    )


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("liste.pdf", b"%PDF-", "kind"),
        ("liste", b"a", "kind"),
        ("liste.csv", b"", "empty"),
        ("liste.csv", b"\n;;\n", "empty"),
        ("liste.csv", b"a\x00b", "unreadable"),
        ("liste.xlsx", b"PK not a zip", "unreadable"),
        ("liste.csv", HEAD.encode(), "no_rows"),
        ("liste.csv", HEAD.encode() + b"\nx" * 5_001, "too_long"),
    ],
)
def test_files_that_are_no_lists_are_refused(name: str, content: bytes, key: str) -> None:
    assert faults(content, name) == {"file": f"receipts.file.{key}"}


def test_an_archive_that_would_unpack_to_gigabytes_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 100_000_001)
    assert faults(buffer.getvalue(), "liste.xlsx") == {"file": "receipts.file.unreadable"}


@pytest.mark.parametrize("far", ["XFD1048576", "CV1048576"])
def test_two_cells_far_apart_do_not_take_the_server_with_them(far: str) -> None:
    """Every reader reserves the room between them: half a terabyte for the last cell there is."""
    assert faults(xlsx("A1", far), "liste.xlsx") == {"file": "receipts.file.sprawling"}


def test_a_workbook_with_too_many_rows_is_told_how_many() -> None:
    assert faults(xlsx("A1", "B5001"), "liste.xlsx") == {"file": "receipts.file.too_long"}


def xlsx(*places: str) -> bytes:
    """A sheet with a text in these cells, written by hand."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    there = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rows = "".join(
        f'<row r="{place.lstrip(ascii_uppercase)}"><c r="{place}" t="inlineStr"><is><t>x</t></is>'
        "</c></row>"
        for place in places
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{there}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "_rels/.rels": _related(f"{there}/officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": _related(f"{there}/worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData>'
        "</worksheet>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _related(kind: str, target: str) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kind}" Target="{target}"/></Relationships>'
    )


def test_workbooks_keep_dates_and_amounts_as_they_are() -> None:
    (found,) = parse("liste.ods", ods(), PLAN)
    assert found == Entry(date(2027, 3, 31), "Amt", "Gebühr", Decimal("12.10"), "7", "Personal", 2)


def ods() -> bytes:
    """A small OpenDocument sheet, written by hand."""
    head = "".join(_cell(title) for title in HEAD.split(";"))
    row = "".join(
        (
            '<table:table-cell office:value-type="float" office:value="7"/>',
            '<table:table-cell office:value-type="date" office:date-value="2027-03-31"/>',
            _cell("Amt"),
            _cell("Gebühr"),
            _cell("Personal"),
            '<table:table-cell office:value-type="float" office:value="12.1"/>',
        )
    )
    rows = f"<table:table-row>{head}</table:table-row><table:table-row>{row}</table:table-row>"
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="A">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest='
        '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return buffer.getvalue()


def _cell(words: str) -> str:
    return (
        f'<table:table-cell office:value-type="string"><text:p>{words}</text:p></table:table-cell>'
    )
