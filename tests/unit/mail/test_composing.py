"""Mails from their templates: complete in both languages, strict about facts, safe headers."""

from __future__ import annotations

from typing import Any

import pytest

from grantflow.errors import Invalid
from grantflow.mail import TEMPLATES, BadTemplate, compose, message_id

FACTS: dict[str, Any] = {
    "reference": "MP-2027-0001",
    "letter": "Zuwendungsbescheid",
    "task": "Nachweise nachreichen",
    "due": "31.03.2027",
    "amount": "1.234,00 €",
    "author": "Eva Amt",
    "reason": "Konto aufgelöst",
    "email": "ada@example.org",
    "url": "https://grants.example.org/cases/1",
}


def make(template: str = "letter_available", language: str = "de", **changes: Any) -> Any:
    recipient = changes.pop("to", ("Ada Beispiel", "ada@example.org"))
    return compose(
        template,
        language,
        recipient,
        {**FACTS, **changes},
        sender="Förderamt <amt@example.org>",
        message_id="<x@example.org>",
    )


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_makes_a_complete_mail(template: str, language: str) -> None:
    message = make(template, language)
    body = message.get_content()
    assert "Ada Beispiel" in body
    assert FACTS["url"] in body
    assert message["Subject"]
    assert message["Content-Language"] == language
    assert "{" not in body


def test_there_are_twelve_templates() -> None:
    assert set(TEMPLATES) == {
        "account_created",
        "claim_lowered",
        "claim_overdue",
        "letter_available",
        "message_received",
        "order_withdrawn",
        "payment_returned",
        "reminder",
        "task_escalated",
        "task_overdue",
        "task_overdue_again",
        "task_waiting",
    }


def test_an_unknown_language_is_german() -> None:
    assert "Guten Tag" in make(language="fr").get_content()


def test_a_task_without_a_due_date_has_no_gap() -> None:
    body = make("task_waiting", due=None).get_content()
    assert "bis zum" not in body
    assert "\n\n\n" not in body.replace("\r\n", "\n")


def test_a_missing_fact_is_an_error() -> None:
    facts = {name: value for name, value in FACTS.items() if name != "letter"}
    with pytest.raises(BadTemplate, match="letter"):
        compose(
            "letter_available", "de", ("A", "a@example.org"), facts, sender="x@y", message_id="<1>"
        )


def test_an_unknown_template_is_an_error() -> None:
    with pytest.raises(BadTemplate):
        make("../../secrets")


def test_a_fact_cannot_begin_another_header() -> None:
    message = make(letter="Bescheid\r\nBcc: evil@example.org", to=("A\r\nBcc: x@y.z", "a@b.de"))
    assert message["Bcc"] is None
    assert message["Subject"].endswith("Bescheid Bcc: evil@example.org")


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "a@b.de\r\nBcc: x@y.z"])
def test_an_unusable_address_is_invalid(address: str) -> None:
    with pytest.raises(Invalid):
        make(to=("Ada", address))


def test_a_letter_has_one_message_id_for_ever() -> None:
    first, second = (message_id("letter", "42", "Amt <amt@example.org>") for _ in range(2))
    assert first == second == "<letter.42@example.org>"
    assert message_id("letter", "42", "") == "<letter.42@localhost>"
