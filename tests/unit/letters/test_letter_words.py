"""What the shipped letters say about law, periods, contact and computation."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from tests.unit.letters.shipped_letters import FOLDER, NAMES, sample_for, sample_model, shipped

from grantflow import letters
from grantflow.letters.compose import missing
from grantflow.letters.covering import compose as with_cover
from grantflow.letters.model import FundingLine, Law

HESSE = Law("HVwVfG", "LHO")
WRITTEN = re.compile(r"^(law|legal_nature) = .*$", re.MULTILINE)


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).replace("\xa0", " ").split())


def said(name: str, **changes: object) -> str:
    model = replace(sample_for(name), **changes)
    return plain(letters.compose(shipped(name), model, {}))


@pytest.mark.parametrize("name", NAMES)
def test_no_letter_cites_an_act_that_is_not_that_of_its_authority(name: str) -> None:
    for basis in ("48", "49_2", "49_3_1", "49_3_2", "49a", "49a_3", "49a_4"):
        sample = sample_for(name)
        facts = {
            key: re.sub(r"\bVwVfG\b", "HVwVfG", value) if isinstance(value, str) else value
            for key, value in sample.facts.items()
        }
        optional = shipped(name).optional_facts
        told = said(
            name, law=HESSE, facts={**facts, **({"basis": basis} if "basis" in optional else {})}
        )
        assert not re.search(r"\bVwVfG\b", told)
        assert "BHO" not in told


@pytest.mark.parametrize("name", NAMES)
def test_no_template_names_an_act_or_an_unnamed_budget_code(name: str) -> None:
    for file in ("letter.toml", "body.html"):
        text = WRITTEN.sub("", (FOLDER / name / file).read_text(encoding="utf-8"))
        assert "VwVfG" not in text
        assert "BHO" not in text
        assert "der Haushaltsordnung" not in text


def test_a_letter_that_cites_the_act_does_not_leave_without_its_name() -> None:
    model = replace(sample_for("information_request"), law=Law())
    problems = missing(shipped("information_request"), model)
    assert [one.params["path"] for one in problems] == ["law.procedure"]
    assert missing(shipped("information_request"), replace(model, law=HESSE)) == []


def test_a_period_that_begins_with_the_letter_is_told_by_its_last_day() -> None:
    facts = {"items": ["die Satzung"], "days": 14}
    told = said("information_request", facts=facts, respond_by=date(2026, 11, 13))
    assert "bis zum 13. November 2026 (14 Tage nach Bekanntgabe dieses Schreibens) nach" in told
    weeks = said("reminder", facts={"weeks": 1}, respond_by=date(2026, 11, 13))
    assert "bis zum 13. November 2026 (eine Woche nach Bekanntgabe dieses Schreibens)." in weeks


def test_a_fixed_day_is_told_as_it_is() -> None:
    told = said("reminder", facts={"due": "2026-11-27"}, respond_by=date(2026, 11, 13))
    assert "bis zum 27. November 2026." in told
    assert "13. November" not in told


def test_the_interest_decision_says_how_days_are_counted_and_cites_what_applies() -> None:
    sample = sample_for("interest_decision")
    (rule,) = {"recovery_interest", "late_use_interest"} & set(sample.computations)
    computed = sample.computations[rule]
    for count, words in (
        ("act/365", "taggenau mit 365 Tagen im Jahr (act/365)"),
        ("30/360", "mit 30 Tagen im Monat und 360 Tagen im Jahr (30/360)"),
    ):
        values = {**computed.values, "day_count": count}
        told = said("interest_decision", computations={rule: replace(computed, values=values)})
        assert words in told
    facts = {key: value for key, value in sample.facts.items() if key != "late_use"}
    recovered = said("interest_decision", facts={**facts, "late_use": False})
    assert "§ 49a Abs. 3 Satz 1" in recovered
    assert "§ 49a Abs. 4" not in recovered
    late = said("interest_decision", facts={**facts, "late_use": True})
    assert "§ 49a Abs. 4 Satz 1" in late
    assert "vom Tag der Unwirksamkeit" not in late


def test_a_grant_by_funding_lines_shows_who_pays_the_rest_and_says_finality_once() -> None:
    model = sample_model()
    assert model.decision is not None
    line = FundingLine("Modellprojekt", model.decision.amount or 0)
    decision = replace(
        model.decision,
        funding_lines=(line,),
        payment="Wir zahlen auf Anforderung, sobald der Bescheid bestandskräftig ist.",
    )
    told = said("grant_decision", decision=decision)
    assert "Gesamtfinanzierung" in told
    assert told.count("bestandskräftig ist") == 1
    assert "Das Geld geht auf Ihr bestätigtes Konto." in told
    assert "vertreten durch Amira Beispiel und Jonas Vorbild" in told


@pytest.mark.parametrize(("phone", "words"), [("069 1", "Rufen Sie uns an"), ("", "Schreiben Sie")])
def test_the_page_in_front_invites_to_call_only_where_there_is_a_number(
    phone: str, words: str
) -> None:
    sample = sample_for("grant_decision")
    model = replace(
        sample,
        authority=replace(sample.authority, phone=phone, email=""),
        info=replace(sample.info, phone="", email=""),
    )
    front = plain(with_cover(shipped("grant_decision"), model, {})).split("Geschäftszeichen.")[0]
    assert words in front
    assert ("Rufen" in front) is bool(phone)


def test_the_acknowledgement_names_what_came_in_contact_and_data_protection() -> None:
    sample = sample_for("acknowledgement")
    received = ["Antrag", "Datei „Satzung.pdf“"]
    told = said("acknowledgement", facts={"received": received})
    assert "Was wir erhalten haben Antrag Datei „Satzung.pdf“" in told
    assert "Ihren Vorgang bearbeitet Kim Muster." in told
    assert "0123 4567-241" in told
    assert sample.authority.privacy_url in told
    silent = said(
        "acknowledgement",
        authority=replace(sample.authority, phone="", email=""),
        info=replace(sample.info, phone="", email="", officer=""),
    )
    assert "Schreiben Sie uns über das Förderportal oder per Post." in silent


def test_instalments_fall_due_in_months_that_lack_the_day_too() -> None:
    facts = {"amount": 4000.0, "instalments": 4, "first_due": "2026-08-31"}
    told = said("instalment_decision", facts=facts)
    assert "hat ein Monat diesen Tag nicht, ist sie am letzten Tag dieses Monats fällig" in told


@pytest.mark.parametrize(
    ("new", "begins"),
    [
        (174500.0, "wir erhöhen Ihre Zuwendung: Sie beträgt jetzt bis zu 174.500,00 €"),
        (90000.0, "wir senken Ihre Zuwendung: Sie beträgt jetzt bis zu 90.000,00 €"),
    ],
)
def test_an_amendment_says_whether_the_grant_rises_or_falls(new: float, begins: str) -> None:
    facts = {"old_amount": 168000.0, "new_amount": new, "changes": ["Der Betrag ändert sich."]}
    assert begins in said("amendment_decision", facts=facts)
