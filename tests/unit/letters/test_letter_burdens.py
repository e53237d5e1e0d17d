"""Letters that burden: hearing, interest, settlement below the grant, changed amount."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from grantflow import letters


@pytest.fixture
def plain(letter, sample):
    """The text of a letter with these facts over its sample, without marks and double blanks."""

    def read(name, without=(), **facts):
        model = sample(name)
        told = {k: v for k, v in {**model.facts, **facts}.items() if k not in without}
        html = letters.compose(letter(name), replace(model, facts=told), {})
        return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").split())

    return read


def test_a_hearing_says_part_or_whole_amount_and_interest(plain):
    part = plain("hearing", extent="part")
    assert "teilweise, und zwar in Höhe von 12.400,00 €, zu widerrufen" in part
    assert "ab dem 1. Oktober 2027 bis zu Ihrer Zahlung" in part
    assert "vollständig zu widerrufen" in plain("hearing", extent="full")


def test_a_hearing_on_interest_alone_names_its_time(plain):
    told = plain(
        "hearing",
        without=("interest", "extent"),
        intended="interest",
        basis="49a_4",
        interest_from="2027-01-01",
        interest_until="2027-03-31",
    )
    assert "für die Zeit ab dem 1. Januar 2027 bis zum 31. März 2027 zu verlangen" in told
    assert "bis zu Ihrer Zahlung" not in told


def test_the_facts_of_a_hearing_are_a_list(letter, sample):
    model = sample("hearing")
    facts = {**model.facts, "facts": "Ein Angebot ruht.\nGeld liegt brach."}
    html = letters.compose(letter("hearing"), replace(model, facts=facts), {})
    assert "<li>Ein Angebot ruht.</li>" in html
    assert "<li>Geld liegt brach.</li>" in html


def test_a_hearing_without_interest_lacks_a_point(letter, sample):
    source, model = letter("hearing"), sample("hearing")
    bare = {k: v for k, v in model.facts.items() if not k.startswith("interest")}
    for facts, missing in ((model.facts, False), (bare, True), ({**bare, "intended": "x"}, False)):
        told = replace(model, facts=facts)
        html = letters.compose(source, told, {})
        points = [one.params["id"] for one in letters.lacking(source, told, html)]
        assert ("sums" in points) is missing


def test_interest_that_ends_early_says_why(plain):
    capped = plain("interest_decision", capped_on="2024-02-15")
    assert "Für die Zeit ab dem 15. Februar 2024 verlangen wir keine Zinsen" in capped
    assert "rechtzeitiger Prüfung" not in plain("interest_decision")


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ("REVOCATION", "§ 49 Abs. 3 Satz 1 Nr. 1 VwVfG"),
        ("REVOCATION_DUTY", "§ 49 Abs. 3 Satz 1 Nr. 2 VwVfG"),
        ("CONDITION", "Nr. 2 der Allgemeinen Nebenbestimmungen"),
        ("PROVISIONAL", "nur vorläufig bestimmt"),
    ],
)
def test_a_settlement_below_the_grant_prints_its_basis(plain, basis, said):
    told = plain("settlement_decision", basis=basis)
    assert said in told
    assert "eine eigene Entscheidung" in told
    assert "ermäßigt sich" not in told
    assert "Von einer Anhörung" not in told


def test_a_settlement_that_revokes_says_from_when_and_why(plain):
    told = plain("settlement_decision")
    assert "In Höhe von 6.080,00 € widerrufen wir den Zuwendungsbescheid" in told
    assert "mit Wirkung ab dem 29. Februar 2028" in told
    assert "Ermessen" in told
    assert "haben wir berücksichtigt" in told
    lower = plain("settlement_decision", basis="CONDITION", effective_from=None)
    assert "widerrufen" not in lower
    assert "Ermessen" not in lower


@pytest.mark.parametrize(
    ("replaces", "said"), [("all", "ist aufgehoben;"), ("part", "ist in Teilen aufgehoben;")]
)
def test_a_new_settlement_says_that_it_replaces_the_annulled_one(plain, replaces, said):
    told = plain("settlement_decision", replaces=replaces)
    assert f"Der frühere Schlussbescheid {said} dieser Bescheid tritt an seine Stelle." in told
    assert "Der frühere Schlussbescheid" not in plain("settlement_decision")


def test_a_settlement_without_a_hearing_says_why(plain):
    told = plain("settlement_decision", no_hearing="Es gilt Ihre Angabe.", no_hearing_ground="NR_3")
    assert "abgesehen (§ 28 Abs. 2 Nr. 3 VwVfG): Es gilt Ihre Angabe." in told
    full = plain("settlement_decision", granted=161920)
    assert "eigene Entscheidung" not in full


def test_another_amount_prints_the_new_plan(plain):
    told = plain("amendment_decision")
    assert "Zuwendungsfähige Gesamtausgaben (bisher 210.000,00 €) 218.125,00 €" in told
    assert "weiter 80 % der zuwendungsfähigen Ausgaben" in told
    assert "Eigenmittel und andere Deckungsmittel 43.625,00 €" in told


def test_a_revocation_is_not_called_a_withdrawal(letter, sample):
    for extent, said in (("part", "zum Teil"), ("full", "vollständig")):
        model = sample("revocation_decision")
        told = replace(model, facts={**model.facts, "extent": extent})
        cover = letters.cover(letter("revocation_decision"), told)
        assert cover.outcome == f"Wir widerrufen die Zusage der Förderung {said}."
