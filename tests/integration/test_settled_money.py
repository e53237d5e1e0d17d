"""What a settlement does to grant and commitment, and when: only once nobody can contest it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.desk import Desks
from tests.integration.theatre import Theatre, Watched

from grantflow.clock import now
from grantflow.services.policy import SYSTEM
from grantflow.store.tables import Case, Decision, Letter
from grantflow.texts import text

FOLDER = "wir_hessen"
Play = Callable[..., Watched]
RECOVERED = """
[[step]]
at = "2028-10-02T09:00:00+02:00"
start_process = "recovery"
by = "CASE_OFFICER:2"

[[step]]
at = "2028-10-02T10:00:00+02:00"
task = "propose_recovery"
by = "CASE_OFFICER:2"
[step.answers]
findings = "Zwei Notebooks im Wert von 2.000 Euro sind verkauft worden."
hearing_facts = "Im Juli 2028 wurden zwei Notebooks verkauft, die der Zweckbindung unterliegen."
occurred_on = "2028-07-31"
known_on = "2028-09-29"
recovery_basis = "49_3_1"
recovery_extent = "part"
recovery_amount = "2000.00"
respond_until = "2028-10-20"

[[step]]
at = "2028-10-16T10:00:00+02:00"
task = "hearing_reply"
by = "applicant"
[step.answers]
statement = "Das trifft zu; wir wussten nichts von der Zweckbindung."
agrees = "yes"
correct = true

[[step]]
at = "2028-10-19T10:00:00+02:00"
task = "draft_revocation"
by = "CASE_OFFICER:2"
[step.answers]
revocation_outcome = "decide"
recovery_basis = "49_3_1"
recovery_extent = "part"
recovery_amount = "2000.00"
effective_from = "2028-07-31"
discretion = "Das Interesse an der zweckgerechten Verwendung überwiegt; besondere Umstände fehlen."
reasons = "Zwei geförderte Notebooks sind verkauft; die Äußerung bestätigt das."

[[step]]
at = "2028-10-20T10:00:00+02:00"
task = "countersign_revocation"
by = "HEAD_OF_UNIT"
[step.answers]
revocation_signature = "approve"

[[step]]
at = "2028-10-23T10:00:00+02:00"
task = "draft_recovery"
by = "CASE_OFFICER:2"
[step.answers]
recovery_amount = "2000.00"
repay_until = "2028-11-30"
interest_from = "2028-07-31"
repay_account = "DE89 3704 0044 0532 0130 00"
recovery_choice = "claim"
reasons = "Der Betrag ist nach § 49a Abs. 1 HVwVfG zu erstatten."

[[step]]
at = "2028-10-24T10:00:00+02:00"
task = "countersign_recovery"
by = "HEAD_OF_UNIT"
[step.answers]
recovery_signature = "approve"

[[step]]
at = "2028-11-14T10:00:00+01:00"
task = "record_repayment"
by = "CASE_OFFICER:2"
[step.answers]
returned_amount = "2000.00"
returned_on = "2028-11-13"
voucher = "K 31"

[[step]]
at = "2028-12-20T10:00:00+01:00"
tick = true
[step.expect]
tasks = ["evaluate_case", "start_interest"]

[expect]
ended = false
status = "SETTLED"
letters = ["acknowledgement", "grant_decision", "payment_notice", "statement_reminder",
    "settlement_decision", "payment_notice", "hearing", "revocation_decision", "recovery_decision"]
approved = "22000.00"
"""


@pytest.fixture
def play(theatre: Theatre) -> Play:
    """Plays a scenario of WIR and what a test adds to it."""

    def told(name: str, more: str = "") -> Watched:
        words = theatre.words(FOLDER, name)
        return theatre.play(FOLDER, words[: words.rindex("[expect]")] + more if more else words)

    return told


def test_a_settlement_lowers_grant_and_commitment_when_it_is_final(play: Play) -> None:
    """Of 29,000 euro granted, 24,000 are settled; a recovery later on binds nothing again."""
    story = play("one_line_underspends", RECOVERED)
    assert balance(story, "2028-07-25") == (29000, 5000)
    assert balance(story, "2028-09-01") == (24000, 0)
    assert balance(story, "2028-11-14") == (24000, 0)
    assert balance(story, "2028-12-20") == (22000, 0)


def test_a_new_settlement_pays_what_the_annulled_one_took_back(play: Play) -> None:
    """Of 18,000 euro paid, 2,000 came back and are paid again, out of money bound anew."""
    story = play("settlement_annulled")
    assert {granted for granted, _ in story.seen.values()} <= {None, Decimal(18000)}
    assert balance(story, "2027-10-12") == (18000, 0)
    paid = story.seen[date(2027, 10, 14)][1]
    assert (paid.committed, paid.paid, paid.returned, paid.available) == (20000, 20000, 2000, 0)
    assert replaced(story) == [None, "all"]


def balance(story: Watched, day: str) -> tuple[int, int]:
    """Euro granted, and bound but not ordered, after the last step of a day."""
    granted, _, _, bound = story.sums(day)
    return granted, bound


def replaced(story: Watched) -> list[str | None]:
    """What each settlement of the case says of the one before it."""
    with story.world.reading() as session:
        query = select(Letter).where(
            col(Letter.case_id) == story.case_id, col(Letter.name) == "settlement_decision"
        )
        rows = session.execute(query.order_by(col(Letter.created_at))).scalars()
        return [row.model["facts"].get("replaces") for row in rows]


@pytest.mark.parametrize(("status", "shown"), [("SETTLED", True), ("AUDITED", False)])
def test_the_page_shows_what_was_settled_while_the_settlement_stands(
    desks: Desks, status: str, *, shown: bool
) -> None:
    ponds = desks.ponds
    case = ponds.granted()
    officer = ponds.who("officer").account_id
    assert officer is not None
    with ponds.transaction(SYSTEM) as session:
        session.get_one(Case, case.id).status = status
        session.add(
            Decision(
                case_id=case.id,
                authority_id=case.authority_id,
                kind="settlement",
                outcome="settled",
                amount=Decimal("17000.00"),
                prepared_by=officer,
                at=now(),
            )
        )
    page = desks.of("officer").read(f"/cases/{case.id}")
    assert (text("case.facts.settled", "de") in page) is shown
