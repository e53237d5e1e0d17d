"""A source and a model become HTML: facts, blocks, edits, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from grantflow import letters
from grantflow.errors import BadProgramme, Invalid
from grantflow.letters.model import Instalment, LetterDeadline

BLOCK = '[blocks.opening]\nlabel = "A"\nlabel_en = "B"\ntext = "{{ case.project }} & {{ x }}"\n'
FIXED = '[blocks.fixed]\nlabel = "A"\nlabel_en = "B"\neditable = false\ntext = "fest"\n'


def _problems(caught):
    return [(problem.key, dict(problem.params)) for problem in caught.value.problems]


def test_every_shipped_letter_shows_authority_recipient_and_signatory(shipped_name, letter, sample):
    model, source = sample(shipped_name), letter(shipped_name)
    html = letters.compose(source, model, {})
    for expected in (model.authority.name, model.recipient.organisation):
        assert expected in html
    # A form for the recipient's own declaration is signed by them.
    assert (model.signatory.name in html) == (source.nature != "declaration")
    assert '<html lang="de-DE">' in html


def test_shipped_letters_are_plain_and_neutral(shipped_name, letter, sample):
    html = letters.compose(letter(shipped_name), sample(shipped_name), {})
    assert not re.search(r"\w[*:_/]innen|\w\(in\)|\b(hiermit|bezugnehmend|mittels)\b", html)
    words = re.sub(r"<[^>]+>", " ", html)
    assert " ich " not in words
    assert "None" not in words


def test_a_model_out_of_the_store_gives_the_same_letter(letter, model):
    source = letter("grant_decision")
    again = letters.load(letters.dump(model))
    assert letters.compose(source, again, {}) == letters.compose(source, model, {})


def test_the_decision_shows_all_that_it_has_to_show(letter, model):
    decision = replace(
        model.decision,
        asset_binding="Gegenstände über 800 € netto verzeichnen Sie.",
        instalments=(Instalment(2026, Decimal(72000)), Instalment(2027, Decimal(96000))),
        payment="Die Zuwendung wird in Teilbeträgen überwiesen.",
        subvention_relevant=True,
        revocation_reserve="Wir können diesen Bescheid widerrufen (§ 36 Abs. 2 Nr. 3 VwVfG).",
    )
    complete = replace(model, decision=decision)
    html = letters.compose(letter("grant_decision"), complete, {}).replace("\u00a0", " ")
    for content in (
        "bis zu <span", "168.000,00 €", "Zuschuss", "Projektförderung", "Anteilfinanzierung",
        "80 %", "Lernpatinnen", "mindestens 30", "Finanzierungsplan", "um bis zu 20 %",
        "1. April 2026", "31. Dezember 2027", "96.000,00", "800 € netto", "von sechs Wochen",
        "Verwendungsnachweis", "Zwischennachweis", "ANBest-P", "Rechnungshof", "§ 264",
        "Logo des Förderprogramms", "§ 36 Abs. 2 Nr. 3", "Abschlussreise", "bestandskräftig",
        "Rechtsbehelfsbelehrung", "VR 4711", "Amira Beispiel und Jonas Vorbild", "Anlagen",
    ):  # fmt: skip
        assert content in html, content


def test_a_decision_over_several_lines_shows_each(letter, model):
    lines = letters.load(
        {
            **letters.dump(model),
            "decision": {
                **letters.dump(model)["decision"],
                "funding_lines": [
                    {"label": "Modellprojekte", "amount": "100000", "rate": "0.5"},
                    {"label": "Sprachangebote", "amount": "68000"},
                ],
            },
        }
    )
    html = letters.compose(letter("grant_decision"), lines, {})
    assert "Modellprojekte" in html
    assert "bis zu\u00a050\u00a0%" in html


@pytest.mark.parametrize("kind", ["OBJECTION", "COURT_ACTION"])
@pytest.mark.parametrize("name", ["grant_decision", "rejection_decision"])
def test_the_instruction_names_remedy_body_seat_and_period_but_no_day(letter, model, name, kind):
    remedy = replace(model.remedy, kind=kind, defendant="Land Beispielland")
    ends = LetterDeadline("remedy", model.info.on.replace(month=4))
    changed = replace(model, remedy=remedy, deadlines=(*model.deadlines, ends))
    html = letters.compose(letter(name), changed, {})
    shown = re.search(r'(?s)<section class="remedy".*?</section>', html).group()
    assert ("Widerspruch" in shown, "Klage" in shown) == (kind == "OBJECTION", kind != "OBJECTION")
    assert "innerhalb eines Monats nach Bekanntgabe" in shown
    for part in (remedy.body, remedy.street, remedy.town):
        assert part in shown
    assert not re.search(r"\b20\d\d\b|\d+\.\d+\.|Januar|März|April", shown)
    assert ("Land Beispielland" in shown) == (kind == "COURT_ACTION")


def test_service_and_other_periods_are_worded(letter, model):
    remedy = replace(model.remedy, service=True, months=2, forms=("WRITTEN", "RECORD"))
    html = letters.compose(letter("rejection_decision"), replace(model, remedy=remedy), {})
    assert "innerhalb von 2 Monaten nach Zustellung" in html
    assert "schriftlich oder zur Niederschrift" in html


def test_a_decision_without_instruction_does_not_leave(letter, model):
    with pytest.raises(Invalid) as caught:
        letters.compose(letter("grant_decision"), replace(model, remedy=None), {})
    assert _problems(caught) == [("letters.missing_remedy", {})]


def test_all_that_is_missing_is_said_at_once(letter, model):
    empty = replace(model, decision=None, grantee=None, remedy=None)
    missing = letters.missing(letter("grant_decision"), empty)
    assert len(missing) == len(letter("grant_decision").needs) + 1


def test_a_missing_fact_is_named(letter, model):
    bare = replace(model, facts={"items": []}, deadlines=())
    with pytest.raises(Invalid) as caught:
        letters.compose(letter("information_request"), bare, {})
    assert _problems(caught) == [
        ("letters.missing_fact", {"name": "items"}),
        (
            "letters.missing_part",
            {"path": "deadline.response | facts.due | facts.weeks | facts.days"},
        ),
    ]


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"due": "2026-05-12"}, "bis zum <strong>12.\u00a0Mai\u00a02026"),
        ({"weeks": 2.0}, "innerhalb von <strong>2 Wochen"),
        ({"weeks": 1}, "innerhalb von <strong>einer Woche"),
        ({"days": "14"}, "innerhalb von <strong>14 Tagen"),
        ({"days": 1, "due": None}, "innerhalb von <strong>einem Tag"),
        ({}, "bis zum <strong>7.\u00a0April\u00a02026"),
    ],
)
def test_a_period_is_a_day_or_a_length(letter, model, facts, shown):
    given = replace(model, facts={"items": "eins\nzwei", **facts})
    assert shown in letters.compose(letter("information_request"), given, {})


def test_a_fact_can_come_out_of_the_answers(letter, model):
    given = replace(
        model,
        answers={"check": {"rows": [{"missing": "die Satzung"}]}},
        facts={"items_from": "check.rows.0.missing", "reasons_from": "check.rows.7.x"},
    )
    assert "<li>die Satzung</li>" in letters.compose(letter("information_request"), given, {})


def test_model_texts_replace_subject_and_reference(letter, model):
    own = replace(model, subject="Eigener Betreff", reference_line="Eigene Zeile")
    html = letters.compose(letter("reminder"), own, {})
    assert "<h1>Eigener Betreff</h1>" in html
    assert "Eigene Zeile" in html


def test_annexes_of_letter_and_model_are_listed(letter, model):
    html = letters.compose(letter("grant_decision"), replace(model, annexes=("Merkblatt",)), {})
    assert html.index("Formular Mittelanforderung</li>") < html.index("Merkblatt</li>")


def test_the_officer_sees_and_replaces_text_blocks(letter, model):
    source = letter("reminder")
    blocks = {block.name: block for block in letters.text_blocks(source, model)}
    assert blocks["opening"].text.startswith("mit Schreiben vom 10.\u00a0Februar\u00a02026 haben")
    html = letters.compose(source, model, {"opening": "kurz <b>gesagt</b>\n\n- eins\n- {{ x }}"})
    assert "<p>kurz &lt;b&gt;gesagt&lt;/b&gt;</p>\n<ul><li>eins</li><li>{{ x }}</li></ul>" in html
    assert "mit Schreiben vom" not in html


def test_only_editable_blocks_are_replaced(written, model):
    source = written("{{ block('fixed') }}", "", FIXED)
    for name in ("fixed", "moon"):
        with pytest.raises(Invalid) as caught:
            letters.compose(source, model, {name: "x"})
        assert _problems(caught) == [("letters.not_editable", {"name": name})]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("<p>\n{{ moon }}", 2),
        ("\n\n{{ answers.nothing.more }}", 3),
        ("{{ decision.expenditure[99].label }}", 1),
        ("{{ block('moon') }}", 1),
        ("{{ case.project.upper }}", 1),
        ("{{ case.__class__ }}", 1),
    ],
)
def test_a_name_that_does_not_exist_is_said_with_its_line(written, model, body, line):
    with pytest.raises(BadProgramme) as caught:
        letters.compose(written(body), model, {})
    (problem,) = caught.value.problems
    assert (problem.key, problem.place) == ("letters.unknown_name", "letters/pig/body.html")
    assert problem.params["line"] == line


def test_names_that_look_alike_are_offered(written):
    (problem,) = letters.lint(written("{{ case.refrence }}"))
    assert problem.key == "letters.unknown_name_near"
    assert "reference" in problem.params["near"]


def test_a_block_with_an_unknown_name_says_which_block(written, model):
    with pytest.raises(BadProgramme) as caught:
        letters.compose(written("{{ block('opening') }}", "", BLOCK), model, {})
    assert caught.value.problems[0].place == "letters/pig/letter.toml#blocks.opening"


@pytest.mark.parametrize(
    "body",
    [
        "{{ case.project.format() }}",
        "{{ ().__class__.__bases__[0].__subclasses__() }}",
        "{{ facts.keys() }}",
        "{{ lipsum.__globals__ }}",
        "{{ block.__globals__ }}",
        "{{ self }}{{ cycler.x }}",
    ],
)
def test_the_sandbox_gives_nothing_away(written, model, body):
    with pytest.raises((BadProgramme, Invalid)):
        letters.compose(written(body), model, {})


def test_values_are_escaped(written, model):
    evil = replace(model, case=replace(model.case, project="<script>alert(1)</script>"))
    html = letters.compose(written("<p>{{ case.project }}</p>"), evil, {})
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 4  # body, reference, title and data


def test_a_mapping_item_hides_methods(written, model):
    given = replace(model, facts={"items": ["eins"]})
    html = letters.compose(
        written("{{ facts.items | join }}{{ facts['items'][0] }}", 'facts = ["items"]\n'), given, {}
    )
    assert "einseins" in html
