"""All faults are told at once, and none that only follows from what could not be read."""

from __future__ import annotations

from collections.abc import Mapping

from tests.integration.studio_world import FOLDER, LETTERS, SHARED

from grantflow.errors import Problem
from grantflow.expressions import FUNCTIONS, is_builtin
from grantflow.programmes.lint import lint
from grantflow.programmes.package import Package, load_folder
from grantflow.texts import text

STAGE = "stages/lamp_application.bpmn"


def world() -> Package:
    return load_folder(FOLDER, SHARED, LETTERS)


def changed(package: Package, path: str, swaps: Mapping[bytes, bytes]) -> Package:
    raw = package.files[path]
    for old, new in swaps.items():
        assert old in raw, (path, old)
        raw = raw.replace(old, new, 1)
    return package.with_file(path, raw)


def found(package: Package) -> list[tuple[str, str]]:
    return [(one.key, one.place) for one in lint(package)]


def test_a_fault_in_the_settings_does_not_hide_those_of_the_diagrams() -> None:
    broken = changed(world(), "programme.toml", {b"short =": b"shorty ="})
    both = changed(broken, STAGE, {b'value="P3D"': b'value="=fog"'})
    assert {(key, place.partition("#")[0]) for key, place in found(both)} == {
        ("programmes.value", "programme.toml"),
        ("lint.unknown_variable", STAGE),
    }


def test_a_call_that_cannot_be_read_does_not_hide_one_that_closes_first() -> None:
    bad = b'\n[[calls]]\nkey = "late"\ntitle = { de = "x", en = "x" }\nopens = 2027-05-01\n'
    raw = world().files["programme.toml"] + bad + b"closes = 2027-04-01\n\n[[calls]]\nkey = 7\n"
    keys = [key for key, _ in found(world().with_file("programme.toml", raw))]
    assert "programmes.value" in keys
    assert "programmes.call_closes_first" in keys


def test_settings_nobody_can_read_leave_lanes_unjudged_but_not_conditions() -> None:
    unread = world().with_file("programme.toml", b"x = [")
    assert found(unread) == [("programmes.toml", "programme.toml")]
    lanes = changed(world(), "programme.toml", {b"[lanes]": b"[lances]"})
    assert {key for key, _ in found(lanes)} == {"programmes.value"}
    fog = changed(unread, STAGE, {b'value="P3D"': b'value="=fog"'})
    assert "lint.unknown_variable" in {key for key, _ in found(fog)}


def test_a_hostile_diagram_is_one_fault() -> None:
    for path in ("lifecycle.bpmn", STAGE):
        hostile = b'<!DOCTYPE x [<!ENTITY a "b">]><definitions/>'
        assert found(world().with_file(path, hostile)) == [("lint.xml_doctype", path)]


def test_an_unreadable_form_is_one_fault_and_no_unknown_one() -> None:
    name = next(path for path in world().own() if path.endswith(".form"))
    keys = found(world().with_file(name, b"{"))
    assert len(keys) == 1
    assert keys[0][1].startswith(name)


def test_causes_come_before_values_that_nothing_sets() -> None:
    keys = [
        key
        for key, _ in found(
            changed(world(), STAGE, {b'value="P3D"': b'value="=aaa"', b'isExecutable="true"': b""})
        )
    ]
    assert keys[-1] == "lint.unknown_variable"
    assert "lint.not_executable" in keys


def test_a_misspelt_function_is_no_value_and_near_names_are_offered() -> None:
    (one,) = lint(changed(world(), STAGE, {b'value="P3D"': b'value="=summ([1])"'}))
    assert one.key == "lint.unknown_function_near"
    said = text(one.key, "de", **one.params)
    assert "Funktion „summ“" in said
    assert "Ähnlich heißen: sum" in said
    (other,) = lint(changed(world(), STAGE, {b'value="P3D"': b'value="=call_close_at"'}))
    assert _said(other).endswith("Ähnlich heißen: call_closes_at.")


def _said(problem: Problem) -> str:
    return text(problem.key, "de", **problem.params)


def test_the_functions_that_are_offered_exist() -> None:
    assert [name for name in FUNCTIONS if not is_builtin(name)] == []
