"""Two claims in one case: what a remedy does to one leaves the other as it is."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.theatre import Theatre, Watched

from grantflow.store.tables import Suspension, Task

FOLDER = "bamf_model_projects"
SECOND = """
[[step]]
at = "2029-02-06T09:00:00+01:00"
start_process = "recovery"
by = "CASE_OFFICER"

[[step]]
at = "2029-02-06T10:00:00+01:00"
task = "propose_recovery"
by = "CASE_OFFICER"
[step.answers]
findings = "Zwei Notebooks im Wert von 5.000 Euro sind verkauft worden."
hearing_facts = "Im Mai 2028 wurden zwei Notebooks verkauft, die der Zweckbindung unterliegen."
occurred_on = "2028-05-15"
known_on = "2029-02-05"
recovery_basis = "49_3_1"
recovery_extent = "part"
recovery_amount = "5000.00"
respond_until = "2029-02-28"

[[step]]
at = "2029-02-20T10:00:00+01:00"
task = "hearing_reply"
by = "applicant"
[step.answers]
statement = "Das trifft zu; wir wussten nichts von der Zweckbindung."
agrees = "yes"
correct = true

[[step]]
at = "2029-02-21T10:00:00+01:00"
task = "draft_revocation"
by = "CASE_OFFICER"
[step.answers]
revocation_outcome = "decide"
recovery_basis = "49_3_1"
recovery_extent = "part"
recovery_amount = "5000.00"
effective_from = "2028-05-15"
discretion = "Das Interesse an der zweckgerechten Verwendung überwiegt; besondere Umstände fehlen."
reasons = "Zwei geförderte Notebooks sind verkauft; die Äußerung bestätigt das."

[[step]]
at = "2029-02-22T10:00:00+01:00"
task = "countersign_revocation"
by = "HEAD_OF_UNIT"
[step.answers]
revocation_signature = "approve"

[[step]]
at = "2029-02-23T10:00:00+01:00"
task = "draft_recovery"
by = "CASE_OFFICER"
[step.answers]
recovery_amount = "5000.00"
repay_until = "2029-04-30"
interest_from = "2028-05-15"
repay_account = "DE89 3704 0044 0532 0130 00"
recovery_choice = "claim"
reasons = "Der Betrag ist nach § 49a Abs. 1 VwVfG zu erstatten."

[[step]]
at = "2029-02-26T10:00:00+01:00"
task = "countersign_recovery"
by = "HEAD_OF_UNIT"
[step.answers]
recovery_signature = "approve"
[step.expect]
tasks = ["evaluate_case", "record_repayment", "record_repayment"]

[[step]]
at = "2029-03-05T09:00:00+01:00"
start_process = "objection"
by = "applicant"

[[step]]
at = "2029-03-05T10:00:00+01:00"
task = "file_objection"
by = "applicant"
[step.answers]
contested = "recovery_decision"
objection_grounds = "Der Erlös ist im Vorhaben verbraucht; wir sind nicht mehr bereichert."
signed_by = "Mira Solak, Vorstand"
objects = true
"""
UPHELD = """
[[step]]
at = "2029-03-12T10:00:00+01:00"
task = "decide_objection"
by = "CASE_OFFICER"
[step.answers]
admissible = "yes"
objection_outcome = "upheld"
costs = "authority"
reasons = "Der Erlös ist im Vorhaben verbraucht (§ 49a Abs. 2 VwVfG); das ist belegt."

[[step]]
at = "2029-03-14T10:00:00+01:00"
task = "countersign_objection"
by = "HEAD_OF_UNIT"
[step.answers]
objection_signature = "approve"
[step.expect]
tasks = ["evaluate_case", "record_repayment"]

[[step]]
at = "2029-04-16T10:00:00+02:00"
tick = true
[step.expect]
tasks = ["evaluate_case", "record_repayment"]

"""
LETTERS = [
    "acknowledgement", "eoi_invitation", "acknowledgement", "grant_decision", "payment_notice",
    "payment_notice", "interim_reminder", "interim_statement_result", "payment_notice", "hearing",
    "settlement_decision", "recovery_decision", "hearing", "revocation_decision",
    "recovery_decision", "objection_acknowledgement",
]  # fmt: skip


@pytest.fixture
def first(theatre: Theatre) -> str:
    """The case up to a final settlement whose claim is not paid yet."""
    words = theatre.words(FOLDER, "overspend_and_repayment")
    return words[: words.index('[[step]]\nat = "2029-02-05T10:00:00+01:00"')]


def end(*more: str) -> str:
    letters = [*LETTERS, *more]
    return f'[expect]\nended = false\nstatus = "SETTLED"\nletters = {letters}\n'


def open_claims(story: Watched) -> list[float]:
    """Euro still owed in each open claim."""
    with story.world.reading() as session:
        query = select(col(Task.facts)).where(
            col(Task.case_id) == story.case_id,
            col(Task.element_id) == "record_repayment",
            col(Task.status) == "open",
        )
        return [facts.get("outstanding_amount") for (facts,) in session.execute(query)]


def test_an_annulled_claim_does_not_end_the_other(theatre: Theatre, first: str) -> None:
    """Owed are 1,876.50 out of the settlement; a second claim of 5,000 is annulled alone."""
    story = theatre.play(FOLDER, first + SECOND + UPHELD + end("objection_decision"))
    with story.world.reading() as session:
        query = select(Suspension).where(col(Suspension.case_id) == story.case_id)
        (remedy,) = session.execute(query).scalars()
        assert remedy.letter_id is not None


SUED_TWICE = """
[[step]]
at = "2026-07-31T09:00:00+02:00"
start_process = "court_action"
by = "CASE_OFFICER"

[[step]]
at = "2026-07-31T10:00:00+02:00"
task = "register_action"
by = "CASE_OFFICER"
[step.answers]
contested = "revocation_decision"
court = "Verwaltungsgericht Gießen"
court_reference = "4 K 1235/26.GI"
served_on = "2026-07-30"
immediate_execution = "no"
[step.expect]
tasks = ["enter_court_outcome", "enter_court_outcome"]

[[step]]
at = "2026-09-14T10:00:00+02:00"
task = "enter_court_outcome"
by = "CASE_OFFICER"
[step.answers]
court_outcome = "upheld"
court_decided_on = "2026-09-10"
court_final_on = "2026-09-14"
court_reasons = "Der Betrag ist verbraucht; erstattet wird er nicht (§ 49a Abs. 2 HVwVfG)."
[step.expect]
tasks = ["enter_court_outcome", "follow_court_outcome"]

[[step]]
at = "2026-12-14T10:00:00+01:00"
task = "enter_court_outcome"
by = "CASE_OFFICER"
[step.answers]
court_outcome = "dismissed"
court_decided_on = "2026-12-10"
court_final_on = "2026-12-14"
court_reasons = "Der Widerruf ist rechtmäßig; Ermessensfehler sind nicht ersichtlich."
[step.expect]
tasks = ["follow_court_outcome"]

[expect]
ended = false
status = "RUNNING"
letters = ["acknowledgement", "grant_decision", "payment_notice", "hearing", "revocation_decision",
    "recovery_decision"]
approved = "9000.00"
"""


def test_two_decisions_are_contested_at_once_and_each_has_its_outcome(theatre: Theatre) -> None:
    """The claim falls first; the revocation is final, and lowers the grant, with its own action."""
    words = theatre.words("wir_hessen", "court_action_against_recovery")
    first = words[: words.index('[[step]]\nat = "2026-09-14')]
    story = theatre.play("wir_hessen", first + SUED_TWICE)
    assert story.sums("2026-09-14") == (12000, 6000, 0, 6000)
    assert story.sums("2026-12-14") == (9000, 6000, 0, 3000)
