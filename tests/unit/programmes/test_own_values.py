"""The own values of a programme are checked as those of a rule book, with names and days."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from tests.integration.studio_world import FOLDER, LETTERS, SHARED

from grantflow.errors import Problem
from grantflow.programmes.lint import lint
from grantflow.programmes.load import read_file
from grantflow.programmes.package import Package, load_folder
from grantflow.rules.overrides import override_faults
from grantflow.services import rule_views
from grantflow.texts import LANGUAGES, text

BAMF = Path(__file__).parents[3] / "workflows" / "bamf_model_projects"
SAID = 'source = "Richtlinie Nr. 4"\nconfidence = "published"\n'


def faults(own: str) -> list[Problem]:
    """What the lint says of the lighthouse programme with own values."""
    package = load_folder(FOLDER, SHARED, LETTERS)
    told = package.files["programme.toml"].decode() + own
    return lint(Package({**package.files, "programme.toml": told.encode()}))


def own(name: str, value: str, said: str = SAID) -> str:
    return f"\n[profile_overrides.{name}]\nvalue = {value}\n{said}"


def entry(value: str, days: str, name: str = "small_claim") -> str:
    return f"\n[[profile_overrides.{name}]]\nvalue = {value}\n{days}\n{SAID}"


SOUND = [
    own("small_claim", "500"),
    own("small_claim", "500", SAID + "from = 2026-01-01\nuntil = 2026-12-31\n"),
    entry("500", "until = 2026-12-31") + entry("600", "from = 2027-01-01"),
    own("min_laender_lamps", "3"),
]


@pytest.mark.parametrize("sound", SOUND)
def test_own_values_with_source_and_days_are_sound(sound: str) -> None:
    assert faults(sound) == []


WRONG = [
    (own("small_interst", "5"), "small_interst", "rules.value_unknown", "small_interest"),
    (own("base_rate", "5"), "base_rate", "rules.override_base_rate", "Rechtsregeln"),
    (own("small_claim", '"abc"'), "small_claim", "rules.value_kind", "abc"),
    (own("line_tolerance", "7"), "line_tolerance", "rules.value_range", "7"),
    (own("prompt_use", '"P6X"'), "prompt_use", "rules.value_kind", "P6X"),
    (own("interest_margin", "-3"), "interest_margin", "rules.value_range", "-3"),
    (own("small_claim", "5", SAID.replace("Richtlinie Nr. 4", " ")), "small_claim",
     "rules.source_needed", "source"),
    (own("small_claim", "5", 'source = "x"'), "small_claim", "rules.wrong_field", "confidence"),
    (own("small_claim", "5", 'confidence = "law"'), "small_claim", "rules.wrong_field", "source"),
    (own("small_claim", "5", 'source = "x"\nconfidence = "sure"'), "small_claim",
     "rules.wrong_field", "general"),
    (own("small_claim", "5", SAID + 'from = "Mai"'), "small_claim", "rules.wrong_field", "from"),
    (own("small_claim", "5", SAID + "since = 1"), "small_claim", "rules.wrong_field", "since"),
    (own("small_claim", "[5]"), "small_claim", "rules.wrong_field", "value"),
    ("\n[profile_overrides]\nsmall_claim = 5", "small_claim", "rules.override_plain",
     "[profile_overrides.small_claim]"),
    ("\n[profile_overrides]\nsmall_claim = []", "small_claim", "rules.empty", "small_claim"),
    (own("small_claim", "5", SAID + "from = 2026-01-01\nuntil = 2025-01-01"), "small_claim",
     "rules.ends_before_start", "2026"),
    (entry("5", "until = 2026-12-31") + entry("6", "from = 2027-02-01"), "small_claim",
     "rules.gap", "1. Januar 2027"),
    (entry("5", "") + entry("6", "from = 2027-02-01"), "small_claim", "rules.overlap", "2027"),
    (entry("5", "until = 2026-12-31") + entry("6", ""), "small_claim", "rules.wrong_field",
     "profile_overrides.small_claim.1.from"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "name", "key", "told"), WRONG)
def test_a_wrong_own_value_is_named_with_the_mend(
    wrong: str, name: str, key: str, told: str
) -> None:
    (problem,) = faults(wrong)
    assert (problem.key, problem.place) == (key, f"programme.toml#profile_overrides.{name}")
    said = [text(problem.key, language, **problem.params) for language in LANGUAGES]
    assert all(name in one and "{" not in one for one in said)
    assert told in said[0]


def test_own_values_are_checked_though_the_file_has_another_fault() -> None:
    keys = {one.key for one in faults(own("small_claim", "-1") + "[moon]\nlight = 1\n")}
    assert {"rules.value_range", "programmes.value"} <= keys


def test_the_shipped_own_value_is_sound_and_to_be_confirmed() -> None:
    file = read_file(load_folder(BAMF, SHARED, LETTERS))
    assert override_faults(file.profile_overrides, "") == []
    listed = rule_views._of_programme(file, uuid4(), date(2026, 7, 1))
    (shown,) = [one for one in listed if one.part == "profile_overrides"]
    assert (shown.name, shown.value, shown.confidence) == ("small_claim", 500, "assumption")
    assert "zu bestätigen" in shown.source
