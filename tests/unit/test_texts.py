from grantflow.texts import text


def test_a_text_is_filled() -> None:
    assert text("cli.migrated", "en") == "The tables are up to date."
    assert "8001" in text("cli.port_taken", "de", port=8000)


def test_an_unknown_key_shows_itself() -> None:
    assert text("nobody.knows", "de") == "nobody.knows"


def test_an_unknown_language_speaks_german() -> None:
    assert text("errors.not_allowed", "fr") == text("errors.not_allowed", "de")
