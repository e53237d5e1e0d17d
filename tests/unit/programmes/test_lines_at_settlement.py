"""At the settlement every funding line counts at its own rate; a scenario may say the sums."""

from __future__ import annotations

from pathlib import Path

import pytest

from grantflow.programmes.load import Programme, read
from grantflow.programmes.package import load_folder
from grantflow.programmes.playing import ScenarioResult, run_scenario
from grantflow.programmes.scenario import parse_scenario

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "workflows/wir_hessen"
STORY = (FOLDER / "scenarios/one_line_underspends.toml").read_text("utf-8")
EXPECTED = 'amounts = { computed_grant = "24000.00", eligible_actual = "39000.00" }'
MODEL = 'Modellprojekt: Willkommens- und Anerkennungskultur", amount = "30000.00"'
LANGUAGE = 'Ausbau von Deutschkenntnissen", amount = "9000.00"'


@pytest.fixture(scope="module")
def programme() -> Programme:
    return read(load_folder(FOLDER, ROOT / "workflows/_shared", ROOT / "templates/letters"))


def played(programme: Programme, **changed: str) -> ScenarioResult:
    """The shipped story up to the settlement, with other figures."""
    story = STORY.split('task = "prepare_settlement"')[0].rsplit("[[step]]", 1)[0]
    assert story.count(EXPECTED) == 1
    story = story.replace(EXPECTED, changed.get("amounts", EXPECTED))
    for line, usual in (("model", MODEL), ("language", LANGUAGE)):
        assert story.count(usual) == 2
        told = usual.split('amount = "')[0]
        if line in changed:
            story = story.replace(usual, f'{told}amount = "{changed[line]}"')
    ending = '[expect]\nended = false\nstatus = "AUDITED"\nletters = ["acknowledgement", '
    ending += '"grant_decision", "payment_notice", "statement_reminder"]\n'
    return run_scenario(programme, parse_scenario((story + ending).encode(), "scenarios/x.toml"))


@pytest.mark.parametrize(
    ("model", "language", "amounts"),
    [
        ("30000.00", "9000.00", '{ computed_grant = "24000.00" }'),
        ("40000.00", "6000.00", '{ computed_grant = "26000.00" }'),
        ("39600.00", "8600.00", '{ computed_grant = "28600.00" }'),
        ("44000.00", "5000.00", '{ computed_grant = "25000.00", eligible_actual = "49000.00" }'),
    ],
)
def test_what_a_line_saves_counts_at_its_own_rate(
    programme: Programme, model: str, language: str, amounts: str
) -> None:
    result = played(programme, model=model, language=language, amounts=f"amounts = {amounts}")
    assert result.problems == ()


def test_a_sum_that_is_not_computed_is_said_with_both_figures(programme: Programme) -> None:
    wrong = 'amounts = { computed_grant = "23081.63", unknown = "1.00", purpose = "1.00" }'
    (found,) = played(programme, amounts=wrong).problems
    assert found.key == "programmes.scenario.amounts"
    assert found.params["expected"].startswith("computed_grant = 23081.63")
    assert found.params["actual"] == "computed_grant = 24000.00, unknown = None, purpose = None"


def amended_story() -> str:
    text = (FOLDER / "scenarios/plan_amended.toml").read_text("utf-8")
    assert 'computed_grant = "29000.00", eligible_actual = "47000.00"' in text
    return text


def changes(programme: Programme, story: str) -> list[dict[str, object]]:
    result = run_scenario(programme, parse_scenario(story.encode(), "scenarios/x.toml"))
    return [dict(p.params) for p in result.problems if p.key == "programmes.scenario.amounts"]


def test_the_settlement_goes_by_the_amended_plan(programme: Programme) -> None:
    assert changes(programme, amended_story()) == []


def test_without_the_amendment_the_awarded_plan_binds(programme: Programme) -> None:
    story = amended_story()
    start = story.index('[[step]]\nat = "2027-05-03T09:00:00')
    end = story.index('[[step]]\nat = "2028-07-04T')
    (found,) = changes(programme, story[:start] + story[end:])
    assert found["actual"] == "computed_grant = 27000.00, eligible_actual = 46800.00"


def test_a_new_plan_names_the_maximum_of_every_funding_line(programme: Programme) -> None:
    story = amended_story().replace(', grant = "11000.00"', "")
    result = run_scenario(programme, parse_scenario(story.encode(), "scenarios/x.toml"))
    assert result.problems[0].params["field"] == "new_plan_lines.1.grant"
