from decimal import Decimal

import pytest

from grantflow.rules.explanation import Step
from grantflow.texts import Said
from grantflow.web.explain import explained, shown


def test_dates_are_written_as_the_language_does() -> None:
    assert shown({"end": "2027-03-01"}, "de") == {"end": "01.03.2027"}
    assert shown({"end": "2027-03-01"}, "en") == {"end": "01/03/2027"}


def test_amounts_are_written_as_the_language_does() -> None:
    assert shown({"amount": "12000.00"}, "de") == {"amount": "12.000,00"}
    assert shown({"amount": "12000.00"}, "en") == {"amount": "12,000.00"}


def test_amounts_in_a_text_within_a_text_are_written_as_the_language_does() -> None:
    params = {"amount": Decimal("45000.00"), "granted": Decimal("40000.00")}
    why = Said("services.payments.more_than_granted_money", params)
    assert "45.000,00\u00a0€" in shown({"why": why}, "de")["why"]
    assert "€45,000.00" in shown({"why": why}, "en")["why"].in_language("en")


def test_a_moment_shows_its_german_day() -> None:
    assert shown({"at": "2027-03-01T23:30:00+00:00"}, "de") == {"at": "02.03.2027"}


def test_two_language_words_are_read_in_the_language_and_fall_back_to_german() -> None:
    words = {"name": {"de": "Antrag", "en": "Application"}, "other": {"de": "nur deutsch"}}
    assert shown(words, "en") == {"name": "Application", "other": "nur deutsch"}


@pytest.mark.parametrize("value", ["plain text", 5, None, "2027-99-01", "2027-03-01 and more"])
def test_everything_else_stays_as_it_is(value: object) -> None:
    assert shown({"value": value}, "de") == {"value": value}


def test_a_stored_step_becomes_a_sentence_with_its_source() -> None:
    step = Step("unknown.step", "§ 31 Abs. 3 VwVfG", {}).as_dict()
    (said,) = explained([step], "de")
    assert (said.text, said.source) == ("unknown.step", "§ 31 Abs. 3 VwVfG")
