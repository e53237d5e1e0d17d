"""A diagram that nothing leads to is looked at, too, and said to be of no use."""

from __future__ import annotations

from tests.integration.studio_world import FOLDER, LETTERS, SHARED
from tests.unit.engine.bpmn_text import diagram, node, script

from grantflow.programmes.lint import lint
from grantflow.programmes.package import Package, load_folder

LOST = "stages/lost_lamp.bpmn"


def _with(name: str, content: bytes) -> Package:
    return load_folder(FOLDER, SHARED, LETTERS).with_file(name, content)


def test_its_contents_are_checked_and_that_nothing_leads_there_is_said() -> None:
    lost = diagram(node("userTask", "u"), lines=["s u", "u e"], process="lost_lamp")
    problems = lint(_with(LOST, lost))
    assert {problem.place.partition("#")[0] for problem in problems} == {LOST}
    keys = {problem.key for problem in problems}
    assert "programmes.not_reached" in keys
    assert len(keys) > 1


def test_what_only_it_sets_is_no_variable_of_the_others() -> None:
    lost = diagram(script("c", "fog = 1"), lines=["s c", "c e"], process="lost_lamp")
    package = _with(LOST, lost)
    used = "stages/lamp_application.bpmn"
    asks = package.files[used].replace(b'value="P3D"', b'value="=fog"')
    keys = {(p.key, p.place.partition("#")[0]) for p in lint(package.with_file(used, asks))}
    assert ("lint.unknown_variable", used) in keys


def test_a_shared_diagram_that_is_not_used_is_nobody_s_fault() -> None:
    assert lint(load_folder(FOLDER, SHARED, LETTERS)) == []


def test_an_expression_of_a_diagram_that_does_not_end_is_refused() -> None:
    used = "stages/lamp_application.bpmn"
    package = load_folder(FOLDER, SHARED, LETTERS)
    endless = b"=count(for i in 1..1000000000 return i)"
    problems = lint(package.with_file(used, package.files[used].replace(b"P3D", endless)))
    assert [problem.key for problem in problems] == ["lint.bad_expression"]
