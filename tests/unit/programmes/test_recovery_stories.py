"""Recoveries that go otherwise than the shipped stories: lowered, in full, without interest."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from grantflow.errors import Problem
from grantflow.programmes.load import Programme, read
from grantflow.programmes.package import load_folder
from grantflow.programmes.playing import run_scenario
from grantflow.programmes.scenario import parse_scenario

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "workflows/bamf_model_projects"
STORY = (FOLDER / "scenarios/recovered_with_interest.toml").read_text("utf-8")
REPAID = """[[step]]
at = "2026-10-01T10:00:00+02:00"
task = "record_repayment"
by = "CASE_OFFICER"
[step.answers]
returned_amount = "12000.00"
returned_on = "2026-10-01"
voucher = "KZ 2026-4711"
"""
LATER = """[[step]]
at = "2026-12-01T10:00:00+01:00"
tick = true
[step.expect]
tasks = ["evaluate_case"]

"""


@lru_cache
def programme() -> Programme:
    return read(load_folder(FOLDER, ROOT / "workflows/_shared", ROOT / "templates/letters"))


def played(*changes: tuple[str, str]) -> tuple[Problem, ...]:
    story = STORY
    for before, after in changes:
        assert before in story
        story = story.replace(before, after)
    return run_scenario(programme(), parse_scenario(story.encode(), "scenarios/told.toml")).problems


def repaid(*parts: tuple[str, str]) -> str:
    """Bookings of amounts on days, in this order."""
    return "\n".join(
        REPAID.replace("12000.00", amount).replace(
            'returned_on = "2026-10-01"', f'returned_on = "{day}"'
        )
        for amount, day in parts
    )


def interest(told: str) -> tuple[str, str]:
    return 'interest_paid = "294.09"', f'interest_paid = "{told}"'


def test_what_is_fixed_in_the_end_is_what_is_waited_for() -> None:
    """Revoked are 12,000, fixed 5,000: after 5,000 nothing is open, and 12,000 are no grant."""
    fixed = (
        'recovery_amount = "12000.00"\nrepay_until',
        'lowered_because = "enrichment"\nrecovery_amount = "5000.00"\nrepay_until',
    )
    # 5,000 is what 294.09 is to 12,000.
    assert not played(fixed, (REPAID, repaid(("5000.00", "2026-10-01"))), interest("122.54"))


def test_a_revocation_in_full_takes_back_all_that_was_paid() -> None:
    full = ('recovery_extent = "part"\n', 'recovery_extent = "full"\n')
    assert any(one.key == "programmes.scenario.answers" for one in played(full))
    amounts = ("12000.00", "30000.00")
    ended = (
        ('approved = "48000.00"', 'approved = "0.00"'),
        ("[expect]\nended", f"{LATER}[expect]\nended"),  # no statement of use any more
    )
    whole = (full, amounts, interest("735.23"), *ended)
    assert not played(*whole)


@pytest.mark.parametrize("turned", [False, True])
def test_interest_does_not_depend_on_the_order_of_booking(turned: bool) -> None:
    parts = [("4000.00", "2026-06-15"), ("8000.00", "2026-09-15")]
    booked = (REPAID, repaid(*(parts[::-1] if turned else parts)))
    assert not played(booked, interest("194.50"))
    assert played(booked, interest("194.51"))


def test_cents_are_counted_to_the_last() -> None:
    booked = (REPAID, repaid(("11999.90", "2026-10-01"), ("0.10", "2026-10-01")))
    assert not played(booked)


def test_without_interest_there_is_only_the_waiver() -> None:
    none = ('"2026-10-08T10:00:00+02:00"\ntask = "start_interest"\nby = "CASE_OFFICER"\n'
            '[step.answers]\ninterest_from = "2026-05-15"',
            '"2026-10-08T10:00:00+02:00"\ntask = "start_interest"\nby = "CASE_OFFICER"\n'
            '[step.answers]\ninterest_from = "2026-10-01"')  # fmt: skip
    found = [one.key for one in played(none)]
    assert found[0] == "programmes.scenario.answers"
    end = STORY.index("interest_choice")
    waived = (
        STORY[:end].replace(*none)
        + """interest_choice = "waive"
reasons = "Es sind keine Zinsen angefallen."

[[step]]
at = "2026-10-12T10:00:00+02:00"
task = "approve_interest_waiver"
by = "HEAD_OF_UNIT"
[step.answers]
interest_signature = "approve"

[expect]
status = "RUNNING"
ended = false
letters = ["acknowledgement", "eoi_invitation", "acknowledgement", "grant_decision",
    "payment_notice", "hearing", "revocation_decision", "recovery_decision"]
"""
    )
    told = parse_scenario(waived.encode(), "scenarios/told.toml")
    assert not run_scenario(programme(), told).problems


UNHEARD = """settlement_hearing = "none"
no_hearing_ground = "GENERAL"
no_hearing = "Der Verein hat die Abweichungen selbst erklärt und belegt."
effective_from = "2028-06-30"
known_on = "2028-12-04"
discretion = "Der Verein hat die Überschreitung nicht angezeigt; besondere Umstände fehlen."
reasons = "Die Position Moderation und Schulung wurde ohne Zustimmung überschritten."
"""
HEARD_LATER = """tasks = ["propose_settled_claim"]

[[step]]
at = "2029-01-08T10:00:00+01:00"
task = "propose_settled_claim"
by = "CASE_OFFICER"
[step.answers]
recovery_amount = "1876.50"
effective_from = "2028-06-30"
respond_until = "2029-01-29"
hearing_facts = "Nach dem Schlussbescheid sind 1.876,50 Euro zu viel ausgezahlt."
[step.expect]
tasks = ["hearing_reply"]

[[step]]
at = "2029-01-15T10:00:00+01:00"
task = "hearing_reply"
by = "applicant"
[step.answers]
statement = "Wir zahlen den Betrag zurück."
agrees = "yes"
correct = true
[step.expect]
tasks = ["draft_recovery"]

"""


def test_a_settlement_without_a_hearing_hears_before_it_claims() -> None:
    name = "scenarios/overspend_and_repayment.toml"
    told, _, settled = (FOLDER / name).read_text("utf-8").partition('settlement_hearing = "hear"\n')
    _, found, after = settled.partition('[step.expect]\ntasks = ["approve_settlement"]\n')
    assert found
    signed = after[: after.index('tasks = ["draft_recovery"]')]
    end = after[after.rindex("[expect]") :].replace("160123.50", "162000.00")
    letters = (
        '"hearing", "settlement_decision", "recovery_decision"',
        '"settlement_decision", "hearing"',
    )
    assert letters[0] in end
    story = told + UNHEARD + found + signed + HEARD_LATER + end.replace(*letters)
    assert not run_scenario(programme(), parse_scenario(story.encode(), name)).problems
