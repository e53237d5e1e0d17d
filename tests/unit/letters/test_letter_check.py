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
    keys = [problem.key for problem in letters.check(letters.render(html).pdf)]
    assert keys == ["letters.check.no_alt"]


@pytest.mark.parametrize("rubbish", [b"", b"no pdf at all"])
def test_rubbish_is_no_pdf(rubbish):
    assert [problem.key for problem in letters.check(rubbish)] == ["letters.check.unreadable"]
