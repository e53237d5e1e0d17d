import re

import pytest

from grantflow.texts import LANGUAGES, catalogue, text

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
