"""What amendments bind and free, with the shipped diagrams and the ledger."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.theatre import Theatre, Watched

from grantflow.services import ledger
from grantflow.settings import settings
from grantflow.store.tables import Case, Letter

FOLDER = "bamf_model_projects"
SCENARIOS = settings().workflows_dir / FOLDER / "scenarios"
MORE = (SCENARIOS / "amended_more_time_and_money.toml").read_text("utf-8")
RECOVERING = (SCENARIOS / "amended_while_recovering.toml").read_text("utf-8")
SIGNED = MORE[: MORE.index('[[step]]\nat = "2026-03-25T09:00')]
FINAL = MORE[: MORE.index('[[step]]\nat = "2026-11-20T10:00')]
ANNULLED = """
[[step]]
at = "2026-03-25T09:00:00+01:00"
start_process = "objection"
by = "applicant"

[[step]]
at = "2026-03-25T10:00:00+01:00"
task = "file_objection"
by = "applicant"
[step.answers]
contested = "amendment_decision"
signed_by = "Mira Solak, Vorstand"
objects = true

[[step]]
at = "2026-04-13T10:00:00+02:00"
task = "decide_objection"
by = "CASE_OFFICER"
[step.answers]
admissible = "yes"
objection_outcome = "upheld"
costs = "authority"
reasons = "Die Frist im Änderungsbescheid war zu kurz; er wird aufgehoben."

[[step]]
at = "2026-04-15T10:00:00+02:00"
task = "countersign_objection"
by = "HEAD_OF_UNIT"
[step.answers]
objection_signature = "approve"
"""
SECOND = """
[[step]]
at = "2026-03-17T09:00:00+01:00"
start_process = "own_amendment"
by = "CASE_OFFICER"

[[step]]
at = "2026-03-17T10:00:00+01:00"
task = "propose_amendment"
by = "CASE_OFFICER"
[step.answers]
amendment_kinds = ["money"]
wanted_amount = "61000.00"
wanted_changes = "Die Zuwendung steigt um 1.000 Euro."
amendment_reasons = "Die Mieten der Schulungsräume sind im Frühjahr gestiegen."

[[step]]
at = "2026-03-18T10:00:00+01:00"
task = "draft_amendment"
by = "CASE_OFFICER"
[step.answers]
amendment_outcome = "amend"
amendment_kinds = ["money"]
new_amount = "61000.00"
new_plan_lines = [
    { label = "Projektleitung und Koordination", amount = "46666.67" },
    { label = "Moderation und Schulung", amount = "23333.33" },
]
budget_available = "yes"
instalments = [
    { year = 2026, amount = "61000.00" },
]
amendment_changes = "Die Zuwendung beträgt bis zu 61.000 Euro."
to_the_detriment = "no"
reasons = "Die höheren Mieten sind belegt, die Mittel sind verfügbar."

[[step]]
at = "2026-03-19T10:00:00+01:00"
task = "countersign_amendment"
by = "HEAD_OF_UNIT"
[step.answers]
amendment_signature = "approve"
"""
PROMISED = RECOVERING[: RECOVERING.index('[[step]]\nat = "2026-11-20T10:00')]
OWN, HEARD = "amendment_decision", ("objection_acknowledgement", "objection_decision")
GRANTED = ("acknowledgement", "eoi_invitation", "acknowledgement", "grant_decision")
CLAIMED = (*GRANTED, "payment_notice", "hearing", "revocation_decision", "recovery_decision")


def ending(*letters: str) -> str:
    """What a story ends with: the case goes on, and these letters have left."""
    return f'\n[expect]\nended = false\nstatus = "RUNNING"\nletters = {[*letters]}\n'


def later(steps: str) -> str:
    """The same steps in autumn."""
    changes = {"2026-03-25": "2026-10-12", "2026-04-13": "2026-10-26", "2026-04-15": "2026-11-02"}
    for day, other in changes.items():
        steps = steps.replace(day, other)
    return steps.replace("+02:00", "+01:00")


def sums(story: Watched) -> tuple[Decimal, Decimal]:
    """Euro granted; euro committed and still open, with what was paid and has not come back."""
    with story.world.reading() as session:
        granted = session.get_one(Case, story.case_id).approved
        assert granted is not None
        return granted, ledger.bound(session, story.case_id)


@pytest.mark.parametrize(
    ("words", "granted", "bound"),
    [
        pytest.param(SIGNED + ending(*GRANTED, OWN), "60000.00", "63000.00", id="promised"),
        pytest.param(FINAL + ending(*GRANTED, OWN), "63000.00", "63000.00", id="final"),
        pytest.param(
            SIGNED + ANNULLED + ending(*GRANTED, OWN, *HEARD), "60000.00", "60000.00", id="annulled"
        ),
    ],
)
def test_an_increase_is_bound_with_its_signature_and_free_again_when_annulled(
    theatre: Theatre, words: str, granted: str, bound: str
) -> None:
    story = theatre.play(FOLDER, words, SIGNED.count("[[step]]"))
    assert sums(story) == (Decimal(granted), Decimal(bound))


def test_a_second_increase_waits_until_the_first_is_final(theatre: Theatre) -> None:
    whole, shared = SIGNED + SECOND + ending(*GRANTED, OWN), SIGNED.count("[[step]]")
    story, told = theatre.tell(FOLDER, whole, shared=shared)
    refused = [one.params.get("detail_key") for one in told.problems]
    assert refused == ["letters_checks.change_before_final"]
    assert sums(story) == (Decimal(60000), Decimal(63000))


@pytest.mark.parametrize(
    ("words", "bound"),
    [
        pytest.param(PROMISED + ending(*CLAIMED, OWN), "51000.00", id="promised"),
        pytest.param(
            PROMISED + later(ANNULLED) + ending(*CLAIMED, OWN, *HEARD), "48000.00", id="annulled"
        ),
    ],
)
def test_a_recovery_leaves_what_an_amendment_has_promised(
    theatre: Theatre, words: str, bound: str
) -> None:
    story = theatre.play(FOLDER, words, PROMISED.count("[[step]]"))
    assert sums(story) == (Decimal("48000.00"), Decimal(bound))


def test_what_was_promised_is_free_again_when_the_grant_has_ended(theatre: Theatre) -> None:
    whole = RECOVERING.replace('"part"', '"full"').replace('"12000.00"', '"30000.00"')
    story = theatre.play(FOLDER, whole.replace('approved = "51000.00"', 'approved = "0.00"'))
    assert sums(story) == (Decimal(0), Decimal(0))


def test_an_amendment_final_after_a_recovery_adds_to_what_is_left(theatre: Theatre) -> None:
    story = theatre.play(FOLDER, RECOVERING, PROMISED.count("[[step]]"))
    assert sums(story) == (Decimal("51000.00"), Decimal("51000.00"))
    with story.world.reading() as session:
        named = select(Letter).where(
            col(Letter.case_id) == story.case_id, col(Letter.name) == "amendment_decision"
        )
        amendment = session.execute(named).scalar_one()
        assert amendment.model["facts"]["statement_until"] == "2027-09-30"
