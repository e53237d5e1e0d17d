"""The pages about legal rules: look, propose, refuse, release by a second person."""

from __future__ import annotations

import re

import pytest
from tests.integration.desk import Desks, words
from tests.integration.ponds import Ponds

from grantflow.services import rule_books
from grantflow.services.policy import SYSTEM

VALUE = {
    "name": "proof_reserve_days",
    "value": "5",
    "since": "2027-03-01",
    "until": "",
    "source": "Hausverfügung 3/2027",
    "confidence": "published",
    "note": "",
}


@pytest.fixture
def rules(desks: Desks) -> Desks:
    """The shipped rules are in force."""
    ponds: Ponds = desks.ponds
    with ponds.transaction(SYSTEM) as session:
        rule_books.load_shipped(session, ponds.settings.workflows_dir)
    return desks


def test_the_profiles_are_listed_with_what_is_open(rules: Desks) -> None:
    page = rules.of("officer").read("/manage/rules")
    for name in ("Bund", "Berlin", "Hessen", "Basiszinssätze"):
        assert name in page
    assert "mit der Software ausgeliefert" in page
    assert "Legal rules" in rules.of("officer", "en").read("/manage/rules")


def test_before_anything_is_loaded_the_page_says_how(desks: Desks) -> None:
    assert "grantflow profiles load" in desks.of("officer").read("/manage/rules")


def test_values_are_shown_with_source_and_mark_as_of_a_day(rules: Desks) -> None:
    page = rules.of("officer").read("/manage/rules/federal", on="2024-06-01")
    assert "deemed_days" in page
    assert "in der bis 31.12.2024 geltenden Fassung" in page
    assert "Teiche" in page  # who uses the profile
    assert "In den Vorschlag übernehmen" not in page
    assert "Verwaltungsgericht Kassel" in rules.of("officer").read("/manage/rules/hessen")
    assert rules.of("officer").get("/manage/rules/bavaria").status_code == 404
    assert rules.of("officer").get("/manage/rules/federal", on="gestern").status_code == 422


def test_a_base_rate_beyond_its_last_day_is_said_to_be_missing(rules: Desks) -> None:
    page = rules.of("officer").read("/manage/rules/base_rates", on="2035-01-01")
    assert "ohne Wert" in page


def test_what_is_to_be_confirmed_is_filtered_and_leads_to_its_place(rules: Desks) -> None:
    everything = rules.of("manager").get("/manage/rules/uncertain")
    assert "/manage/rules/federal#value-proof_reserve_days" in everything.text
    assert f"/studio/versions/{rules.ponds.version.id}/text" in everything.text
    ponds_only = rules.of("manager").read("/manage/rules/uncertain", where="pond_restoration")
    assert "proof_reserve_days" not in ponds_only
    assumed = rules.of("manager").read(
        "/manage/rules/uncertain", where="federal", confidence="assumption"
    )
    assert "aus zweiter Hand" not in assumed.split("Sicherheit", 2)[-1].split("Quelle", 1)[-1]
    none = rules.of("manager").read("/manage/rules/uncertain", where="nowhere")
    assert "nichts zu bestätigen" in none
    assert "/studio/versions" not in rules.of("officer").get("/manage/rules/uncertain").text


def test_a_value_goes_from_proposal_to_release(rules: Desks) -> None:
    manager, second = rules.of("manager"), rules.of("second_manager")
    answer = manager.post("/manage/rules/federal/values", **VALUE)
    page = manager.follow(answer)
    assert "Vorschlag 2" in page
    assert "Hausverfügung 3/2027" in page
    address = answer.headers["location"]
    refused = manager.post(f"{address}/submit", note="")
    assert refused.status_code == 422
    assert "worauf sich die Änderung stützt" in words(refused)
    handed = manager.follow(manager.post(f"{address}/submit", note="Hausverfügung"))
    assert "wartet auf die Freigabe" in handed
    own = manager.post(f"{address}/release")
    assert own.status_code == 422
    assert "nicht mitgewirkt" in words(own)
    assert "Fassung 2 ist in Kraft" in second.follow(second.post(f"{address}/release"))
    history = manager.read("/manage/rules/federal")
    assert "Second_manager" in history
    assert "5" in manager.read("/manage/rules/federal", on="2027-03-01")
    first = re.search(r'href="(/manage/rules/versions/[^"]+)"[^>]*>Fassung 1<',
                      manager.get("/manage/rules/federal").text)  # fmt: skip
    assert first is not None
    assert "freigegeben" in manager.read(first[1])


def test_faults_are_said_on_the_page_and_what_was_typed_stays(rules: Desks) -> None:
    manager = rules.of("manager")
    wrong = {**VALUE, "value": "1.000,5", "since": "31.3.2027", "source": "Erlass"}
    answer = manager.post("/manage/rules/federal/values", **wrong)
    assert answer.status_code == 422
    said = words(answer)
    assert "ohne Tausenderpunkte" in said
    assert "Das ist kein Datum" in said
    assert 'value="Erlass"' in answer.text
    overlap = manager.post(
        "/manage/rules/federal/values", **{**VALUE, "name": "deemed_days", "since": "2020-01-01"}
    )
    assert overlap.status_code == 422
    assert "31. Dezember 2024 als letzten Tag" in words(overlap)
    unknown = manager.post("/manage/rules/federal/values", **{**VALUE, "name": "x"})
    assert "kennen die Regeln nicht" in words(unknown)
    assert manager.post("/manage/rules/bavaria/values", **VALUE).status_code in (404, 422)


def test_a_proposal_is_changed_given_back_and_thrown_away(rules: Desks) -> None:
    manager, second = rules.of("manager"), rules.of("second_manager")
    address = manager.post("/manage/rules/federal/values", **VALUE).headers["location"]
    assert manager.post(f"{address}/take-back", number="7").status_code == 422
    assert manager.post(f"{address}/take-back", number="x").status_code == 422
    assert "aus dem Vorschlag genommen" in manager.follow(
        manager.post(f"{address}/take-back", number="0")
    )
    manager.post("/manage/rules/federal/values", **VALUE)
    manager.post(f"{address}/submit", note="Hausverfügung")
    assert "zurückgegeben" in second.follow(second.post(f"{address}/return", note="Quelle?"))
    assert "Quelle?" in manager.get(address).text
    gone = manager.follow(manager.post(f"{address}/discard"))
    assert "verworfen" in gone


def test_two_versions_are_compared(rules: Desks) -> None:
    manager = rules.of("manager")
    address = manager.post("/manage/rules/federal/values", **VALUE).headers["location"]
    page = manager.read(address)
    assert "Unterschiede zur Fassung 1" in page
    assert "ab 01.03.2027" in page
    assert "Keine Unterschiede" in manager.read(address, against=address.rsplit("/", 1)[1])


def test_the_decision_shows_its_version_of_the_rules(rules: Desks) -> None:
    case = rules.ponds.granted()
    page = rules.of("officer").read(f"/cases/{case.id}")
    assert "Regelfassung" in page
    assert "Bund, Fassung 1" in page
