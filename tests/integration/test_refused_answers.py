"""What a shipped form refuses at the field where it was entered, in a case and in a rehearsal."""

from __future__ import annotations

import pytest
from tests.integration.theatre import Theatre

from grantflow.programmes.playing import run_scenario
from grantflow.programmes.scenario import parse_scenario

MODELS, WIR = "bamf_model_projects", "wir_hessen"
OWN_MOTION = """start_process = "own_amendment"
by = "CASE_OFFICER"
"""


def changed(words: str, *changes: tuple[str, str]) -> str:
    """The words of a scenario with other answers; each is in it."""
    for old, new in changes:
        assert old in words, old
        words = words.replace(old, new, 1)
    return words


@pytest.mark.parametrize(
    ("programme", "name", "change", "refused"),
    [
        pytest.param(
            MODELS, "rejection_lifted_on_objection",
            ('received_on = "2025-12-05"', 'received_on = "2025-11-17"'),
            ("objection_received_on", "programmes.remedy.before_act"),
            id="an objection before its decision left",
        ),
        pytest.param(
            MODELS, "action_after_objection",
            ('served_on = "2026-02-13"', 'served_on = "2025-10-01"'),
            ("served_on", "programmes.remedy.before_act"),
            id="an action before its decision left",
        ),
        pytest.param(
            WIR, "statement_due",
            ('payment_amount = "9000.00"', 'payment_amount = "9000.01"'),  # of 18,000; then 9,000
            ("payment_amount", "programmes.payment.above_rest_money"),
            id="more than is left of the grant",
        ),
        pytest.param(
            WIR, "repaid_in_instalments",
            ('first_due = "2026-08-31"\nrelief_until = "2026-11-30"',
             'first_due = "2026-08-14"\nrelief_until = "2026-11-16"'),
            ("first_due", "forms.check"),
            id="a first instalment before the day the claim is due",
        ),
        pytest.param(
            WIR, "repaid_in_instalments",
            ('first_due = "2026-08-31"\nrelief_until = "2026-11-30"',
             'first_due = "2026-08-28"\nrelief_until = "2026-11-28"'),
            ("relief_until", "programmes.hearing.free_day"),
            id="a last day that is free",
        ),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_refused_at_its_field(
    theatre: Theatre,
    programme: str,
    name: str,
    change: tuple[str, str],
    refused: tuple[str, str],
) -> None:
    words = changed(theatre.words(programme, name), change)
    _, told = theatre.tell(programme, words)
    rehearsed = run_scenario(
        theatre.programme(programme), parse_scenario(words.encode(), "changed.toml")
    )
    for problems in (told.problems, rehearsed.problems):
        found = [
            (one.params["field"], one.params["detail"])
            for one in problems
            if one.key == "programmes.scenario.answers"
        ]
        assert found[:1] == [refused]
