"""Which passwords are refused, and why."""

from __future__ import annotations

import re

import pytest
from tests.quick_hashes import GENUINE

from grantflow.errors import Invalid
from grantflow.services import passwords
from grantflow.texts import LANGUAGES, text


@pytest.mark.parametrize(
    ("password", "key"),
    [
        ("kurz", "short"),
        ("x" * 201, "long"),
        ("Passwort123", "common"),
        ("aabbaabbaabb", "common"),
        ("GanzGeheimAda-1815", "personal"),
    ],
)
def test_a_bad_password_is_refused_with_a_reason(password: str, key: str) -> None:
    with pytest.raises(Invalid) as error:
        passwords.check(password, "password", "Adam", "geheimada")
    (problem,) = error.value.problems
    assert problem.key == f"people.password.{key}"
    assert all(text(problem.key, lang, **problem.params) != problem.key for lang in LANGUAGES)


def test_a_good_password_passes() -> None:
    passwords.check("Kornblumen am Bach", "password", "Ada", "Beispiel")


def test_a_hash_fits_its_password_only() -> None:
    known = passwords.hashed("Kornblumen am Bach")
    assert passwords.matches("Kornblumen am Bach", known) == (True, None)
    assert not passwords.matches("Kornblumen im Bach", known)[0]


def test_without_an_account_nothing_fits() -> None:
    assert passwords.matches("nobody's password", None) == (False, None)


def test_installations_hash_with_as_much_work_as_the_field_recommends() -> None:
    known = GENUINE.hash("Kornblumen am Bach")
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", known)
    assert found is not None
    memory, rounds, _ = map(int, found.groups())
    assert memory >= 19 * 1024  # KiB; OWASP's least for two rounds
    assert rounds >= 2


def test_a_hash_of_less_work_is_renewed_at_the_next_sign_in() -> None:
    quick = passwords.hashed("Kornblumen am Bach")
    fits, renewed = GENUINE.verify_and_update("Kornblumen am Bach", quick)
    assert fits
    assert renewed is not None
    assert renewed != quick
