"""Which legal forms exist by an entry in a register only."""

from __future__ import annotations

import pytest

from grantflow.letters.legal_forms import registered

IN_A_REGISTER = (
    "e. V.", "e.V.", "eV", "eingetragener Verein", "gGmbH", "GmbH", "gUG (haftungsbeschränkt)",
    "gemeinnützige GmbH", "Gesellschaft mit beschränkter Haftung", "GmbH & Co. KG", "KG", "OHG",
    "AG", "eG", "e. G.", "eingetragene Genossenschaft", "eGbR", "PartG mbB", "e. K.", "SE", "KGaA",
    "registered association",
)  # fmt: skip
IN_NONE = (
    "", "Gemeinde", "Stiftung", "rechtsfähige Stiftung", "Körperschaft des öffentlichen Rechts",
    "Anstalt des öffentlichen Rechts", "GbR", "nicht eingetragener Verein", "n. e. V.", "Landkreis",
    "Verein",
)  # fmt: skip


@pytest.mark.parametrize("legal_form", IN_A_REGISTER)
def test_these_stand_in_a_register(legal_form: str) -> None:
    assert registered(legal_form)


@pytest.mark.parametrize("legal_form", IN_NONE)
def test_these_stand_in_none(legal_form: str) -> None:
    assert not registered(legal_form)
