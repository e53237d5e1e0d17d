"""What remedies leave of an unpaid grant, of a repayment and of interest, through the services."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.theatre import Theatre, Watched

Play = Callable[..., Watched]
LEFT = '"partly"\nremaining_amount = "20.00"'
PAID = """[[step]]
at = "2026-12-18T10:00:00+01:00"
task = "record_interest_payment"
by = "CASE_OFFICER"
[step.answers]
interest_paid = "20.00"
interest_paid_on = "2026-12-17"
voucher = "K 10"
[step.expect]
tasks = ["follow_court_outcome"]

[expect]
"""
OWED = 'tasks = ["record_interest_payment"]'
TO_FOLLOW = 'tasks = ["follow_court_outcome", "record_interest_payment"]'


@pytest.fixture
def play(theatre: Theatre) -> Play:
    """Plays a scenario of WIR, changed as a test says where it says so last."""

    def told(name: str, *changes: tuple[str, str]) -> Watched:
        words = theatre.words("wir_hessen", name)
        for before, after in changes:
            head, found, last = words.rpartition(before)
            assert found, before
            words = head + after + last
        return theatre.play("wir_hessen", words)

    return told


def test_an_unpaid_grant_keeps_what_the_court_leaves_it_and_that_can_be_paid(play: Play) -> None:
    story = play("unpaid_revocation_upheld_in_part")
    assert story.sums("2026-05-18") == (18000, 0, 0, 18000)
    assert story.sums("2026-06-01") == (6000, 0, 0, 6000)
    assert story.sums("2026-06-11") == (6000, 6000, 0, 0)


def test_what_is_repaid_despite_an_action_lowers_the_grant_only_after_the_court(play: Play) -> None:
    story = play("repaid_despite_action")
    assert story.sums("2026-08-14") == (12000, 6000, 3000, 6000)
    assert story.sums("2026-10-05") == (12000, 6000, 3000, 6000)
    assert story.sums("2026-10-19") == (9000, 6000, 3000, 6000)


def test_interest_that_a_court_lowers_before_it_is_paid_is_owed_in_part(play: Play) -> None:
    changes = (('"dismissed"', LEFT), (OWED, TO_FOLLOW), ("[expect]\n", PAID))
    story = play("court_action_against_recovery", *changes)
    assert story.sums("2026-12-18") == (9000, 6000, 3000, 6000)


def test_of_interest_paid_only_what_is_too_much_is_refunded(play: Play) -> None:
    play(
        "interest_annulled_after_payment",
        ('"upheld"', LEFT),
        ('interest_refund = "49.41"', 'interest_refund = "29.41"'),
        ('refunded_amount = "49.41"', 'refunded_amount = "29.41"'),
    )
