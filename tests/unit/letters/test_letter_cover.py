"""The plain-language page stands before a decision, counts for nothing and says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from letter_paper import marks, texts
from pypdf import PdfReader

from grantflow import letters
from grantflow.letters import Cover
from grantflow.letters.compose import compose as composed_bare
from grantflow.letters.content import cover
from grantflow.letters.covering import covered

FULL = Cover(
    outcome="Sie bekommen Geld für den <Mondflug>.",
    first_duty="Sagen Sie uns, wann Sie starten.",
    amount=Decimal("48500"),
    first_date=date(2026, 3, 15),
)


@pytest.fixture
def printed_with(letter, model):
    def render(page, name="grant_decision", model=model):
        bare = composed_bare(letter(name), model, {})
        return letters.render(covered(bare, letter(name), model, page))

    return render


def _pages(pdf):
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def test_the_page_says_amount_first_duty_and_first_date(printed_with):
    front = _pages(printed_with(FULL).pdf)[0]
    assert "nicht Teil des Bescheids" in front
    assert "<Mondflug>" in front
    assert "48.500,00 €" in front
    assert "Sagen Sie uns, wann Sie starten." in front
    assert "15. März 2026" in front


def test_what_is_not_known_is_left_out(printed_with):
    front = _pages(printed_with(Cover(outcome="Wir haben abgelehnt.", first_duty="")).pdf)[0]
    assert "Wir haben abgelehnt." in front
    assert "Betrag" not in front
    assert "Termin" not in front
    assert "als Erstes" not in front


def test_the_act_is_numbered_and_laid_out_as_without_the_page(printed_with, letter, model):
    with_page = printed_with(FULL)
    bare = letters.render(composed_bare(letter("grant_decision"), model, {}))
    assert _pages(with_page.pdf)[1:] == _pages(bare.pdf)
    assert texts(with_page.pdf, 1) == texts(bare.pdf, 0)
    assert marks(with_page.pdf, 1) == marks(bare.pdf)
    assert marks(with_page.pdf, 0) == []


def test_the_page_keeps_the_standards(printed_with):
    assert letters.check(printed_with(FULL).pdf) == []


def test_decisions_have_the_page_and_other_letters_do_not(letter, model):
    assert 'class="covered"' in letters.compose(letter("grant_decision"), model, {})
    assert 'class="covered"' not in letters.compose(letter("reminder"), model, {})


def test_a_settlement_shows_what_is_to_be_repaid_and_that_it_is_not_due_yet(sample, letter):
    source, model = letter("settlement_decision"), sample("settlement_decision")
    owed = cover(source, model)
    assert owed.amount == Decimal(4720)
    assert "4.720,00\u00a0€ zu viel" in owed.outcome
    assert "161.920,00\u00a0€" in owed.outcome
    assert "Überweisen Sie noch nichts." in owed.first_duty
    assert "weiteren Bescheid" in owed.first_duty
    small = cover(source, replace(model, facts={**model.facts, "below_limit": True}))
    assert "weiteren Bescheid" not in small.first_duty
    settled = {**model.facts, "repay": 0, "amount": 161920}
    even = cover(source, replace(model, facts=settled))
    assert even.amount == Decimal(161920)
    assert "zu viel" not in even.outcome
    assert "Überweisen" not in even.first_duty


FOOT, ROOM = 264, 5  # millimetres: where the line above the foot stands, what stays free above it


def test_the_first_page_ends_well_above_its_foot(written, model):
    body = "<p>" + "Ein Satz, der sich über die ganze Seite wiederholt. " * 200 + "</p>"
    pdf = letters.render(composed_bare(written(body), model, {})).pdf
    page = texts(pdf, 0)
    assert any(run.y > FOOT for run in page)
    assert max(run.y + run.size * 0.25 for run in page if run.y < FOOT) <= FOOT - ROOM
