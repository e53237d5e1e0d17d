"""What a recovery took away stays away: an amendment works on the grant of the day it is final."""

from __future__ import annotations

from pathlib import Path

from tests.unit.programmes import test_small_overpayment as overpaid

from grantflow.programmes.load import read
from grantflow.programmes.package import load_folder
from grantflow.programmes.playing import run_scenario
from grantflow.programmes.scenario import parse_scenario

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "workflows/bamf_model_projects"
STORY = (FOLDER / "scenarios/amended_while_recovering.toml").read_text("utf-8")
END = 'approved = "51000.00"'


def changed(*changes: tuple[str, str]) -> str:
    told = STORY
    for before, after in changes:
        assert before in told
        told = told.replace(before, after)
    return told


def problems(story: str) -> list[str]:
    content = load_folder(FOLDER, ROOT / "workflows/_shared", ROOT / "templates/letters")
    scenario = parse_scenario(story.encode(), "scenarios/changed.toml")
    return [f"{one.key} {one.params}" for one in run_scenario(read(content), scenario).problems]


def test_more_time_alone_leaves_the_amount_as_the_recovery_left_it() -> None:
    only_time = changed(
        ('amendment_kinds = ["money", "time"]', 'amendment_kinds = ["time"]'),
        ('wanted_amount = "63000.00"\n', ""),
        ('new_amount = "63000.00"\n', ""),
        ('budget_available = "yes"\n', ""),
        (STORY[STORY.index("new_plan_lines") : STORY.index("budget_available")], ""),
        (STORY[STORY.rindex("instalments = [") : STORY.index("amendment_changes")], ""),
        (END, 'approved = "48000.00"'),
    )
    assert problems(only_time) == []


def test_a_grant_revoked_in_full_is_not_revived() -> None:
    whole = changed(
        ('recovery_extent = "part"', 'recovery_extent = "full"'),
        ('"12000.00"', '"30000.00"'),
        (END, 'approved = "0.00"'),
    )
    assert problems(whole) == []


def test_a_settled_claim_that_is_not_pursued_leaves_what_was_settled() -> None:
    chosen = overpaid.DECIDED.format(choice="reclaim", tasks='["draft_recovery"]')
    dropped = """
[[step]]
at = "2028-12-12T10:00:00+01:00"
task = "draft_recovery"
by = "CASE_OFFICER"
[step.answers]
repay_account = "DE89 3704 0044 0532 0130 00"
recovery_amount = "200.00"
repay_until = "2029-01-15"
interest_from = "2028-06-30"
recovery_choice = "refrain"
reasons = "Der Betrag ist geringfügig; der Aufwand der Einziehung überstiege ihn."
[step.expect]
tasks = ["approve_refrain"]

[[step]]
at = "2028-12-13T10:00:00+01:00"
task = "approve_refrain"
by = "HEAD_OF_UNIT"
[step.answers]
recovery_signature = "approve"
[step.expect]
tasks = []
"""
    told = overpaid.story(chosen + dropped + overpaid.FINAL).replace(
        'approved = "162000.00"', 'approved = "161800.00"'
    )
    assert [one.params for one in overpaid.played("500", told).problems] == []
