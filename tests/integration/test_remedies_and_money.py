"""What remedies leave of an unpaid grant, of a repayment and of interest, through the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.integration.test_settled_money import Watched

from grantflow.cli import demo_world
from grantflow.cli.world import World
from grantflow.documents import open_blobs
from grantflow.programmes import check
from grantflow.programmes.load import read
from grantflow.programmes.scenario import parse_scenario
from grantflow.settings import Settings
from grantflow.store import db, embedded
from grantflow.store import demo as facts

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
def play(database: embedded.Urls, live_sessions: db.Sessions, tmp_path: Path) -> Play:
    """Plays a scenario of one programme, changed as a test says; it must go as it says."""
    chosen = Settings(
        database_url=database.application, owner_database_url=database.owner, data_dir=tmp_path
    )
    world = World(chosen, database, live_sessions)
    cast = demo_world.load_people(world)

    def told(name: str, *changes: tuple[str, str]) -> Watched:
        folder = chosen.workflows_dir / "wir_hessen"
        programme = read(check.from_folder(folder, chosen.templates_dir / "letters"))
        raw = (folder / "scenarios" / f"{name}.toml").read_text("utf-8")
        for before, after in changes:
            head, found, last = raw.rpartition(before)
            assert found, before
            raw = head + after + last
        scenario = parse_scenario(raw.encode(), name)
        story = Watched(world, cast, open_blobs(chosen), programme, scenario)
        with world.reading() as session:
            call = facts.call_of(session, programme.key, scenario.call)
        assert [(one.key, one.params) for one in story.tell(call).problems] == []
        return story

    return told


def sums(story: Watched, day: str) -> tuple[int, ...]:
    """Euro granted, ordered or paid, returned, bound and not ordered, after a day's last step."""
    granted, found = story.seen[date.fromisoformat(day)]
    return tuple(int(one) for one in (granted or 0, found.paid, found.returned, found.available))


def test_an_unpaid_grant_keeps_what_the_court_leaves_it_and_that_can_be_paid(play: Play) -> None:
    story = play("unpaid_revocation_upheld_in_part")
    assert sums(story, "2026-05-18") == (18000, 0, 0, 18000)
    assert sums(story, "2026-06-01") == (6000, 0, 0, 6000)
    assert sums(story, "2026-06-11") == (6000, 6000, 0, 0)


def test_what_is_repaid_despite_an_action_lowers_the_grant_only_after_the_court(play: Play) -> None:
    story = play("repaid_despite_action")
    assert sums(story, "2026-08-14") == (12000, 6000, 3000, 6000)
    assert sums(story, "2026-10-05") == (12000, 6000, 3000, 6000)
    assert sums(story, "2026-10-19") == (9000, 6000, 3000, 6000)


def test_interest_that_a_court_lowers_before_it_is_paid_is_owed_in_part(play: Play) -> None:
    changes = (('"dismissed"', LEFT), (OWED, TO_FOLLOW), ("[expect]\n", PAID))
    story = play("court_action_against_recovery", *changes)
    assert sums(story, "2026-12-18") == (9000, 6000, 3000, 6000)


def test_of_interest_paid_only_what_is_too_much_is_refunded(play: Play) -> None:
    play(
        "interest_annulled_after_payment",
        ('"upheld"', LEFT),
        ('interest_refund = "49.41"', 'interest_refund = "29.41"'),
        ('refunded_amount = "49.41"', 'refunded_amount = "29.41"'),
    )
