"""A settlement rests on the grant and the payments of the day on which it is prepared."""

from __future__ import annotations

import pytest
from tests.unit.programmes.test_recovery_stories import UNHEARD
from tests.unit.programmes.test_small_overpayment import FOLDER, RECOVERY, STORY, played, story

PREPARED = '[[step]]\nat = "2028-12-06T10:00:00+01:00"\ntask = "prepare_settlement"\n'
RECOVERED = """
[[step]]
at = "2029-01-03T10:00:00+01:00"
start_process = "recovery"
by = "CASE_OFFICER"

[[step]]
at = "2029-01-03T10:10:00+01:00"
task = "propose_recovery"
by = "CASE_OFFICER"
[step.answers]
findings = "Seit Mitte Mai ruhen die Angebote an zwei Standorten."
hearing_facts = "Die Angebote in Erfurt und Rostock ruhen seit dem 15. Mai 2028."
occurred_on = "2028-05-15"
known_on = "2028-12-01"
recovery_basis = "49_3_1"
recovery_extent = "part"
recovery_amount = "5000.00"
respond_until = "2029-01-19"

[[step]]
at = "2029-01-08T10:00:00+01:00"
task = "hearing_reply"
by = "applicant"
[step.answers]
statement = "Die Leitung hat gekündigt; die Stelle wurde nicht nachbesetzt."
agrees = "yes"
correct = true

[[step]]
at = "2029-01-09T10:00:00+01:00"
task = "draft_revocation"
by = "CASE_OFFICER"
[step.answers]
revocation_outcome = "decide"
recovery_basis = "49_3_1"
recovery_extent = "part"
recovery_amount = "5000.00"
effective_from = "2028-05-15"
discretion = "Das Interesse an der zweckgerechten Verwendung überwiegt; besondere Umstände fehlen."
reasons = "Zwei Standorte ruhen seit dem 15. Mai; die Äußerung bestätigt das."

[[step]]
at = "2029-01-10T10:00:00+01:00"
task = "countersign_revocation"
by = "HEAD_OF_UNIT"
[step.answers]
revocation_signature = "approve"

[[step]]
at = "2029-01-11T10:00:00+01:00"
task = "draft_recovery"
by = "CASE_OFFICER"
[step.answers]
recovery_amount = "5000.00"
repay_until = "2029-02-12"
interest_from = "2028-05-15"
repay_account = "DE89 3704 0044 0532 0130 00"
recovery_choice = "claim"
reasons = "Der Betrag ist nach dem Widerruf zu erstatten (§ 49a Abs. 1 VwVfG)."

[[step]]
at = "2029-01-12T10:00:00+01:00"
task = "countersign_recovery"
by = "HEAD_OF_UNIT"
[step.answers]
recovery_signature = "approve"
"""
REPAID = """
[[step]]
at = "2029-02-02T10:00:00+01:00"
task = "record_repayment"
by = "CASE_OFFICER"
[step.answers]
returned_amount = "5000.00"
returned_on = "2029-02-01"
voucher = "KZ 2029-0201"
"""
STALE = (
    """
[[step]]
at = "2029-02-01T09:00:00+01:00"
task = "prepare_settlement"
by = "CASE_OFFICER"
[step.answers]
final_grant = "160123.50"
settlement_basis = "REVOCATION_DUTY"
"""
    + UNHEARD
)
RETURNED = """
[[step]]
at = "2029-02-22T10:00:00+01:00"
task = "approve_settlement"
by = "HEAD_OF_UNIT"
[step.answers]
settlement_approval = "return"
comment = "Bewilligung und Auszahlungen haben sich geändert."
[step.expect]
tasks = ["prepare_settlement", "start_interest"]
"""
SIGNED = """
[[step]]
at = "2029-02-23T10:00:00+01:00"
task = "prepare_settlement"
by = "CASE_OFFICER"
[step.answers]
final_grant = "157000.00"

[[step]]
at = "2029-02-26T10:00:00+01:00"
task = "approve_settlement"
by = "HEAD_OF_UNIT"
[step.answers]
settlement_approval = "approve"
[step.expect]
tasks = ["start_interest"]
status = "SETTLED"

[expect]
ended = false
status = "SETTLED"
letters = ["acknowledgement", "eoi_invitation", "acknowledgement", "grant_decision",
    "payment_notice", "payment_notice", "interim_reminder", "interim_statement_result",
    "payment_notice", "hearing", "revocation_decision", "recovery_decision", "settlement_decision"]
approved = "157000.00"
"""


def begun() -> str:
    """The story until its settlement is to be prepared."""
    told, found, _ = (FOLDER / f"scenarios/{STORY}.toml").read_text("utf-8").partition(PREPARED)
    assert found
    return told


def test_a_settlement_that_is_returned_reads_grant_and_payments_anew() -> None:
    told = begun() + RECOVERED + STALE + REPAID + RETURNED + SIGNED
    assert played("500", told).problems == ()


ASKED = """tasks = ["decide_small_repayment"]
status = "SETTLED"
"""
CLAIMED = """
[[step]]
at = "2029-02-05T10:00:00+01:00"
task = "decide_small_repayment"
by = "HEAD_OF_UNIT"
[step.answers]
small_repayment_choice = "reclaim"
reasons = "Der Betrag liegt unter der Bagatellgrenze; die Entscheidung ist abgewogen."
[step.expect]
tasks = ["evaluate_case"]
status = "SETTLED"

[[step]]
at = "2029-02-22T10:00:00+01:00"
tick = true
[step.expect]
tasks = ["evaluate_case", "start_interest"]
status = "SETTLED"
"""


def test_nothing_is_claimed_where_nothing_is_overpaid_any_more() -> None:
    told = story(ASKED + RECOVERED + REPAID + CLAIMED)
    letters = '"settlement_decision"'
    assert letters in told
    told = told.replace(
        letters, f'{letters}, "hearing", "revocation_decision", "recovery_decision"'
    )
    told = told.replace('approved = "162000.00"', 'approved = "156800.00"')
    assert played("500", told).problems == ()


CLAIM_SIGNED = """
[[step]]
at = "2029-02-05T10:00:00+01:00"
task = "approve_settlement"
by = "HEAD_OF_UNIT"
[step.answers]
settlement_approval = "approve"

[[step]]
at = "2029-02-06T10:00:00+01:00"
task = "propose_settled_claim"
by = "CASE_OFFICER"
[step.answers]
recovery_amount = "1876.50"
effective_from = "2028-06-30"
respond_until = "2029-02-26"
hearing_facts = "Nach dem Schlussbescheid sind 1.876,50 Euro zu viel ausgezahlt."

[[step]]
at = "2029-02-12T10:00:00+01:00"
task = "hearing_reply"
by = "applicant"
[step.answers]
statement = "Wir zahlen den Betrag zurück."
agrees = "yes"
correct = true

[[step]]
at = "2029-02-13T10:00:00+01:00"
task = "draft_recovery"
by = "CASE_OFFICER"
[step.answers]
recovery_amount = "1876.50"
repay_until = "2029-03-12"
interest_from = "2028-06-30"
repay_account = "DE89 3704 0044 0532 0130 00"
recovery_choice = "claim"
reasons = "Der Betrag ist nach dem Schlussbescheid zu viel ausgezahlt (§ 49a Abs. 1 VwVfG)."

[[step]]
at = "2029-02-14T10:00:00+01:00"
task = "countersign_recovery"
by = "HEAD_OF_UNIT"
[step.answers]
recovery_signature = "approve"
"""


ALL_FINAL = """
[[step]]
at = "2029-04-03T10:00:00+02:00"
tick = true
"""


def test_a_settled_claim_leaves_what_a_recovery_took_while_it_waited() -> None:
    """Of 162,000 a recovery takes 5,000 and the settlement 1,876.50, whichever is repaid first."""
    first = REPAID.replace("2029-02-02", "2029-02-15")
    second = REPAID.replace("2029-02-02", "2029-02-16").replace("5000.00", "1876.50")
    end = SIGNED[SIGNED.index("[expect]") :].replace(
        '"settlement_decision"]', '"settlement_decision", "hearing", "recovery_decision"]'
    )
    both_taken = end.replace('approved = "157000.00"', 'approved = "155123.50"')
    assert both_taken != end
    told = begun() + RECOVERED + STALE + CLAIM_SIGNED + first
    for repaid in ("", second):
        assert played("500", told + repaid + ALL_FINAL + both_taken).problems == ()


CONTESTED = """
[[step]]
at = "2029-01-08T09:00:00+01:00"
start_process = "objection"
by = "applicant"

[[step]]
at = "2029-01-08T10:00:00+01:00"
task = "file_objection"
by = "applicant"
[step.answers]
contested = "settlement_decision"
objection_grounds = "Die zweite Schulungsreihe war mit dem Fachreferat abgesprochen."
signed_by = "Mira Solak, Vorstand"
objects = true
[step.expect]
tasks = ["decide_objection"]

[[step]]
at = "2029-02-05T10:00:00+01:00"
task = "decide_objection"
by = "CASE_OFFICER"
[step.answers]
admissible = "yes"
objection_outcome = "{outcome}"
costs = "{costs}"
reasons = "Die Absprache mit dem Fachreferat ist geprüft und in diesem Bescheid gewürdigt."

[[step]]
at = "2029-02-07T10:00:00+01:00"
task = "countersign_objection"
by = "HEAD_OF_UNIT"
[step.answers]
objection_signature = "approve"

[[step]]
at = "2029-03-01T10:00:00+01:00"
tick = true
[step.expect]
tasks = {meanwhile}

[[step]]
at = "2029-03-20T10:00:00+01:00"
tick = true
[step.expect]
tasks = {tasks}
status = "{status}"
"""
ANEW = """
[[step]]
at = "2029-03-21T10:00:00+01:00"
task = "prepare_settlement"
by = "CASE_OFFICER"
[step.answers]
final_grant = "162000.00"
reasons = "Nach der Absprache sind auch die Ausgaben über dem Ansatz anzuerkennen."

[[step]]
at = "2029-03-22T10:00:00+01:00"
task = "approve_settlement"
by = "HEAD_OF_UNIT"
[step.answers]
settlement_approval = "approve"
[step.expect]
tasks = []
status = "SETTLED"

[[step]]
at = "2029-05-02T10:00:00+02:00"
tick = true
[step.expect]
tasks = ["evaluate_case"]
status = "SETTLED"
"""


def contested(outcome: str, tasks: str, *, status: str, meanwhile: str) -> str:
    """The settlement claims 1,876.50 of 162,000 euro; the grantee objects, and this comes of it."""
    told, found, _ = (FOLDER / f"scenarios/{STORY}.toml").read_text("utf-8").partition(RECOVERY)
    assert found
    costs = {"upheld": "authority", "partly": "shared", "rejected": "objector"}[outcome]
    facts = {"outcome": outcome, "tasks": tasks, "status": status, "meanwhile": meanwhile}
    facts["costs"] = costs
    return told + found + CONTESTED.format(**facts)


def ending(approved: str, *later: str) -> str:
    shipped = (FOLDER / f"scenarios/{STORY}.toml").read_text("utf-8")
    end = shipped[shipped.rindex("[expect]") :]
    letters = ("objection_acknowledgement", "objection_decision", *later)
    told = end.replace('"recovery_decision"', ", ".join(f'"{name}"' for name in letters))
    assert 'approved = "160123.50"' in end
    return told.replace("160123.50", approved)


def test_a_contested_settlement_lowers_the_grant_only_when_it_stands() -> None:
    """The claim that rests on it waits with it, until nobody can go to court any more."""
    tasks = '["draft_recovery", "evaluate_case"]'
    told = contested("rejected", tasks, status="SETTLED", meanwhile="[]")
    before = told[: told.rindex("[[step]]")]
    assert played("500", before + ending("162000.00")).problems == ()
    assert played("500", told + ending("160123.50")).problems == ()


@pytest.mark.parametrize(
    ("outcome", "meanwhile"), [("upheld", '["prepare_settlement"]'), ("partly", "[]")]
)
def test_an_annulled_settlement_is_made_anew_and_claims_nothing(
    outcome: str, meanwhile: str
) -> None:
    tasks = '["prepare_settlement"]'
    told = contested(outcome, tasks, status="AUDITED", meanwhile=meanwhile) + ANEW
    assert played("500", told + ending("162000.00", "settlement_decision")).problems == ()
