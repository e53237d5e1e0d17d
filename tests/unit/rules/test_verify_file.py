"""Vectors files that cannot be read are refused with the field's name; the command says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from grantflow.cli.rules import commands
from grantflow.rules.verify import document

GOOD = {
    "id": "A1",
    "area": "deadline",
    "input": {"applicationReceivedOn": "2026-01-10"},
    "expected": {"actionAdmissibleFrom": "2026-04-10"},
}


def command(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(commands, ["verify", *arguments], env={"GRANTFLOW_LANGUAGE": "en"})
    return found.exit_code, found.output


def written(tmp_path: Path, content: Any) -> str:
    path = tmp_path / "vectors.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("content", "place", "key"),
    [
        ("", "file", "rules_verify.not_json"),
        ("{", "file", "rules_verify.not_json"),
        ('{"vectors": [1e400, NaN]}', "file", "rules_verify.not_json"),
        ('{"vectors": [], "vectors": []}', "file", "rules_verify.not_json"),
        ("{}", "vectors", "rules_verify.no_vectors"),
        ("[]", "vectors", "rules_verify.no_vectors"),
        ("5", "vectors", "rules_verify.no_vectors"),
        ('{"vectors": {}}', "vectors", "rules_verify.no_vectors"),
        ('{"vectors": [5]}', "vectors.0", "rules_verify.not_object"),
        ({"vectors": [GOOD], "meta": []}, "meta", "rules_verify.not_object"),
        ([{**GOOD, "id": 5}], "vectors.0.id", "rules_verify.no_text"),
        ([{**GOOD, "id": " "}], "vectors.0.id", "rules_verify.no_text"),
        ([{**GOOD, "title": 5}], "vectors.0.title", "rules_verify.no_text"),
        ([{**GOOD, "input": {}}], "vectors.0.input", "rules_verify.not_object"),
        ([{**GOOD, "input": []}], "vectors.0.input", "rules_verify.not_object"),
        ([{**GOOD, "config": None}], "vectors.0.config", "rules_verify.not_object"),
        ([{**GOOD, "expected": {}}], "vectors.0.expected", "rules_verify.not_object"),
        ([GOOD, GOOD], "vectors.1.id", "rules_verify.id_twice"),
    ],
)
def test_an_unreadable_file_names_the_field(content: Any, place: str, key: str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(document.Unreadable) as caught:
        document.parse(text, "file")
    assert (caught.value.problems[0].place, caught.value.problems[0].key) == (place, key)


def test_a_deep_file_is_refused_and_does_not_break_the_reader() -> None:
    with pytest.raises(document.Unreadable):
        document.parse("[" * 100_000, "file")


def test_numbers_of_a_file_stay_exact() -> None:
    row = json.dumps([GOOD]).replace('"2026-01-10"', "0.10000000000000000001")
    assert str(document.parse(row, "").vectors[0].given["applicationReceivedOn"]).endswith("01")


def test_a_mistyped_field_of_a_vector_fails_that_vector(tmp_path: Path) -> None:
    rows = [{**GOOD, "confg": {}}, {**GOOD, "id": "A2"}]
    code, output = command(written(tmp_path, rows))
    assert code == 1
    assert "confg: This field is not understood." in output
    assert output.strip().endswith("1 passed, 1 failed")


def test_a_field_in_input_and_config_fails(tmp_path: Path) -> None:
    code, output = command(written(tmp_path, [{**GOOD, "config": GOOD["input"]}]))
    assert code == 1
    assert "config.applicationReceivedOn" in output


def test_a_file_that_holds_ends_with_zero(tmp_path: Path) -> None:
    code, output = command(written(tmp_path, {"vectors": [GOOD]}), "--verbose")
    assert code == 0
    assert output.splitlines() == ["✓ A1 failure_to_act", "1 passed, 0 failed"]


def test_a_difference_is_printed_with_both_values(tmp_path: Path) -> None:
    wrong = {**GOOD, "title": "Inaction", "expected": {"actionAdmissibleFrom": "2026-04-11"}}
    code, output = command(written(tmp_path, [wrong]))
    assert code == 1
    assert "✗ A1 Inaction" in output
    assert "actionAdmissibleFrom: 2026-04-11 is expected, 2026-04-10 is computed." in output
    assert output.splitlines()[-1] == "0 passed, 1 failed"


def test_a_refusal_of_the_rule_is_printed_in_its_words(tmp_path: Path) -> None:
    wrong = {**GOOD, "input": {"applicationReceivedOn": "10.01.2026"}}
    code, output = command(written(tmp_path, [wrong]))
    assert code == 1
    assert "“10.01.2026” is no date" in output


@pytest.mark.parametrize("content", ["{", "{}", '{"vectors": [{"id": "A"}]}'])
def test_an_unreadable_file_ends_with_two(tmp_path: Path, content: str) -> None:
    code, output = command(written(tmp_path, content))
    assert code == 2
    assert "The vectors file cannot be read." in output


def test_a_missing_file_or_other_encoding_ends_with_two(tmp_path: Path) -> None:
    assert command(str(tmp_path / "none.json"))[0] == 2
    assert command(str(tmp_path))[0] == 2
    latin = tmp_path / "latin.json"
    latin.write_bytes('{"vectors": "ä"}'.encode("latin-1"))
    assert command(str(latin))[0] == 2
