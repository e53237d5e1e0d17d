"""What a remedy does to a claim and to the money: the sums of grant and ledger, step by step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.theatre import Theatre, Watched, steps_before

from grantflow.programmes.playing import run_scenario
from grantflow.programmes.scenario import parse_scenario

ROOT = Path(__file__).parents[2]
FOLDER = "bamf_model_projects"
OBJECTED = ', "objection_acknowledgement", "objection_decision"'
PAID_BACK = ', "payment_notice"'
ORDERED = """[[step]]
at = "2026-{day}T10:00:00+01:00"
task = "order_restitution"
by = "BUDGET_OFFICER"
[step.answers]
certified = true
[step.expect]
tasks = [{tasks}]
"""
ENDED = """[expect]
ended = false
status = "RUNNING"
approved = "{approved}"
payments = [{payments}]
letters = ["acknowledgement", "eoi_invitation", "acknowledgement", "grant_decision",
    "payment_notice", "hearing", "revocation_decision", "recovery_decision"{letters}]
"""
IN_PART = '"partly"\nremaining_amount = "5000.00"'
SUED = """[[step]]
at = "2026-08-20T09:00:00+02:00"
start_process = "court_action"
by = "CASE_OFFICER"

[[step]]
at = "2026-08-20T10:00:00+02:00"
task = "register_action"
by = "CASE_OFFICER"
[step.answers]
contested = "recovery_decision"
court = "Verwaltungsgericht Ansbach"
court_reference = "AN 15 K 26.00002"
served_on = "2026-08-19"
immediate_execution = "{immediate}"

[[step]]
at = "2026-11-02T10:00:00+01:00"
task = "enter_court_outcome"
by = "CASE_OFFICER"
[step.answers]
court_outcome = "{outcome}"
court_decided_on = "2026-10-29"
court_final_on = "2026-11-02"
court_reasons = "Die Klägerin ist insoweit nicht mehr bereichert (§ 49a Abs. 2 VwVfG)."
[step.expect]
tasks = [{tasks}]

"""
FOLLOWED = """[[step]]
at = "2026-11-03T10:00:00+01:00"
task = "follow_court_outcome"
by = "CASE_OFFICER"
[step.answers]
measures = "Erstattetes wird zurückgezahlt."

"""

FORK = {
    "revocation_annulled_before_claim": 'start_process = "objection"',
    "repaid_then_annulled": 'task = "countersign_recovery"',
    "revocation_upheld_in_part": 'task = "draft_recovery"',
}
"""Where the stories of the tests part from each other."""

Play = Callable[..., Watched]


@pytest.fixture
def play(theatre: Theatre) -> Play:
    """Rehearses and plays a scenario of the model projects, changed as a test says."""

    def told(name: str, *changes: tuple[str, str]) -> Watched:
        words = theatre.words(FOLDER, name)
        for before, after in changes:
            assert before in words, before
            words = words.replace(before, after)
        scenario = parse_scenario(words.encode(), name)
        assert run_scenario(theatre.programme(FOLDER), scenario).problems == ()
        return theatre.play(FOLDER, words, steps_before(words, FORK[name]))

    return told


def rest(name: str, words: str) -> str:
    """What a scenario tells from the first step on that has these words."""
    raw = (ROOT / f"workflows/{FOLDER}/scenarios/{name}.toml").read_text("utf-8")
    return raw[raw.rindex("[[step]]", 0, raw.index(words)) :]


def test_a_revocation_annulled_before_the_claim_changes_no_sum(play: Play) -> None:
    story = play("revocation_annulled_before_claim")
    for day in ("2026-07-27", "2026-08-10", "2026-09-16"):
        assert story.sums(day) == (60000, 30000, 0, 30000)


def test_what_was_repaid_on_an_annulled_revocation_is_bound_anew_and_paid_back(play: Play) -> None:
    """What came back is revenue: to pay it out again takes money of its own."""
    story = play("repaid_then_annulled")
    assert story.sums("2026-08-11") == (60000, 30000, 12000, 30000)
    assert story.sums("2026-09-16") == (60000, 30000, 12000, 30000)
    assert story.sums("2026-09-18") == (60000, 42000, 12000, 30000)


def test_only_what_remains_of_a_revocation_is_claimed_and_lowers_the_grant(play: Play) -> None:
    story = play("revocation_upheld_in_part")
    assert story.sums("2026-10-26") == (60000, 30000, 0, 30000)
    assert story.sums("2026-11-12") == (55000, 30000, 5000, 30000)


def test_of_money_repaid_only_what_remains_is_kept_and_bears_interest(play: Play) -> None:
    """Of 12,000 repaid on 11 August, 5,000 were owed: 7,000 go back, 5,000 bear interest."""
    name = "repaid_then_annulled"
    outcome = ('"upheld"', IN_PART)
    early = ('tasks = ["order_restitution"]\namounts = { restitution_amount = "12000.00" }\n',
             "tasks = []\n")  # fmt: skip
    tail = ORDERED.format(day="11-03", tasks='"start_interest"')
    interest = """
[[step]]
at = "2026-11-04T10:00:00+01:00"
task = "start_interest"
by = "CASE_OFFICER"
[step.answers]
interest_from = "2026-05-15"
[step.expect]
amounts = { interest_amount = "76.99", repaid_net = "5000.00" }

"""
    last = rest(name, 'task = "order_restitution"')
    end = ENDED.format(
        approved="55000.00",
        payments='"30000.00", "7000.00"',
        letters=OBJECTED + PAID_BACK,
    )
    story = play(name, outcome, early, (last, tail + interest + end))
    assert story.sums("2026-11-03") == (55000, 37000, 12000, 30000)


def test_a_court_that_annuls_the_claim_alone_leaves_the_revocation(play: Play) -> None:
    """What was repaid goes back, and what was revoked is not paid any more."""
    name = "repaid_then_annulled"
    contested = rest(name, 'start_process = "objection"')
    sued = SUED.format(
        immediate="no", outcome="upheld", tasks='"follow_court_outcome", "order_restitution"'
    )
    told = sued + FOLLOWED + ORDERED.format(day="11-04", tasks="")
    end = ENDED.format(approved="48000.00", payments='"30000.00", "12000.00"', letters=PAID_BACK)
    story = play(name, (contested, told + end))
    assert story.sums("2026-11-02") == (60000, 30000, 12000, 30000)
    assert story.sums("2026-11-04") == (48000, 42000, 12000, 18000)


def test_an_action_that_suspends_nothing_lets_the_payment_go_on_but_nothing_become_final(
    play: Play,
) -> None:
    name = "repaid_then_annulled"
    contested = rest(name, 'start_process = "objection"')
    paid = rest(name, 'task = "record_repayment"').split("[[step]]")[1]
    sued = SUED.format(immediate="yes", outcome="dismissed", tasks='"start_interest"')
    first, second = sued.split('[[step]]\nat = "2026-11-02')
    during = f"[[step]]{paid.replace('2026-08-11', '2026-09-07')}".replace(
        "tasks = []", 'tasks = ["enter_court_outcome"]'
    )
    later = '[[step]]\nat = "2026-10-20T10:00:00+02:00"\ntick = true\n\n'
    end = ENDED.format(approved="48000.00", payments='"30000.00"', letters="")
    told = f'{first}{during}{later}[[step]]\nat = "2026-11-02{second}{end}'
    story = play(name, (f"[[step]]{paid}{contested}", told))
    assert story.sums("2026-10-20") == (60000, 30000, 12000, 30000)
    assert story.sums("2026-11-02") == (48000, 30000, 12000, 30000)


def test_nothing_more_is_awaited_when_such_an_action_has_annulled_the_claim(play: Play) -> None:
    name = "repaid_then_annulled"
    paid = rest(name, 'task = "record_repayment"')
    sued = SUED.format(immediate="yes", outcome="upheld", tasks='"follow_court_outcome"')
    end = ENDED.format(approved="48000.00", payments='"30000.00"', letters="")
    story = play(name, (paid, sued + FOLLOWED + end))
    assert story.sums("2026-11-02") == (48000, 30000, 0, 18000)


def test_less_claimed_frees_what_is_neither_repaid_nor_paid_again(play: Play) -> None:
    """Revoked are 12,000 and claimed 5,000: 7,000 stay with the grantee and are not bound twice."""
    name = "revocation_upheld_in_part"
    lower = (
        'recovery_amount = "12000.00"\nrepay_until',
        'lowered_because = "enrichment"\nrecovery_amount = "5000.00"\nrepay_until',
    )
    contested = rest(name, 'start_process = "objection"')
    repaid = rest(name, 'task = "record_repayment"').split("[expect]")[0]
    repaid = repaid.replace("2026-11-12T10:00:00+01:00", "2026-10-01T10:00:00+02:00")
    end = ENDED.format(approved="48000.00", payments='"30000.00"', letters="")
    told = repaid.replace("2026-11-11", "2026-09-30") + end
    story = play(name, lower, (contested, told))
    assert story.sums("2026-10-01") == (48000, 30000, 5000, 23000)


def test_a_revocation_in_full_that_stands_in_part_claims_what_was_paid_beyond_the_rest(
    play: Play,
) -> None:
    """Of 60,000 half were paid; 40,000 stay revoked, so 20,000 stay granted and 10,000 are owed."""
    name = "revocation_upheld_in_part"
    full = ('recovery_extent = "part"\n', 'recovery_extent = "full"\n')
    story = play(
        name,
        full,
        ("12000.00", "30000.00"),
        ('remaining_amount = "5000.00"', 'remaining_amount = "40000.00"'),
        ('returned_amount = "5000.00"', 'returned_amount = "10000.00"'),
        ('approved = "55000.00"', 'approved = "20000.00"'),
    )
    assert story.sums("2026-11-12") == (20000, 30000, 10000, 0)
