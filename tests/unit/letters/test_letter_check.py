"""The checker finds what it looks for: each property is broken once."""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pytest

from grantflow import letters
from grantflow.texts import text

PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def _broken(pdf: bytes, change, **save) -> list[str]:
    with pikepdf.open(BytesIO(pdf)) as document:
        change(document)
        target = BytesIO()
        document.save(target, **save)
    problems = letters.check(target.getvalue())
    for problem in problems:
        for language in ("de", "en"):
            assert problem.key not in text(problem.key, language, **problem.params)
    return sorted({problem.key.removeprefix("letters.check.") for problem in problems})


def _without(*names):
    def change(document):
        for name in names:
            del document.Root[name]

    return change


def _no_scope(document):
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/TH":
            each.A = pikepdf.Array([pikepdf.Dictionary(O=pikepdf.Name.Table)])


def _no_fonts(document):
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary) and "/FontFile2" in each:
            del each["/FontFile2"]


def _loose_text(document):
    page = document.pages[0]
    loose = document.make_stream(b"BT /F1 12 Tf (x) Tj ET")
    page.Contents = pikepdf.Array([page.Contents, loose])


def _link(document):
    action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://moon.example")
    document.pages[0].Annots = pikepdf.Array(
        [pikepdf.Dictionary(Type=pikepdf.Name.Annot, A=action), pikepdf.Dictionary()]
    )


def _no_ids(document):
    with document.open_metadata() as metadata:
        for name in ("pdfaid:part", "pdfuaid:part", "dc:title"):
            del metadata[name]


def _script(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="x")


def _elements(document, kind):
    return [
        each
        for each in document.objects
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == kind
    ]


def _unknown_header(document):
    _elements(document, "/TD")[0].A.Headers = pikepdf.Array([pikepdf.String("nobody")])


def _no_header_cells(document):
    for cell in _elements(document, "/TH"):
        cell.S = pikepdf.Name.TD


def _skipped_heading(document):
    _elements(document, "/H2")[0].S = pikepdf.Name.H4


def _turned_around(document):
    kids = document.Root.StructTreeRoot.K[0].K
    document.Root.StructTreeRoot.K[0].K = pikepdf.Array(reversed(list(kids)))


def _other_paper(document):
    document.pages[0].MediaBox = pikepdf.Array([0, 0, 612, 792])


def _turned_page(document):
    document.pages[0].Rotate = 90


def _file(document):
    return document.Root.AF[0]


def _loose_file(document):
    del document.Root["/AF"]


def _no_relationship(document):
    del _file(document)["/AFRelationship"]


def _no_date(document):
    del _file(document).EF.F.Params["/ModDate"]


def _no_content(document):
    del _file(document)["/EF"]


def _no_json(document):
    _file(document).EF.F.write(b"{no json")


def _vast_data(document):
    _file(document).EF.F.Params.Size = 10**9


def _other_data(document):
    _file(document).EF.F.write(b"<xml/>")
    _file(document).EF.F.Subtype = pikepdf.Name("/application/xml")


def _no_pages(document):
    while len(document.pages):
        del document.pages[0]


def _wiped(document):
    for page in document.pages:
        page.Contents = document.make_stream(b"")


def _moved(right, up):
    def change(document):
        for page in document.pages:
            page.contents_add(f"1 0 0 1 {right} {up} cm".encode(), prepend=True)

    return change


def _shifted_window(document):
    document.pages[1].contents_add(b"1 0 0 1 12 0 cm", prepend=True)


def _reversed_pages(document):
    document.pages.reverse()


def _reversed_tree_of_pages(document):
    kids = document.Root.Pages.Kids
    document.Root.Pages.Kids = pikepdf.Array(reversed(list(kids)))


def _lang(tag):
    def change(document):
        document.Root.Lang = tag

    return change


def _no_unicode(document):
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary) and "/ToUnicode" in each:
            del each["/ToUnicode"]


def _unknown_kind(document):
    for each in _elements(document, "/P"):
        each.S = pikepdf.Name("/Foo")


def _mapped_kind(target):
    def change(document):
        _unknown_kind(document)
        document.Root.StructTreeRoot.RoleMap = pikepdf.Dictionary(Foo=pikepdf.Name(target))

    return change


def _no_data(document):
    del document.Root["/AF"]
    del document.Root.Names["/EmbeddedFiles"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_no_pages, {"no_pages"}),
        (_wiped, {"empty_page"}),
        (_moved(0, 200), {"text_off_page"}),
        (_moved(0, -200), {"text_off_page"}),
        (_moved(200, 0), {"text_off_page", "no_address"}),
        (_moved(-200, 0), {"text_off_page", "no_address"}),
        (_shifted_window, {"no_address"}),
        (_reversed_pages, {"page_gone", "reading_order"}),
        (_reversed_tree_of_pages, {"reading_order"}),
        (_lang("Deutsch"), {"language_unknown"}),
        (_lang("de_DE"), {"language_unknown"}),
        (_lang("sr-Latn-RS"), set()),
        (_no_unicode, {"font_not_readable"}),
        (_unknown_kind, {"kind_unknown"}),
        (_mapped_kind("/P"), set()),
        (_mapped_kind("/Foo"), {"kind_unknown"}),
        (_no_data, {"no_data"}),
    ],
)
def test_what_would_go_wrong_with_a_letter_on_paper_or_aloud_is_found(long_decision, change, found):
    keys = set(_broken(long_decision.pdf, change))
    assert keys & found if change is _reversed_pages else found <= keys
    assert bool(keys) == bool(found)


def test_a_letter_behind_a_password_is_told(rendered):
    locked = pikepdf.Encryption(owner="x", user="secret")
    keys = _broken(rendered("reminder").pdf, lambda _: None, encryption=locked)
    assert keys == ["password"]


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_thousand_overwritten_bytes_are_found(long_decision, share):
    pdf = bytearray(long_decision.pdf)
    start = int(len(pdf) * share)
    pdf[start : start + 1000] = b"\x55" * 1000
    assert letters.check(bytes(pdf))


def test_the_address_shows_in_the_window_of_every_shipped_letter(rendered, shipped_name):
    keys = {problem.key for problem in letters.check(rendered(shipped_name).pdf)}
    assert "letters.check.no_address" not in keys


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_without("/Lang"), ["no_language"]),
        (_without("/ViewerPreferences"), ["title_hidden"]),
        (_without("/MarkInfo"), ["not_tagged"]),
        (_without("/StructTreeRoot"), ["not_tagged"]),
        (_without("/OutputIntents"), ["no_output_intent"]),
        (_without("/Outlines"), ["no_bookmarks"]),
        (_no_scope, ["header_scope"]),
        (_no_fonts, ["font_not_embedded"]),
        (_loose_text, ["untagged_text"]),
        (_link, ["external_link"]),
        (_script, ["active_content"]),
        (_unknown_header, ["header_unknown"]),
        (_no_header_cells, ["table_without_header"]),
        (_skipped_heading, ["heading_skipped"]),
        (_other_paper, ["not_a4"]),
        (_turned_page, ["not_a4"]),
        (_loose_file, ["file_not_associated"]),
        (_no_relationship, ["file_relationship"]),
        (_no_date, ["file_facts"]),
        (_no_content, ["file_facts"]),
        (_no_json, ["data_unreadable"]),
        (_vast_data, ["data_unreadable"]),
        (_other_data, []),
        (_no_ids, ["no_pdfa", "no_pdfua", "no_title"]),
    ],
)
def test_each_broken_property_is_found(long_decision, change, found):
    assert _broken(long_decision.pdf, change) == found


def test_a_long_letter_is_without_fault(long_decision):
    assert long_decision.pages > 3
    assert letters.check(long_decision.pdf) == []


def test_an_encrypted_letter_is_found(rendered):
    locked = pikepdf.Encryption(owner="x", user="")
    keys = _broken(rendered("reminder").pdf, lambda _: None, encryption=locked)
    assert keys == ["encrypted"]


def test_a_picture_without_text_is_found(caplog):
    html = f'<html lang="de"><title>x</title><p>x<img src="{PICTURE}"></html>'
    keys = {problem.key for problem in letters.check(letters.render(html).pdf)}
    assert keys >= {"letters.check.no_alt", "letters.check.no_address", "letters.check.no_data"}


def test_pages_read_out_in_another_order_are_found(long_decision):
    assert "reading_order" in _broken(long_decision.pdf, _turned_around)


@pytest.mark.parametrize("rubbish", [b"", b"no pdf at all", b"%PDF-1.7", b"%PDF-1.7\n\x00" * 999])
def test_rubbish_is_no_pdf(rubbish):
    assert [problem.key for problem in letters.check(rubbish)] == ["letters.check.unreadable"]


def _nested(document):
    inner = pikepdf.Dictionary(S=pikepdf.Name.P)
    for _ in range(300):
        inner = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Table, K=inner))
    document.Root.StructTreeRoot.K = inner


def _circle(document):
    table = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Table))
    table.K = pikepdf.Array([table])
    document.Root.StructTreeRoot.K = table


def _nonsense(document):
    root = document.Root
    root.AF, root.Names, root.StructTreeRoot.K, root.MarkInfo = 1, 2, "three", pikepdf.Array()


def _odd_seal(document):
    value = pikepdf.Dictionary(ByteRange=pikepdf.Array([pikepdf.Name.A]))
    field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, V=value)
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))


@pytest.mark.parametrize("change", [_nested, _circle, _nonsense, _odd_seal])
def test_hostile_files_get_an_answer(rendered, change):
    assert _broken(rendered("payment_notice").pdf, change)


@pytest.mark.parametrize("start", range(0, 96, 9))
def test_damaged_files_get_an_answer(rendered, start):
    pdf = bytearray(rendered("reminder").pdf)
    for place in range(len(pdf) * start // 100, len(pdf) * (start + 4) // 100):
        pdf[place] ^= 0x55
    assert all(isinstance(problem.key, str) for problem in letters.check(bytes(pdf)))
