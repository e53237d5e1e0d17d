"""What is stored is small, its cost never grows, and what does not fit is refused."""

from __future__ import annotations

import pytest
from bpmn_text import NOW, Run, border, diagram, each, effect, event, node, script, timer, user

from grantflow.decisions import parse as parse_decisions
from grantflow.engine import EngineError, Fired, Instance, Passed, parse
from grantflow.engine.environment import Environment
from grantflow.engine.state import BadState, unpack
from grantflow.errors import BadProgramme

BAND = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f">
<decision id="band" name="Stufe"><decisionTable>
<input label="x"><inputExpression><text>x</text></inputExpression></input><output name="band"/>
<rule id="band_rule_1"><inputEntry><text>&gt; 10</text></inputEntry>
<outputEntry><text>"high"</text></outputEntry></rule>
<rule id="band_rule_2"><inputEntry><text>&lt;= 10</text></inputEntry>
<outputEntry><text>"low"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
PAYMENTS = diagram(
    node("exclusiveGateway", "m"), user("check", item="=round"), effect("pay", amount="=amount"),
    node("exclusiveGateway", "g"), border("b", "check", timer("P14D"), goes_on=True),
    effect("remind"), script("count", "round = round + 1"),
    lines=["s m check pay count g", "g m: more", "g e default", "b remind e"],
)  # fmt: skip


def pay(run: Run) -> None:
    run.complete("check", more=True, amount=100)
    for asked in run.asked:
        run.act(lambda i, asked=asked: i.resolve(asked.id, {}))


def test_seven_hundred_rounds_leave_no_more_behind_than_the_first():
    run = Run(PAYMENTS, {"round": 1, "reviewers": ["a", "b", "c"], "note": "x" * 500})
    sizes = []
    for _ in range(700):
        pay(run)
        sizes.append(len(run.step.state))
    assert max(sizes) < 1_000
    assert max(sizes[-100:]) <= max(sizes[:100]) + 10  # the number of the round has more digits
    assert run.open == ["check"]
    assert run.step.tasks[0].data["round"] == 701


def test_a_branch_that_goes_round_while_another_waits_stays_small():
    xml = diagram(
        node("parallelGateway", "split"), node("parallelGateway", "join"),
        node("exclusiveGateway", "m"), user("u"), node("exclusiveGateway", "g"), user("other"),
        lines=["s split other join e", "split m u g", "g m: more", "g join default"],
    )  # fmt: skip
    run = Run(xml)
    for n in range(300):
        run.complete("u", more=True, n=n)
    assert len(run.step.state) < 1_000
    run.complete("u", more=False)
    run.complete("other", done=1)
    assert run.step.data == {"more": False, "n": 299, "done": 1}


def test_a_reminder_every_day_for_a_year_stays_small():
    xml = diagram(user("u"), script("c", "n = 1"),
                  border("b", "u", timer("R/P1D", "timeCycle"), goes_on=True),
                  lines=["s u e", "b c e"])  # fmt: skip
    run = Run(xml)
    for _ in range(365):
        assert run.fire(run.step.timers[0].due_at) == 1
    assert len(run.step.state) < 1_000


def test_a_thousand_entries_in_turn_stay_small():
    loop = each("people", "person", sequential=True)
    run = Run(diagram(user("u", loop), lines=["s u e"]), {"people": list(range(200))})
    sizes = []
    for _ in range(199):
        run.complete("u")
        sizes.append(len(run.step.state))
    assert max(sizes) < 1_500
    run.complete("u")
    assert run.step.completed


def test_a_business_rule_records_its_rules():
    (found,) = parse_decisions(BAND, "d.dmn")
    decide = node("businessRuleTask", "r", _decision("band"))
    run = Run(diagram(decide, user("u"), lines=["s r u e"]), {"x": 12}, {"band": found})
    assert run.step.tasks[0].data == {"x": 12, "band": "high"}
    assert run.step.fired == (
        Fired("r", "band", {"x": 12}, {"band": "high"}, ("band_rule_1",)),
    )  # fmt: skip
    assert run.definition.writes == {"band"}
    with pytest.raises(EngineError) as error:
        Run(diagram(decide, lines=["s r e"]), {"x": 12})
    assert error.value.problem.key == "engine.no_decision"
    with pytest.raises(EngineError) as error:
        Run(diagram(decide, lines=["s r e"]), {"x": None}, {"band": found})
    assert error.value.problem.key == "decisions.no_rule"


def _decision(name: str) -> str:
    return (
        f'<extensionElements><sw:properties><sw:property name="decision" value="{name}"/>'
        "</sw:properties></extensionElements>"
    )


@pytest.mark.parametrize("state", [b"", b"\x02abc", b"\x01abc", b"\x01"])
def test_a_state_of_another_kind_is_refused(state):
    definition = parse({"p.bpmn": diagram(user("u"), lines=["s u e"])}, {})["p"]
    with pytest.raises(EngineError) as error:
        Instance.load(definition, state, NOW)
    assert error.value.problem.key == "engine.bad_state"


def test_a_state_of_another_diagram_is_refused_and_one_of_a_longer_diagram_is_not():
    run = Run(diagram(user("u"), lines=["s u e"]))
    other = parse({"p.bpmn": diagram(user("v"), lines=["s v e"])}, {})["p"]
    with pytest.raises(EngineError) as error:
        Instance.load(other, run.step.state, NOW)
    assert "u" in error.value.params["reason"]
    longer = parse({"p.bpmn": diagram(user("u"), user("w"), user("v"),
                                      lines=["s w u e", "v e"])}, {})["p"]  # fmt: skip
    assert Instance.load(longer, run.step.state, NOW).step().tasks[0].element_id == "u"


def test_loading_changes_nothing():
    run = Run(PAYMENTS, {"round": 1})
    once = Instance.load(run.definition, run.step.state, NOW).step()
    assert once.tasks == run.step.tasks
    assert once.timers == run.step.timers
    assert once.state == run.step.state
    assert once.passed == ()


def test_an_error_leaves_nothing_behind_in_the_shared_definition():
    run = Run(PAYMENTS, {"round": 1})
    before = run.step
    run.complete("check", more=True, amount=100, round="one")
    asked = run.asked[0].id
    with pytest.raises(EngineError):
        run.act(lambda i: i.resolve(asked, {}))
    run.step = before
    pay(run)
    assert run.open == ["check"]


def test_two_instances_of_one_definition_do_not_touch():
    xml = diagram(user("u"), border("b", "u", event("message", "m1")), lines=["s u e", "b e"])
    first, second = Run(xml, {"n": 1}), Run(xml, {"n": 2})
    assert first.message("m1")
    assert first.step.completed
    assert second.open == ["u"]
    assert second.step.tasks[0].data == {"n": 2}


def test_cancelled_activities_are_reported_once():
    xml = diagram(user("u"), user("v"), border("b", "u", event("message", "m1")),
                  lines=["s u e", "b v e"])  # fmt: skip
    run = Run(xml)
    run.message("m1")
    assert [p for p in run.step.passed if p.cancelled] == [Passed("u", "user", cancelled=True)]
    run.complete("v")
    assert not [p for p in run.step.passed if p.cancelled]


def test_parse_refuses_everything_at_once():
    good = diagram(user("u"), lines=["s u e"])
    two_ways = diagram(user("u"), user("v"), lines=["s u e", "u v e"], process="q")
    python = diagram(script("c", "import os"), lines=["s c e"], process="r")
    with pytest.raises(BadProgramme) as error:
        parse({"a.bpmn": good, "b.bpmn": good, "c.bpmn": two_ways, "d.bpmn": b"<", "e": python},
              {})  # fmt: skip
    found = [(p.key, p.place) for p in error.value.problems]
    assert found == [
        ("lint.process_twice", "b.bpmn#p"),
        ("lint.not_runnable", "c.bpmn#u"),
        ("lint.xml_broken", "d.bpmn"),
        ("lint.not_runnable", "e#c"),
    ]


def test_an_environment_needs_no_clock():
    definition = parse({"p.bpmn": diagram(user("u"), lines=["s u e"])}, {})["p"]
    environment = Environment(now=NOW, tables={})
    with pytest.raises(BadState):
        unpack(definition.spec, definition.subs, b"\x05", environment)
