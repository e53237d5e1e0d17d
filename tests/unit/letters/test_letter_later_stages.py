"""Letters late in a grant: last payment, settlement, closing, objection, withdrawal, correction."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from grantflow import letters
from grantflow.settings import settings

FORMS = ("register_objection", "file_objection", "register_action")
WAIVERS = ("record_remedy_waiver", "declare_remedy_waiver")


@pytest.fixture
def worded(letter, sample):
    """The letter of a name with its sample, parts of the model replaced; blanks made plain."""

    def compose(name, **parts):
        model = replace(sample(name), **parts)
        return " ".join(letters.compose(letter(name), model, {}).replace("\u00a0", " ").split())

    return compose


def test_a_payment_names_the_day_by_which_it_is_used(worded):
    told = worded("payment_notice")
    assert (
        "beginnt, wenn das Geld auf Ihrem Konto eingeht, und endet nicht vor dem 15. Juni 2026"
        in told
    )


def test_a_payment_names_the_grant_as_it_stands_and_what_is_left_of_it(worded, sample):
    payment = sample("payment_notice").payment
    assert payment.granted == payment.paid_before + payment.amount + payment.remaining
    smaller = replace(payment, granted=payment.granted - 20000, remaining=payment.remaining - 20000)
    html = worded("payment_notice", payment=smaller)
    row = html.partition("Bewilligter Höchstbetrag")[2].partition("</tr>")[0]
    assert "148.000,00 €" in row
    assert "Rückzahlung" not in html
    html = worded("payment_notice", payment=replace(payment, returned=Decimal(12000)))
    assert "abzüglich 12.000,00 € Rückzahlung" in html


def test_the_last_payment_asks_for_no_use_and_leaves_nothing_to_ask_for(worded, sample):
    payment = replace(sample("payment_notice").payment, settled=True, last=True, remaining=None)
    html = worded("payment_notice", payment=payment)
    assert "letzte Auszahlung" in html
    assert "Endgültige Zuwendung" in html
    gone = ("Bitte verwenden Sie den Betrag", "Noch verfügbar", "Höchstbetrag")
    assert not [one for one in gone if one in html]


def test_a_payment_after_the_settlement_that_leaves_a_rest_is_not_called_the_last(worded, sample):
    payment = replace(sample("payment_notice").payment, settled=True, remaining=Decimal(4500))
    html = worded("payment_notice", payment=payment)
    assert "letzte Auszahlung" not in html
    assert "Verwendungsnachweis schon belegt" in html
    row = html.partition("Noch nicht ausgezahlt")[2].partition("</tr>")[0]
    assert "4.500,00 €" in row


@pytest.mark.parametrize(
    ("why", "said"),
    [("returned", "die Bank uns zurückgegeben hat"), ("withdrawn", "wir zurückgenommen hatten")],
)
def test_a_payment_made_good_is_called_that_and_not_the_last(worded, sample, why, said):
    payment = replace(sample("payment_notice").payment, settled=True, last=True, remaining=None)
    html = worded("payment_notice", payment=payment, facts={"made_good": why})
    assert f"Damit holen wir eine Auszahlung nach, die {said}." in html
    assert "letzte Auszahlung" not in html
    assert "Sie erstattet Ausgaben, die Sie" in html


@pytest.mark.parametrize("name", ["closing_letter", "audit_note"])
def test_expenditure_that_nobody_computed_is_left_out_and_not_nil(worded, sample, name):
    settlement = replace(sample(name).settlement, eligible=None)
    assert "Anerkannte Ausgaben" in worded(name)
    html = worded(name, settlement=settlement)
    assert "Anerkannte Ausgaben</th>" not in html
    assert "166.640,00 €" in html


@pytest.mark.parametrize("small", [True, False])
def test_a_small_overpayment_is_not_announced_as_reclaimed(worded, sample, small):
    facts = {**sample("settlement_decision").facts, "below_limit": small}
    html = worded("settlement_decision", facts=facts)
    assert ("fordern wir mit einem gesonderten Bescheid zurück" in html) is not small
    assert ("entscheiden wir gesondert" in html) is small


@pytest.mark.parametrize("heard", ["yes", "no"])
def test_who_was_heard_on_the_settlement_is_promised_no_further_hearing(worded, sample, heard):
    facts = {**sample("settlement_decision").facts, "below_limit": False, "heard": heard}
    told = worded("settlement_decision", facts=facts)
    assert ("Gelegenheit, sich zu äußern" in told) is (heard == "no")


def test_an_audit_note_on_a_reduced_grant_does_not_say_that_all_was_well(worded, sample):
    facts = {k: v for k, v in sample("audit_note").facts.items() if k not in ("findings", "result")}
    settlement = replace(sample("audit_note").settlement, findings="")
    well = worded("audit_note", settlement=settlement, facts=facts)
    less = worded("audit_note", settlement=settlement, facts={**facts, "reduced": Decimal(1200)})
    assert "Zweck der Zuwendung wurde erreicht" in well
    assert "Zweck der Zuwendung wurde erreicht" not in less
    assert "1.200,00 € niedriger festgesetzt" in less.replace("\u00a0", " ")


def contestable(form):
    path = settings().workflows_dir / "_shared" / "forms" / f"{form}.form"
    fields = json.loads(path.read_text(encoding="utf-8"))["components"]
    found = next(one for one in fields if one.get("key") == "contested")
    values = [one["value"] for one in found["values"]]
    assert list(json.loads(found["properties"]["values_en"])) == values
    return set(values)


@pytest.mark.parametrize("form", FORMS)
def test_every_decision_that_can_be_contested_is_named_in_the_answer(letter, form):
    chosen = contestable(form)
    assert {"deferral_refusal", "deferral_decision", "settlement_decision"} <= chosen
    assert chosen <= set(letter("objection_decision").refers_to)
    assert chosen <= set(letter("objection_acknowledgement").refers_to)


@pytest.mark.parametrize("form", WAIVERS)
def test_every_remedy_can_be_waived(form):
    assert contestable(form) == contestable("register_objection") | {"objection_decision"}


@pytest.mark.parametrize("name", ["withdrawal_decision", "revocation_decision"])
def test_a_decision_says_whether_all_or_a_part_is_taken_back(worded, sample, name):
    facts = sample(name).facts
    for extent, said, not_said in (
        ("part", "teilweise", "vollständig"),
        ("full", "vollständig", "teilweise"),
    ):
        html = worded(name, facts={**facts, "extent": extent})
        opening = html[html.index('class="key"', html.index("</h1>")) :][:300]
        assert said in opening
        assert not_said not in opening
        assert ("Förderung zum Teil" in html) is (extent == "part")


def test_the_correction_of_a_decision_says_that_no_new_period_begins(worded):
    said = "Eine neue Frist für Rechtsbehelfe beginnt mit diesem Schreiben nicht"
    assert said in worded("grant_decision", correction="Statt 10 heißt es 20.")
    assert said not in worded("reminder", correction="Statt 10 heißt es 20.", remedy=None)
    assert said not in worded("grant_decision")


def test_a_sum_other_than_computed_is_named_as_such(worded, sample):
    facts = sample("settlement_decision").facts
    same = worded("settlement_decision", facts={**facts, "computed": facts["final_grant"]})
    other = worded("settlement_decision", facts={**facts, "computed": 163076.5})
    assert "weichen wir ab" not in same
    assert "ergibt sich aus den anerkannten Ausgaben" in same
    assert "Von diesem berechneten Betrag (163.076,50 €) weichen wir ab" in other
    assert "aus den genannten Gründen setzen wir 161.920,00 € fest" in other
    assert "ergibt sich aus den anerkannten Ausgaben" not in other


@pytest.mark.parametrize("name", ["instalment_decision", "deferral_decision"])
def test_easier_payment_names_its_claim_and_decides_on_no_interest(worded, sample, name):
    told = worded(name)
    assert "Bezug: Erstattungsbescheid vom 3. Juli 2028" in told
    assert "setzen wir keine Zinsen fest" in told
    assert "in der Regel" not in told
    assert "ersetzt" not in told
    before = {"replaces": "Bescheid über Ratenzahlung", "replaces_on": "2028-07-20"}
    after = worded(name, facts={**sample(name).facts, **before})
    assert "ersetzt unsere frühere Entscheidung" in after
    assert "(Bescheid über Ratenzahlung vom 20. Juli 2028)" in after


def test_a_later_start_of_interest_is_reasoned_in_the_decision(worded, sample):
    facts = {**sample("recovery_decision").facts, "interest_reasons": "Gezahlt wurde erst im Juli."}
    assert "Gezahlt wurde erst im Juli. Die Zinsen berechnen" in worded(
        "recovery_decision", facts=facts
    )


@pytest.mark.parametrize(
    ("ground", "told"),
    [("enrichment", "§ 818 Abs. 3 BGB"), ("remission", "§ 59 Abs. 1 Nr. 3 ")],
)
def test_claiming_less_names_its_ground_and_reasons(worded, sample, ground, told):
    facts = {**sample("recovery_decision").facts, "reasons": "Das Geld ist im Mai verbraucht."}
    assert "weniger zurück" not in worded("recovery_decision", facts=facts)
    lowered = worded("recovery_decision", facts={**facts, "lowered_because": ground})
    assert "Wir fordern weniger zurück, als weggefallen ist" in lowered
    assert told in lowered
    assert lowered.count("Das Geld ist im Mai verbraucht.") == 1
    found = {**facts, "lowered_because": ground, "findings": "Zwei Standorte ruhen."}
    assert "Das Geld ist im Mai verbraucht." in worded("recovery_decision", facts=found)


def test_money_that_goes_back_is_not_to_be_used_soon(worded, sample):
    facts = {**sample("payment_notice").facts, "restitution": "claim_annulled"}
    told = worded("payment_notice", facts=facts)
    assert "zurück, die Sie uns erstattet hatten und nicht schulden" in told
    assert "Der Erstattungsbescheid ist aufgehoben." in told
    assert "alsbald" not in told
    told = worded("payment_notice", facts={**facts, "restitution": "never_received"})
    assert "Sie haben mehr erstattet, als bei Ihnen angekommen ist." in told
    told = worded("payment_notice", facts={**facts, "restitution": "came_back"})
    assert "Sie schulden deshalb weniger, als Sie erstattet haben." in told


def test_a_notice_of_money_that_goes_back_states_its_sum_alone(worded, sample):
    """The grant is settled after it, so what is granted and available then is not known yet."""
    usual = sample("payment_notice")
    told = worded("payment_notice", facts={**usual.facts, "restitution": "founding_annulled"})
    assert "Rückzahlung erstatteter Zuwendung" in told
    assert "Diese Rückzahlung" in told
    for sum_of_grant in ("Bewilligter Höchstbetrag", "Bisher ausgezahlt", "Noch verfügbar"):
        assert sum_of_grant in worded("payment_notice")
        assert sum_of_grant not in told


def test_the_interest_decision_names_the_account_like_the_recovery(worded, sample):
    facts = {**sample("interest_decision").facts, "account": "DE02120300000000202051"}
    told = worded("interest_decision", facts=facts)
    assert "auf dieses Konto: DE02 1203 0000 0000 2020 51" in told
    facts.pop("account")
    assert "genannt haben" not in worded("interest_decision", facts=facts)


@pytest.mark.parametrize("name", ["settlement_decision", "closing_letter"])
def test_objects_stay_bound_as_far_as_the_grant_decision_says(worded, name):
    told = worded(name)
    assert "eine längere Bindung bestimmt, gilt sie weiter" in told
    assert "gilt die Zweckbindung" not in told
