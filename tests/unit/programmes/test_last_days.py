"""A hearing that leaves today gives time to answer, and names the day that counts."""

from __future__ import annotations

from datetime import date

import pytest

from grantflow.programmes import last_days
from grantflow.programmes.deadlines import Terms
from grantflow.programmes.load import Programme, read
from grantflow.programmes.package import load_folder
from grantflow.programmes.playing import run_scenario
from grantflow.programmes.scenario import Scenario, parse_scenario
from grantflow.settings import settings
from grantflow.texts import LANGUAGES, text

NAME = "overspend_and_repayment"
TODAY = date(2028, 12, 6)  # a Wednesday


@pytest.fixture(scope="module")
def programme() -> Programme:
    workflows = settings().workflows_dir
    letters = settings().templates_dir / "letters"
    return read(load_folder(workflows / "bamf_model_projects", workflows / "_shared", letters))


@pytest.mark.parametrize(
    ("until", "key"),
    [
        ("2028-11-05", "too_early"),  # long over
        ("2028-12-10", "too_early"),  # the day of the fiction, nobody has read it before
        ("2028-12-11", None),
        ("2028-12-24", "free_day"),  # a Sunday, the period would run on
        ("2028-12-26", "free_day"),
        ("2028-12-29", None),
        (None, None),
    ],
)
def test_a_reply_is_asked_for_by_a_working_day_after_the_notification(
    programme: Programme, until: str | None, key: str | None
) -> None:
    terms = Terms.of(programme, TODAY)
    found = list(last_days.refused(terms, TODAY, {"respond_until": until}))
    assert [one.key for one in found] == ([f"programmes.hearing.{key}"] if key else [])
    assert [one.place for one in found] == (["respond_until"] if key else [])
    for language in LANGUAGES:
        assert all(text(one.key, language, **one.params) for one in found)


@pytest.mark.parametrize(
    ("due", "key"),
    [("2028-12-10", "pay_too_early"), ("2028-12-11", None), ("2028-12-16", "free_day"),
     ("2028-12-24", "free_day"), ("2028-12-26", "free_day")],
)  # fmt: skip
@pytest.mark.parametrize("name", last_days.PAYMENT_DAYS)
def test_a_day_of_payment_is_a_working_day_after_the_notification(
    programme: Programme, name: str, due: str, key: str | None
) -> None:
    assert last_days.gives_time({name: due})
    terms = Terms.of(programme, TODAY)
    found = list(last_days.refused(terms, TODAY, {name: due}))
    expected = [(f"programmes.hearing.{key}", name)] if key else []
    assert [(one.key, one.place) for one in found] == expected
    for language in LANGUAGES:
        assert all(text(one.key, language, **one.params) for one in found)


@pytest.mark.parametrize("until", ["2028-11-06", "2028-12-07", "2028-12-31"])
def test_the_settlement_refuses_a_hearing_that_is_over(programme: Programme, until: str) -> None:
    folder = settings().workflows_dir / "bamf_model_projects" / "scenarios"
    raw = (folder / f"{NAME}.toml").read_text("utf-8")
    assert run_scenario(programme, scenario(raw)).passed
    played = run_scenario(programme, scenario(raw.replace('"2028-12-29"', f'"{until}"')))
    assert any("respond_until" in str(problem.params) for problem in played.problems)


def scenario(raw: str) -> Scenario:
    return parse_scenario(raw.encode(), NAME)
