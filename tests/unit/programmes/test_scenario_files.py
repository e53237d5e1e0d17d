import pytest

from grantflow.errors import BadProgramme
from grantflow.programmes.scenario import parse_scenario

GOOD = """
title.de = "Glatt"
title.en = "Smooth"
call = "2026"
start = 2026-07-15T09:00:00+02:00
organisation = "verein"
case_title = "Nachbarschaft"

[[step]]
at = 2026-07-16T09:00:00+02:00
task = "submit"
[step.answers]
title = "x"

[expect]
ended = true
status = "CLOSED"
letters = ["acknowledgement"]
approved = "100.00"
"""


def test_a_scenario_is_read_with_the_name_of_its_file() -> None:
    scenario = parse_scenario(GOOD.encode(), "scenarios/smooth.toml")
    assert scenario.name == "smooth"
    assert scenario.step[0].answers == {"title": "x"}
    assert str(scenario.expect.approved) == "100.00"


@pytest.mark.parametrize(
    ("wrong", "right", "place"),
    [
        ('task = "submit"', "", "step.0"),
        ('task = "submit"', 'task = "submit"\nmessage = "hello"', "step.0"),
        ("at = 2026-07-16T09:00:00+02:00", "at = 2026-07-16T09:00:00", "step.0"),
        ("ended = true", "finished = true", "expect"),
        ('title.en = "Smooth"', "", "title"),
    ],
    ids=["nothing happens", "two things", "no offset", "unknown word", "one language"],
)
def test_a_fault_names_its_place(wrong: str, right: str, place: str) -> None:
    with pytest.raises(BadProgramme) as caught:
        parse_scenario(GOOD.replace(wrong, right).encode(), "scenarios/smooth.toml")
    assert any(place in problem.place for problem in caught.value.problems)


def test_broken_toml_is_said() -> None:
    with pytest.raises(BadProgramme, match=r"programmes\.toml"):
        parse_scenario(b"= nothing", "scenarios/x.toml")
