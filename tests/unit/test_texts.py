import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from grantflow.rules.base_rates import BaseRateMissing
from grantflow.texts import LANGUAGES, Said, catalogue, text
from grantflow.texts.days import in_words
from grantflow.web import formats

_FORCED_DAY = re.compile(r"\{\w+:[^}]*%[^HMS]")
_CURRENCY = re.compile(r"\{\w+\}\s*(?:€|EUR\b|[Ee]uros?\b)")


def test_a_text_is_filled() -> None:
    assert text("cli.migrated", "en") == "The tables are up to date."
    assert "8001" in text("cli.port_taken", "de", port=8000)


def test_an_unknown_key_shows_itself() -> None:
    assert text("nobody.knows", "de") == "nobody.knows"


def test_an_unknown_language_speaks_german() -> None:
    assert text("errors.not_allowed", "fr") == text("errors.not_allowed", "de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_amount_is_never_given_its_currency_twice(language: str) -> None:
    """The amounts of texts whose key ends with ``money`` are written with their sign."""
    texts = catalogue(language).items()
    named = [key for key, said in texts if key.endswith("money") and _CURRENCY.search(said)]
    assert named == []
    assert any(key.endswith("money") for key, _ in texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("amount", [Decimal("-162000.00"), Decimal("1234567.8"), Decimal(0)])
def test_an_amount_reads_the_same_whether_a_page_wrote_it_or_not(
    language: str, amount: Decimal
) -> None:
    key, params = "ledger.less_than_paid_money", {"amount": amount, "paid": amount}
    by_page = text(key, language, **formats.words(params, key, language))
    assert text(key, language, **params) == by_page


def test_an_amount_without_its_sign_has_the_separators_of_the_language() -> None:
    key = "letters_checks.amount_above_rate"
    told = {"law": "", "rate": Decimal(90), "reach": Decimal("54000.00"), "amount": 1}
    assert "90 Prozent" in text(key, "de", **told)
    assert "54.000,00 Euro" in text(key, "de", **told)
    assert "54,000.00" in text(key, "en", **told)


def test_a_day_is_written_in_the_language_of_its_text() -> None:
    key, told = "programmes.remedy.before_act", {"on": date(2026, 9, 2), "left": date(2026, 9, 20)}
    for said in (text(key, "de", **told), Said(key, told)):
        assert "2. September 2026" in said
        assert "20. September 2026" in said
    assert "20 September 2026" in text(key, "en", **told)
    assert "2026-09" not in text(key, "en", **told)


def test_a_moment_is_written_as_it_is_in_germany_or_as_its_text_wants_it() -> None:
    midnight = datetime(2027, 6, 30, 22, tzinfo=UTC)
    assert f"{in_words(midnight, 'de')}" == "1. Juli 2027, 00:00 Uhr"
    assert f"{in_words(midnight, 'en')}" == "1 July 2027, 00:00"
    assert f"{in_words(midnight, 'de'):%H:%M}" == "00:00"
    assert "(1. Juli 2027, 00:00 Uhr)" in text("services.tasks.cancelled", "de", at=midnight)
    assert "(1 July 2027, 00:00)" in text("services.tasks.cancelled", "en", at=midnight)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_forces_a_day_into_figures(language: str) -> None:
    """Times may be formatted; days are in words, in the language of the text."""
    forced = [key for key, said in catalogue(language).items() if _FORCED_DAY.search(said)]
    assert forced == []


def test_a_refusal_of_the_rules_names_its_day_in_the_language_of_its_reader() -> None:
    missing = BaseRateMissing(date(2028, 6, 30))
    assert "30 June 2028" in text(missing.key, "en", **missing.params)
    assert "30. Juni 2028" in text(missing.key, "de", **missing.params)
