"""Letters about a settlement print every funding line, as the rule computed and stored it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.unit.rules.money import computed

from grantflow import letters
from grantflow.services.computations import as_stored
from grantflow.services.letter_facts import as_model, rules_named
from grantflow.store.tables import Computation

RULE = "final_grant_of_lines"
LINES = [
    {
        "line": "Modellprojekt", "financing_type": "PROPORTIONAL", "grant": 20000,
        "plan_expenditure": 40000, "actual_expenditure": 30000,
    },
    {
        "line": "Sprachtreffs", "financing_type": "FULL", "grant": 9000,
        "plan_expenditure": 9000, "actual_expenditure": 9000,
    },
]  # fmt: skip


def settled(model: letters.LetterModel) -> letters.LetterModel:
    """The model with a computation by lines, as it comes out of the database."""
    found = computed(RULE, lines=LINES, actual_other_funds=15000)
    row = Computation(
        rule=RULE,
        values={name: as_stored(value) for name, value in found.values.items()},
        steps=[step.as_dict() for step in found.steps],
        at=datetime(2028, 7, 20, 8, tzinfo=UTC),
    )
    return replace(model, computations={RULE: as_model(row)})


@pytest.mark.parametrize("name", ["settlement_decision", "audit_note"])
def test_a_letter_tells_how_every_line_was_computed(name, letter, sample):
    source = letter(name)
    assert RULE in rules_named(source)
    html = letters.compose(source, settled(sample(name)), {})
    for said in ("Position „Modellprojekt“:", "50,00 % von 30.000,00 €", "24.000,00 €"):
        assert said in html
    assert "161.920,00 € (Nr. 2.2.2" not in html


def test_the_settlement_decision_has_a_row_for_every_line(letter, sample):
    html = letters.compose(
        letter("settlement_decision"), settled(sample("settlement_decision")), {}
    )
    table = html.split("Endgültige Zuwendung nach Förderlinien")[1].split("</table>")[0]
    rows = [row for row in table.split("<tr") if '<th scope="row"' in row]
    shown = [[text for text in ("Modellprojekt", "Sprachtreffs", "Summe") if text in row]
             for row in rows]  # fmt: skip
    assert shown == [["Modellprojekt"], ["Sprachtreffs"], ["Summe"]]
    for row, amounts in zip(rows, (("30.000,00", "20.000,00", "15.000,00"),
                                   ("9.000,00",), ("39.000,00", "24.000,00")),
                            strict=True):  # fmt: skip
        assert all(amount in row for amount in amounts)


def test_a_grant_without_lines_keeps_its_one_computation(letter, sample):
    source = letter("settlement_decision")
    html = letters.compose(source, sample("settlement_decision"), {})
    assert "nach Förderlinien" not in html
    assert "Anteil von 80 Prozent" in html
