"""Mandatory content: every sample has what its letter must say, and what is missing is named."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from grantflow import letters
from grantflow.errors import BadProgramme, Invalid
from grantflow.letters.content import applies
from grantflow.letters.sample import sample_of

PARTS = {"2a", "2b", "5a", "13a", "13b", "20a"}
POINTS = {str(number) for number in range(1, 25)} | PARTS


def lacking(source, model):
    return letters.lacking(source, model, letters.compose(source, model, {}))


def test_the_sample_of_every_letter_has_all_that_the_letter_must_say(shipped_name, letter, sample):
    source = letter(shipped_name)
    assert lacking(source, sample(shipped_name)) == []
    assert letters.lint(source) == []


def test_acts_carry_an_instruction_and_a_cover_and_others_do_not(shipped_name, letter, sample):
    source = letter(shipped_name)
    is_act = source.nature == "act"
    assert (source.remedy, source.cover is not None) == (is_act, is_act)
    found = letters.cover(source, sample(shipped_name))
    assert (found is not None) == is_act
    if is_act:
        assert any(one.check == "remedy_known" for one in source.requires)
        assert found.outcome
        assert found.first_duty


def test_a_grant_decision_has_the_points_of_the_administrative_rules(letter):
    assert {one.id for one in letter("grant_decision").content} == POINTS


def test_a_missing_point_names_itself_its_law_and_how_to_mend_it(letter, sample):
    source, model = letter("grant_decision"), sample("grant_decision")
    bare = replace(model, decision=replace(model.decision, audit_rights=(), publicity=()))
    found = lacking(source, bare)
    assert [one.params["id"] for one in found] == ["16", "18"]
    assert "audit_rights" in found[0].params["mend"]
    assert found[0].params["title"].in_language("en") == "Audit rights"
    assert found[0].params["law"]


@pytest.mark.parametrize(
    ("point", "part", "gone", "mend"),
    [
        ("1", "info", {"officer": ""}, "Sachbearbeitung"),
        ("2", "grantee", {"legal_form": ""}, "Mein Konto"),
        ("2", "grantee", {"seat": ""}, "Mein Konto"),
        ("2a", "grantee", {"register": ""}, "Mein Konto"),
        ("2b", "grantee", {"represented_by": ()}, "Unterschriftsbefugnis"),
        ("13a", "decision", {"prompt_use": ""}, "prompt_use"),
        ("20a", "decision", {"legal_basis": ()}, "legal_basis"),
        ("22", "remedy", {"postcode": ""}, "Postleitzahl"),
    ],
)
def test_a_grant_decision_lacks_each_part_that_is_gone(letter, sample, point, part, gone, mend):
    model = sample("grant_decision")
    bare = replace(model, **{part: replace(getattr(model, part), **gone)})
    found = lacking(letter("grant_decision"), bare)
    assert [one.params["id"] for one in found] == [point]
    assert mend in found[0].params["mend"].in_language("de")
    assert found[0].params["mend"].in_language("en") != found[0].params["mend"].in_language("de")


def test_the_officer_cannot_edit_account_and_window_of_the_payment_away(letter, sample):
    source, model = letter("grant_decision"), sample("grant_decision")
    html = letters.compose(source, model, {"payment": "Wir zahlen auf Antrag."})
    assert letters.lacking(source, model, html) == []
    assert "innerhalb von sechs Wochen nach der Auszahlung" in html
    silent = source.model_copy(update={"body": re.sub('<p data-point="13b">.*', "", source.body)})
    found = lacking(silent, model)
    assert [one.params["id"] for one in found] == ["13b"]


def test_a_body_without_register_needs_no_entry(letter, sample):
    model = sample("grant_decision")
    town = replace(model.grantee, legal_form="Gemeinde", register="")
    assert lacking(letter("grant_decision"), replace(model, grantee=town)) == []


def test_a_legal_form_the_name_says_is_not_printed_twice(letter, sample):
    source, model = letter("grant_decision"), sample("grant_decision")
    for said, times in ((True, 1), (False, 2)):
        home = replace(model.grantee, name="Amira e. V.", legal_form="e. V.", form_in_name=said)
        html = letters.compose(source, replace(model, grantee=home), {})
        start = html.index('data-point="2"')
        assert html[start : html.index("</p>", start)].count("e.") == times


def test_a_point_with_a_condition_is_asked_for_when_it_holds(letter, sample):
    model = sample("grant_decision")
    one_year = replace(model, decision=replace(model.decision, period_until=model.info.on))
    assert applies("multi_year", model)
    assert not applies("multi_year", one_year)
    assert not applies("partly_granted", replace(model, decision=None))
    less = replace(model, decision=replace(model.decision, outcome="GRANTED"))
    assert applies("partly_granted", less)
    assert not applies("burdensome", replace(model, facts={"new_amount": 2, "old_amount": 1}))
    assert applies("burdensome", replace(model, facts={"new_amount": 1, "old_amount": 2}))


def test_the_interest_decision_prints_every_segment_and_the_total(letter, sample):
    html = letters.compose(letter("interest_decision"), sample("interest_decision"), {})
    for shown in ("-0,88", "4,12", "8,62", "181", "502", "947,74", "103,85"):
        assert shown in html


def test_an_objection_is_decided_with_formal_service(letter, sample):
    source, model = letter("objection_decision"), sample("objection_decision")
    served = replace(model, remedy=replace(model.remedy, service=True))
    assert source.service
    assert "nach Zustellung" in letters.compose(source, served, {})


def test_an_objection_upheld_in_part_says_what_is_left_of_the_decision(letter, sample):
    source, model = letter("objection_decision"), sample("objection_decision")
    facts = {**model.facts, "outcome": "partly"}
    html = letters.compose(source, replace(model, facts=facts), {})
    assert "bestehen" not in html
    assert "weisen wir Ihren Widerspruch zurück" in html
    left = {**facts, "remaining_amount": 8000}
    html = letters.compose(source, replace(model, facts=left), {})
    assert "in Höhe von 8.000,00" in html
    assert "insoweit weisen wir Ihren Widerspruch zurück" in html


def test_an_edit_of_twenty_thousand_letters_passes_and_one_more_does_not(letter, sample):
    source, model = letter("grant_decision"), sample("grant_decision")
    letters.compose(source, model, {"opening": "x" * 20_000})
    with pytest.raises(Invalid) as refused:
        letters.compose(source, model, {"opening": "x" * 20_001})
    problem = refused.value.problems[0]
    assert (problem.key, problem.place) == ("letters.edit_too_long", "block.opening")
    assert problem.params["length"] == 20_001


def test_a_fact_of_the_wrong_kind_is_refused_and_does_not_crash(letter, sample):
    model = sample("recovery_decision")
    with pytest.raises(BadProgramme) as refused:
        letters.compose(
            letter("recovery_decision"), replace(model, facts={**model.facts, "amount": "viel"}), {}
        )
    assert refused.value.problems[0].key == "letters.wrong_value"


def test_a_sample_that_is_no_toml_or_does_not_fit_is_named():
    with pytest.raises(BadProgramme):
        sample_of(b"[", None)
    with pytest.raises(BadProgramme):
        sample_of(b"", b"flag = 1", "letters/x/sample.toml")


@pytest.mark.parametrize(
    "line",
    [
        'nature = "act"\n',
        'from_forms = ["reasons"]\n',
        '[[requires]]\ncheck = "magic"\nlaw = "x"\n',
        '[[content]]\nid = "1"\nlaw = "x"\nsection = false\n'
        'title = { de = "a", en = "b" }\nmend = { de = "a", en = "b" }\n',
    ],
)
def test_demands_that_contradict_themselves_are_refused(written, line):
    top, tables = (line, "") if not line.startswith("[[") else ("", line)
    with pytest.raises(BadProgramme):
        written("<p>x</p>", top, tables)


def test_the_cover_has_amount_and_first_day(letter, sample):
    found = letters.cover(letter("recovery_decision"), sample("recovery_decision"))
    assert found.amount == Decimal(12400)
    assert found.first_date.isoformat() == "2028-08-31"
