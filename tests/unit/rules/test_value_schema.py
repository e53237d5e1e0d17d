"""Rule books: every value is known, of its kind and in its range, and none that is needed lacks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grantflow.cli.profiles import commands
from grantflow.rules.profiles import BadRuleBook
from grantflow.rules.value_schema import SHAPES, fault
from grantflow.services import rule_books
from grantflow.settings import settings
from grantflow.texts import text

DEEMED = "[[values.deemed_days]]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workflows folder with the shipped rule books."""
    shared = settings().workflows_dir / rule_books.FOLDER
    shutil.copytree(shared, tmp_path / rule_books.FOLDER)
    return tmp_path


def change(folder: Path, old: str, new: str) -> None:
    book = folder / rule_books.FOLDER / "berlin.toml"
    written = book.read_text()
    assert old in written
    book.write_text(written.replace(old, new))


def test_the_shipped_books_fit(folder: Path) -> None:
    assert len(rule_books.shipped_books(folder)) == 4


def test_the_faults_of_one_book_do_not_hide_those_of_another(folder: Path) -> None:
    change(folder, "value = 3\n", "value = -4\n")
    (folder / rule_books.FOLDER / "hessen.toml").write_text("area = ")
    with pytest.raises(BadRuleBook) as refused:
        rule_books.shipped_books(folder)
    files = {problem.place.partition("#")[0] for problem in refused.value.problems}
    assert files == {"berlin.toml", "hessen.toml"}


@pytest.mark.parametrize(
    ("old", "new", "keys"),
    [
        (DEEMED, "[[values.deemed_dayz]]", {"rules.value_needed", "rules.value_unknown"}),
        ("value = 3\n", "value = -4\n", {"rules.value_range"}),
        ("value = 10\n", "value = 4.5\n", {"rules.value_kind"}),
        ("value = false\n", 'value = "nein"\n', {"rules.value_kind"}),
        ('value = "CENT"', 'value = "EURO"', {"rules.value_option"}),
        ('value = "P2M"', 'value = "2 Monate"', {"rules.value_kind"}),
        ('source = "§ 41 Abs. 2a Satz 4 VwVfG"', 'source = " "', {"rules.source_needed"}),
        ('area = "berlin"', 'area = "hessen"', {"rules.other_area"}),
    ],
)
def test_a_book_that_rules_cannot_read_is_refused(
    folder: Path, old: str, new: str, keys: set[str]
) -> None:
    change(folder, old, new)
    with pytest.raises(BadRuleBook) as refused:
        rule_books.shipped_books(folder)
    assert {problem.key for problem in refused.value.problems} == keys
    for problem in refused.value.problems:
        assert problem.place.startswith("berlin.toml#")
        for language in ("de", "en"):
            assert "{" not in text(problem.key, language, **problem.params)


def test_the_command_speaks_of_the_rule_book(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, DEEMED, "[[values.deemed_dayz]]")
    monkeypatch.setenv("GRANTFLOW_LANGUAGE", "de")
    monkeypatch.setattr(
        "grantflow.cli.profiles.settings",
        lambda: settings().model_copy(update={"workflows_dir": folder}),
    )
    result = CliRunner().invoke(commands, ["check"])
    assert result.exit_code == 1
    assert "Regelbuch" in result.output
    assert "Programm" not in result.output
    assert "deemed_days" in result.output


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_no_value_may_be_of_another_kind(name: str) -> None:
    other = "x" if SHAPES[name].kind in ("switch", "whole", "number") else 1
    found = fault(name, other)
    assert found is not None
    assert found.key == "rules.value_kind"


def test_families_of_values_are_known_by_their_beginning() -> None:
    assert fault("min_laender_new_programme", 5) is None
    assert fault("min_laender_new_programme", 17) is not None
    assert fault("nobody_knows", "anything") is None
