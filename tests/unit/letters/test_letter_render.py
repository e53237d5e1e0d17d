"""The PDF: standards, geometry of DIN 5008, reading order, and nothing fetched from outside."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from letter_paper import marks, texts
from pypdf import PdfReader
from tests.benchmark import letters as benchmark

from grantflow import letters
from grantflow.letters.press import press

TOLERANCE = 2  # millimetres by which a letter may move in its envelope
WINDOW = {"A": (27, 72), "B": (45, 90)}
FOLDS = {"A": [87, 148.5, 192], "B": [105, 148.5, 210]}
INFO = {"A": 32, "B": 50}


def _form(model, form, **recipient):
    return replace(
        model,
        authority=replace(model.authority, form=form),
        recipient=replace(model.recipient, **recipient),
    )


def _run(found, text, below):
    return next(run for run in found if run.text.startswith(text) and run.y > below)


def _pdf(letter, model, name="acknowledgement"):
    return letters.render(letters.compose(letter(name), model, {})).pdf


def test_every_shipped_letter_keeps_the_standards(shipped_name, rendered):
    assert letters.check(rendered(shipped_name).pdf) == []


def test_the_same_letter_gives_the_same_bytes(letter, model, rendered):
    again = letters.render(letters.compose(letter("reminder"), model, {}))
    assert again == rendered("reminder")


def test_the_decision_has_bookmarks_and_its_pages_are_numbered(rendered):
    decision = rendered("grant_decision")
    reader = PdfReader(BytesIO(decision.pdf))
    assert decision.pages == len(reader.pages) >= 3
    cover, *act = [page.extract_text() for page in reader.pages]
    assert "Seite" not in cover.replace("Diese Seite", "")
    for number, page in enumerate(act, start=1):
        assert f"Seite {number} von {len(act)}" in page
    titles = [each.title for each in reader.outline[-1]]
    assert titles[0] == "1 Bewilligung"
    assert "Rechtsbehelfsbelehrung" in titles


def test_the_title_names_subject_and_reference(rendered, model):
    reader = PdfReader(BytesIO(rendered("grant_decision").pdf))
    assert reader.metadata.title == f"Zuwendungsbescheid – {model.info.file_reference}"
    assert reader.metadata.author == model.authority.name


@pytest.mark.parametrize("form", ["A", "B"])
def test_the_address_stays_in_the_window_when_the_letter_moves(letter, model, form):
    longest = _form(
        model,
        form,
        organisation="Internationales Zentrum für Begegnung und Nachbarschaft gGmbH",
        department="Abteilung Gemeinwesenarbeit",
        person="Herrn Maximilian Mustermann-Beispiel",
        dispatch_note="Per Einschreiben",
    )
    top, bottom = WINDOW[form]
    found = texts(_pdf(letter, longest))
    lines = ("Internationales", "Herrn Maximilian", "Lindenallee 7", "12347 Musterstadt")
    for wanted in (*lines, "Per Einschreiben", longest.authority.name, "Am Alten Hafen"):
        run = _run(found, wanted, top)
        assert run.x >= 25 - 0.01
        assert run.right <= 105 - TOLERANCE
        assert top + TOLERANCE <= run.y - run.size * 0.8
        assert run.y + run.size * 0.25 <= bottom - TOLERANCE


@pytest.mark.parametrize("form", ["A", "B"])
def test_the_address_zone_begins_under_the_return_line(letter, model, form):
    top = WINDOW[form][0]
    found = texts(_pdf(letter, _form(model, form)))
    sender = _run(found, "Am Alten Hafen", top)
    first = _run(found, model.recipient.organisation, top)
    assert sender.y <= top + 17.7
    assert first.y - first.size * 0.8 >= top + 17.7


@pytest.mark.parametrize("form", ["A", "B"])
def test_information_block_marks_and_margins_stand_where_they_should(letter, model, form):
    pdf = _pdf(letter, _form(model, form))
    found = texts(pdf)
    label = next(each for each in found if each.text == "Geschäftszeichen")
    assert label.x == pytest.approx(125, abs=0.2)
    assert INFO[form] <= label.y - label.size * 0.8 <= INFO[form] + 1.5
    assert [pytest.approx(each, abs=0.15) for each in FOLDS[form]] == sorted(set(marks(pdf)))
    subject = next(each for each in found if each.text == "Eingangsbestätigung")
    assert subject.y - subject.size * 0.8 == pytest.approx({"A": 80.5, "B": 98.5}[form], abs=3)
    assert {round(each.x) for each in found if each.y > subject.y} >= {25}
    assert all(each.x >= 24.9 for each in found)


def test_text_keeps_the_right_and_lower_margins_on_every_page(rendered):
    decision = rendered("grant_decision")
    for page in range(decision.pages):
        for run in texts(decision.pdf, page):
            assert run.right <= 200.5
            assert run.y <= 297 - 12


def test_running_heads_are_artefacts_and_the_rest_is_in_reading_order(rendered):
    with pikepdf.open(BytesIO(rendered("grant_decision").pdf)) as pdf:
        contents = [page.Contents.read_bytes() for page in pdf.pages]
        assert all(b"/Artifact" in content for content in contents[1:])
        kinds = list(_kinds(pdf.Root.StructTreeRoot.K))
    assert kinds.index("/H1") < kinds.index("/H2") < kinds.index("/Table")
    assert kinds.count("/H1") == 2  # the page in front has its own


def _kinds(node):
    if isinstance(node, pikepdf.Array):
        for kid in node:
            yield from _kinds(kid)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield str(node.S)
        yield from _kinds(node.get("/K"))


def test_header_cells_have_scopes_for_rows_and_columns(rendered):
    with pikepdf.open(BytesIO(rendered("payment_notice").pdf)) as pdf:
        scopes = [
            str(each.A.Scope)
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/TH"
        ]
        ids = list(pdf.Root.StructTreeRoot.IDTree.Names)
    assert (scopes.count("/Column"), scopes.count("/Row")) == (2, 4)
    assert len(ids) == 2 * len(scopes)


def test_words_are_hyphenated_the_german_way():
    words = "Bewilligungszeitraumverlängerungsbestimmungen " * 6
    page = f'<html lang="de-DE"><title>x</title><p style="width: 60mm">{words}</p></html>'
    found = " ".join(run.text for run in texts(press(page)[0]))
    assert re.search(r"Bewilligungszeitraumverlängerungs ?[-‐]", found)


@pytest.mark.parametrize(
    "address",
    [
        "https://moon.example/x.png",
        "file:///etc/passwd",
        "fonts/../../../pyproject.toml",
        "data:text/html,<b>x</b>",
        "ftp://moon.example/x",
    ],
)
def test_nothing_is_fetched_but_what_is_shipped(address):
    with pytest.raises(letters.ForbiddenResource):
        letters.render(f'<html lang="de"><title>x</title><img src="{address}" alt="x"></html>')


def test_a_style_cannot_fetch_either(letter, model):
    sly = replace(model.authority, accent="red; background: url(https://moon.example/x.png)")
    with pytest.raises(letters.ForbiddenResource):
        _pdf(letter, replace(model, authority=sly))


def test_a_logo_is_data_with_an_alternative_text(letter, model):
    logo = (
        "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSI0"
        "MCIgaGVpZ2h0PSIyMCI+PHJlY3Qgd2lkdGg9IjQwIiBoZWlnaHQ9IjIwIi8+PC9zdmc+"
    )
    authority = replace(model.authority, logo=logo, logo_alt="Wappen", footer=())
    pdf = _pdf(letter, replace(model, authority=authority))
    assert letters.check(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as document:
        figures = [
            str(each.Alt)
            for each in document.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Figure"
        ]
    assert figures == ["Wappen"]


def test_the_decision_that_the_benchmark_measures_has_three_pages() -> None:
    assert letters.render(benchmark.html(1)).pages == benchmark.PAGES
