"""A settlement asks a person before it claims less than the limit for small amounts."""

from __future__ import annotations

from pathlib import Path

from grantflow.programmes.load import Programme, read
from grantflow.programmes.package import Package, load_folder
from grantflow.programmes.playing import ScenarioResult, run_scenario
from grantflow.programmes.scenario import parse_scenario

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "workflows/bamf_model_projects"
SHIPPED = "[profile_overrides.small_claim]\nvalue = 500"
STORY = "overspend_and_repayment"
COMPUTED, SMALL = 'final_grant = "160123.50"', 'final_grant = "161800.00"'
RECOVERY = 'tasks = ["draft_recovery"]\nstatus = "SETTLED"\n'
DECIDED = """tasks = ["decide_small_repayment"]
status = "SETTLED"

[[step]]
at = "2028-12-11T10:00:00+01:00"
task = "decide_small_repayment"
by = "HEAD_OF_UNIT"
[step.answers]
small_repayment_choice = "{choice}"
reasons = "Der Betrag liegt unter der Bagatellgrenze; die Entscheidung ist abgewogen."
[step.expect]
tasks = {tasks}
status = "SETTLED"
"""


def programme(limit: str) -> Programme:
    """The shipped programme with a limit for small claims, euro."""
    content = load_folder(FOLDER, ROOT / "workflows/_shared", ROOT / "templates/letters")
    shipped = content.files["programme.toml"].decode()
    assert SHIPPED in shipped
    told = shipped.replace(SHIPPED, f"[profile_overrides.small_claim]\nvalue = {limit}")
    return read(Package({**content.files, "programme.toml": told.encode()}))


def played(limit: str, story: str) -> ScenarioResult:
    name = f"scenarios/{STORY}.toml"
    return run_scenario(programme(limit), parse_scenario(story.encode(), name))


def story(ending: str) -> str:
    text = (FOLDER / f"scenarios/{STORY}.toml").read_text("utf-8")
    assert COMPUTED in text
    told, _, repaid = text.replace(COMPUTED, SMALL).partition(RECOVERY)
    end = repaid[repaid.rindex("[expect]") :].replace(', "recovery_decision"', "")
    assert 'approved = "160123.50"' in end
    return told + ending + "\n" + end.replace("160123.50", "162000.00")


FINAL = """
[[step]]
at = "2029-02-02T10:00:00+01:00"
tick = true
[step.expect]
tasks = ["evaluate_case"]
status = "SETTLED"
"""


def test_the_head_of_unit_may_refrain_from_a_small_amount() -> None:
    """The claim is gone, but not what the settlement fixed: that counts once it is final."""
    refrained = story(DECIDED.format(choice="refrain", tasks="[]"))
    assert played("500", refrained).problems == ()
    told, _, end = refrained.rpartition("[expect]")
    lowered = end.replace("162000.00", "161800.00")
    assert played("500", f"{told}{FINAL}\n[expect]{lowered}").problems == ()


def test_the_head_of_unit_may_claim_a_small_amount_all_the_same() -> None:
    tasks = '["draft_recovery"]'
    assert played("500", story(DECIDED.format(choice="reclaim", tasks=tasks))).problems == ()


def test_what_reaches_the_limit_is_claimed_without_a_question() -> None:
    assert played("200", story(RECOVERY)).problems == ()
