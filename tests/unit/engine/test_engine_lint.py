"""The lint refuses each wrong diagram by name, and says in both languages how to mend it."""

from __future__ import annotations

import sys

import pytest
from bpmn_text import (
    border,
    diagram,
    each,
    effect,
    event,
    hanging,
    node,
    props,
    results,
    script,
    sub,
    timer,
    user,
)

from grantflow.decisions import DecisionTable, Input, Output, Rule
from grantflow.engine import EffectRule, LintContext, lint
from grantflow.errors import BadProgramme, Problem
from grantflow.texts import LANGUAGES, catalogue, text

TABLE = DecisionTable(
    "band", "Stufe", (Input("i", "x", "x"),), (Output("result_code", "r"),),
    (Rule("r1", 1, ("> limit",), ("1",)),),
)  # fmt: skip
TABLES = {"band": TABLE}
KNOWN = LintContext(
    effects={
        "note": EffectRule(open=True),
        "letter": EffectRule(("letter",), ("hold",), choices={"hold": ("true", "false")}),
        "status": EffectRule(("status",)),
        "start_process": EffectRule(("process",)),
        "notify": EffectRule(("to",)),
        "decide": EffectRule((), ("reasons_from",)),
        "commit": EffectRule((), ("amount", "by"), one_of=("amount", "by")),
    },
    lanes={"Referat": "CLERK"},
    roles=frozenset({"CLERK"}),
    forms={"plan": frozenset({"amount", "more"})},
    letters=frozenset({"notice"}),
    decisions=frozenset({"band"}),
    processes=frozenset({"p", "stage"}),
    statuses=frozenset({"OPEN"}),
    variables=frozenset({"x", "people", "limit", "terms"}),
    constants={"terms": ("rate",)},
)
GATE = node("exclusiveGateway", "g")
SPLIT, JOIN = node("parallelGateway", "split"), node("parallelGateway", "join")
LANE = '<laneSet id="ls"><lane id="l" name="{}"><flowNodeRef>u</flowNodeRef></lane></laneSet>'
BARE = node("userTask", "u", props(form="none"), name="Aufgabe")
CATCH = "intermediateCatchEvent"
MANY = [f"u{n}" for n in range(249)]


def faults(*files: bytes, known: LintContext = KNOWN) -> list[tuple[str, str]]:
    problems = lint({f"{n}.bpmn": raw for n, raw in enumerate(files)}, TABLES, known)
    for problem in problems:
        assert problem.key in catalogue("de"), problem.key
        for language in LANGUAGES:
            said = text(problem.key, language, **problem.params)
            assert "{" not in said
            assert "None" not in said
    return [(p.key.removeprefix("lint."), p.place.partition("#")[2]) for p in problems]


def straight(*nodes: str, way: str) -> bytes:
    return diagram(*nodes, lines=[way])


SOUND = {
    "a form and its routing value": diagram(
        user("u", form="plan"), GATE, lines=["s u g", "g e: more and amount > 5", "g u default"]),
    "a lane": diagram(LANE.format("Referat"), BARE, lines=["s u e"]),
    "everything an effect may be told": diagram(
        effect("f", "letter", letter="notice", hold="true", result="letter_id"),
        effect("h", "notify", to="applicant"), effect("i", text="=letter_id"),
        effect("k", "decide", reasons_from="plan.why"), lines=["s f h i k e"]),
    "a review by several people": diagram(
        user("u", each("people", "person", inside=results("scores", "points")
                       + "<completionCondition>numberOfCompletedInstances > 2 and points > 1"
                       "</completionCondition>"),
             assignee="=person", form="plan"), script("c", "n = count(scores)"),
        lines=["s u c e"]),
    "time, messages, errors": diagram(
        user("u"), node(CATCH, "w", timer("=x")),
        border("b", "u", timer("R/P1D", "timeCycle"), goes_on=True),
        border("c", "u", props(payload="day") + event("message", "m1")),
        sub("z", node("endEvent", "bad", event("error", "e1")), lines=["s_z bad"]).replace(
            '<endEvent id="e_z"></endEvent>', ""),
        border("d", "z", event("error")),
        hanging("h", event("escalation", "x1"), script("k", "y = day"), lines=["s_h k e_h"]),
        lines=["s u w z e", "b e", "c e", "d e"]),
    "a start by message and a call": diagram(
        node("startEvent", "s", props(payload="why") + event("message", "m1")),
        node("callActivity", "call", calledElement="stage"), effect("f", "start_process",
        process="stage"), node("businessRuleTask", "r", props(decision="band")),
        node("endEvent", "e"), lines=["s call f r e"], ends=False),
    "a conflict declared": diagram(
        user("u", declaration="conflict_of_interest", public="true", not_by="u", due="P14D",
             letter="notice"), GATE, lines=["s u g", "g e: conflict", "g u default"]),
    "a parallel block in a loop": diagram(
        node("exclusiveGateway", "m"), SPLIT, user("a", form="plan"), user("b"), JOIN, GATE,
        lines=["s m split a join g", "split b join", "g m: more", "g e default"]),
    "the first of several events": diagram(
        node("eventBasedGateway", "g"), node(CATCH, "a", timer("P1D")),
        node("receiveTask", "b", messageRef="m1"), lines=["s g a e", "g b e"]),
    "a loop that ends": diagram(
        user("u", '<standardLoopCharacteristics loopMaximum="5"><loopCondition>more'
             "</loopCondition></standardLoopCharacteristics>", form="plan"), lines=["s u e"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_diagram_passes(name):
    assert faults(SOUND[name]) == []


def drop(xml: bytes, *parts: str) -> bytes:
    for part in parts:
        assert part.encode() in xml, part
        xml = xml.replace(part.encode(), b"")
    return xml


STRUCTURE = {
    "no_bpmn": (b"<a/>", ""),
    "xml_broken": (b"<a", ""),
    "not_executable": (diagram(lines=["s e"], executable=""), "p"),
    "id_twice": (straight(user("u"), node("scriptTask", "u", "<script>x = 1</script>"),
                          way="s u e"), "u"),
    "reserved_id": (straight(user("u__start"), way="s u__start e"), "u__start"),
    "no_id": (diagram(user("u"), "<startEvent/>", lines=["s u e"]), "p"),
    "unknown_element": (straight(node("manualTask", "u"), way="s u e"), "u"),
    "unknown_event": (straight(node("intermediateThrowEvent", "u", event("compensate")),
                               way="s u e"), "u"),
    "unknown_extension": (straight(node("userTask", "u", props(form="none", role="CLERK").replace(
        "</extensionElements>", "<sw:preScript>x = 1</sw:preScript></extensionElements>"),
        name="n"), way="s u e"), "u"),
    "no_start": (drop(diagram(user("u"), lines=["u e"]), '<startEvent id="s"></startEvent>'), "p"),
    "several_starts": (diagram(node("startEvent", "s2"), user("u"), lines=["s u e", "s2 u"]), "s2"),
    "no_end": (drop(diagram(user("u"), lines=["s u"]), '<endEvent id="e"></endEvent>'), "p"),
    "unreachable": (diagram(user("u"), user("v"), lines=["s u e", "v e"]), "v"),
    "no_way_to_end": (diagram(GATE, user("u"), user("v"), lines=["s g", "g e default", "g u: x > 1",
                                                                 "u v", "v u"]), "u"),
    "dead_end": (diagram(user("u"), GATE, lines=["s g", "g e default", "g u: x > 1"]), "u"),
    "flow_into_start": (diagram(GATE, lines=["s g", "g e default", "g s: x > 1"]), "s"),
    "flow_out_of_end": (diagram(user("u"), lines=["s u e", "e u"]), "e"),
    "flow_at_event_subprocess": (diagram(user("u"), hanging("h", event("message", "m1"), user("v"),
                                 lines=["s_h v e_h"]), lines=["s u e", "h e"]), "h"),
    "many_nodes": (diagram(*(user(n) for n in MANY), lines=[f"s {' '.join(MANY)} e"]), "p"),
    "many_paths": (diagram(*(node("parallelGateway", f"{k}{n}") for n in range(10) for k in "ab"),
                           *(user(f"{k}{n}") for n in range(10) for k in "uv"),
                           lines=["s " + " ".join(f"a{n} u{n} b{n}" for n in range(10)) + " e",
                                  *(f"a{n} v{n} b{n}" for n in range(10))]), "p"),
    "calls_itself": (straight(node("callActivity", "c", calledElement="p"), way="s c e"), "p"),
    "no_drawing": (diagram(lines=["s e"], drawn=False), ""),
    "not_drawn": (drop(straight(user("u"), way="s u e"),
                       '<di:BPMNShape id="u_di" bpmnElement="u"/>'), "u"),
}  # fmt: skip
FLOWS = {
    "several_out": (diagram(user("u"), user("v"), lines=["s u v e", "u e"]), "u"),
    "no_default": (diagram(GATE, user("u"), lines=["s g", "g u: x > 1", "g e: x &lt; 1".replace(
        "&lt;", "<"), "u e"]), "g"),
    "no_condition": (diagram(GATE, user("u"), user("v"), lines=["s g", "g u e", "g v: x > 1",
                                                                "v e", "g e default"]), "g"),
    "default_condition": (straight(GATE, user("u"), way="s g").replace(
        b'id="g"', b'id="g" default="g_e"').replace(b"</process>", (
            b'<sequenceFlow id="g_e" sourceRef="g" targetRef="e"><conditionExpression>x > 1'
            b"</conditionExpression></sequenceFlow>"
            b'<sequenceFlow id="g_u" sourceRef="g" targetRef="u"><conditionExpression>x > 1'
            b"</conditionExpression></sequenceFlow>"
            b'<sequenceFlow id="u_e" sourceRef="u" targetRef="e"/></process>')).replace(
        b"</di:BPMNDiagram>", b"".join(b'<di:BPMNEdge bpmnElement="%s"/>' % n for n in
                                       (b"g_e", b"g_u", b"u_e")) + b"</di:BPMNDiagram>"), "g_e"),
    "ignored_condition": (diagram(user("u"), lines=["s u", "u e: x > 1"]), "u_e"),
    "loose_flow": (diagram(user("u"), sub("z", user("v"), lines=["s_z v e_z"]),
                           lines=["s u z e", "u v"]), "u_v"),
    "join_in_loop": (diagram(JOIN, user("u"), GATE, lines=["s join u g", "g join: x > 1",
                                                           "g e default"]), "join"),
    "one_event": (straight(node("eventBasedGateway", "g"), node(CATCH, "a", timer("P1D")),
                           way="s g a e"), "g"),
    "not_an_event": (diagram(node("eventBasedGateway", "g"), node(CATCH, "a", timer("P1D")),
                             user("u"), lines=["s g a e", "g u e"]), "u"),
}  # fmt: skip
EVENTS = {
    "event_here": (straight(node(CATCH, "w", event("error", "e1")), way="s w e"), "w"),
    "several_events": (straight(node(CATCH, "w", timer("P1D") + event("message", "m1")),
                                way="s w e"), "w"),
    "no_message": (straight(node(CATCH, "w", event("message")), way="s w e"), "w"),
    "no_signal": (straight(node(CATCH, "w", event("signal", "gone")), way="s w e"), "w"),
    "no_error": (drop(diagram(node("endEvent", "x", event("error")), lines=["s x"]),
                      '<endEvent id="e"></endEvent>'), "x"),
    "no_time": (straight(node(CATCH, "w", event("timer")), way="s w e"), "w"),
    "bad_time": (straight(node(CATCH, "w", timer("14 days")), way="s w e"), "w"),
    "bad_cycle": (diagram(user("u"), border("b", "u", timer("P1D", "timeCycle"), goes_on=True),
                          lines=["s u e", "b e"]), "b"),
    "cycle_here": (straight(node(CATCH, "w", timer("R3/P1D", "timeCycle")), way="s w e"), "w"),
    "bad_host": (diagram(GATE, border("b", "g", timer("P1D")),
                         lines=["s g e", "b e"]), "b"),
    "error_goes_on": (diagram(sub("z", user("u"), lines=["s_z u e_z"]),
                              border("b", "z", event("error", "e1"), goes_on=True),
                              lines=["s z e", "b e"]), "b"),
    "error_host": (diagram(user("u"), border("b", "u", event("error", "e1")),
                           lines=["s u e", "b e"]), "b"),
}  # fmt: skip
LOOPS = {
    "cardinality": "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
    "</multiInstanceLoopCharacteristics>",
    "no_collection": each("", "person"),
    "no_item": each("people", "person").replace('<inputDataItem name="person"/>', ""),
    "half_output": each("people", "person", inside="<loopDataOutputRef>r</loopDataOutputRef>"),
    "output_is_input": each("people", "person", inside=results("people", "points")),
    "two_loops": each("people", "person") + '<standardLoopCharacteristics loopMaximum="3"/>',
    "loop_without_end": "<standardLoopCharacteristics/>",
    "bad_maximum": '<standardLoopCharacteristics loopMaximum="many"/>',
    "unknown_variable": each("nobody", "person"),
    "bad_variable": each("people", "count"),
    "bad_expression": "<standardLoopCharacteristics><loopCondition>x ></loopCondition>"
    "</standardLoopCharacteristics>",
}
TASKS = {
    "no_name": node("userTask", "u", props(form="none", role="CLERK")),
    "unknown_form": user("u", form="gone"),
    "unknown_role": user("u", role="KING"),
    "no_lane": BARE,
    "unknown_not_by": user("u", not_by="nobody"),
    "unknown_letter": user("u", letter="gone"),
    "bad_choice": user("u", public="maybe"),
    "shows_no_expression": user("u", shows="missing_items"),
    "bad_time": user("u", due="in two weeks"),
    "unknown_property": user("u", colour="green"),
    "unknown_variable": user("u", assignee="=nobody"),
    "bad_expression": user("u", assignee="=x >"),
    "no_effect": node("serviceTask", "u"),
    "unknown_effect": effect("u", "explode"),
    "missing_param": effect("u", "letter"),
    "unknown_param": effect("u", "letter", letter="notice", colour="green"),
    "unknown_process": effect("u", "start_process", process="gone"),
    "unknown_status": effect("u", "status", status="GONE"),
    "bad_variable": effect("u", result="two words"),
    "no_decision": node("businessRuleTask", "u"),
    "unknown_decision": node("businessRuleTask", "u", props(decision="gone")),
    "no_process": node("callActivity", "u"),
    "bad_script": script("u", "import os\nx = 1"),
    "no_script": node("scriptTask", "u"),
}
MORE = [
    ("unknown_letter", effect("u", "letter", letter="gone")),
    ("bad_choice", effect("u", "letter", letter="notice", hold="perhaps")),
    ("one_param", effect("u", "commit")),
    ("one_param", effect("u", "commit", amount="1", by="1")),
    ("bad_choice", user("u", declaration="of_love")),
    ("bad_choice", user("u", closes="maybe")),
    ("unknown_role", effect("u", "notify", to="KING")),
    ("unknown_form", effect("u", "decide", reasons_from="gone.why")),
    ("unknown_process", node("callActivity", "u", calledElement="gone")),
    ("unknown_lane", LANE.format("Niemand") + BARE),
    ("bad_variable", script("u", "sum = 1")),
    ("bad_expression", script("u", "y = x == 1")),
    ("unknown_variable", script("u", "y = nobody + 1")),
    ("bad_script", script("u", "if x > 1:\n  y = 2")),
    ("bad_expression", node(CATCH, "u", timer("=x >"))),
    ("unknown_variable", node(CATCH, "u", timer("=nobody"))),
    ("bad_variable", node(CATCH, "u", props(payload="a b") + event("message", "m1"))),
    ("when_no_feel", node(CATCH, "u", props(when="a") + event("message", "m1"))),
    ("unknown_variable", node(CATCH, "u", props(when="=nothing") + event("message", "m1"))),
    ("unknown_property", node(CATCH, "u", props(when="=true") + timer("P1D"))),
    ("event_here", node(CATCH, "u")),
    ("no_message", node("sendTask", "u")),
    ("bad_variable", user("u", each("people", "größe"))),
    ("hides_terms", script("u", "terms = 1")),
    ("hides_terms", effect("u", result="terms")),
    ("hides_terms", node(CATCH, "u", props(payload="terms") + event("message", "m1"))),
    ("hides_terms", user("u", each("people", "terms"))),
    ("bad_expression", script("u", "y = terms[1].rat")),
    ("bad_expression", node(CATCH, "u", timer("=for each in terms return each.rat"))),
]


@pytest.mark.parametrize("key", [*STRUCTURE, *FLOWS, *EVENTS])
def test_wrong_bones_flows_and_events_are_named(key):
    xml, element = {**STRUCTURE, **FLOWS, **EVENTS}[key]
    assert (key, element) in faults(xml)


@pytest.mark.parametrize("key", LOOPS)
def test_wrong_loops_are_named(key):
    assert (key, "u") in faults(straight(user("u", LOOPS[key]), way="s u e"))


@pytest.mark.parametrize(("key", "task"), [*TASKS.items(), *MORE])
def test_wrong_tasks_are_named(key, task):
    found = faults(straight(task, way="s u e"))
    assert (key, "u") in found
    assert {place for _, place in found} == {"u"}


@pytest.mark.parametrize(
    ("own", "key"),
    [
        ({"name_en": "Course", "holds_payments": "true"}, None),
        ({"holds_payments": "maybe"}, "bad_choice"),
        ({"changes_grant": "true"}, None),
        ({"changes_grant": "maybe"}, "bad_choice"),
        ({"colour": "green"}, "unknown_property"),
    ],
)
def test_what_a_process_says_of_itself_is_checked(own, key):
    xml = straight(props(**own), user("u"), way="s u e")
    assert faults(xml) == ([(key, "p")] if key else [])


def test_a_condition_is_checked_where_it_stands():
    xml = diagram(GATE, user("u"), lines=["s g", "g u: nobody > 1", "g e default", "u e"])
    assert faults(xml) == [("unknown_variable", "g_u")]
    assert faults(xml.replace(b"nobody > 1", b"x >")) != []


def test_the_table_of_a_decision_needs_its_values():
    known = LintContext(decisions=frozenset({"band"}), variables=frozenset({"x"}))
    xml = straight(node("businessRuleTask", "r", props(decision="band")), way="s r e")
    assert faults(xml, known=known) == [("unknown_input", "r")]


def test_a_process_may_be_in_one_file_only():
    xml = diagram(lines=["s e"])
    assert faults(xml, xml) == [("process_twice", "p")]


def test_processes_that_call_each_other_in_a_circle():
    first = straight(node("callActivity", "c", calledElement="stage"), way="s c e")
    second = diagram(node("callActivity", "c", calledElement="p"), lines=["s c e"], process="stage")
    assert faults(first, second) == [("calls_itself", "p"), ("calls_itself", "stage")]


def test_values_of_one_diagram_may_be_used_in_another():
    first = straight(effect("f", result="letter_id"), way="s f e")
    second = diagram(effect("f", text="=letter_id"), lines=["s f e"], process="stage")
    assert faults(first, second) == []
    assert faults(second) == [("unknown_variable", "f")]


def test_a_missing_flow_is_told_where_it_is_missing_and_not_at_every_step_after_it():
    xml = diagram(*(user(name) for name in "abcdz"), lines=["s a b", "c d z", "z e"])
    assert sorted(faults(xml)) == [("dead_end", "b"), ("unreachable_too", "c")]


def test_a_ring_without_a_way_out_is_told_once():
    xml = diagram(GATE, user("u"), user("v"), user("w"),
                  lines=["s g", "g e default", "g w: x > 1", "w u v u"])  # fmt: skip
    found = [each for each in faults(xml) if each[0] == "no_way_to_end"]
    assert len(found) == 1
    assert found[0][1] in ("u", "v")


def test_ten_faults_are_ten_messages():
    xml = diagram(
        user("a", form="gone"), user("b", role="KING"), user("c", due="soon"),
        effect("d", "explode"), effect("f", "letter"), script("h", "print(1)"),
        node(CATCH, "i", timer("soon")), node("callActivity", "k", calledElement="gone"),
        node("businessRuleTask", "m", props(decision="gone")), user("o", assignee="=nobody"),
        lines=["s a b c d f h i k m o e"],
    )  # fmt: skip
    assert sorted(faults(xml)) == [
        ("bad_script", "h"), ("bad_time", "c"), ("bad_time", "i"), ("missing_param", "f"),
        ("unknown_decision", "m"), ("unknown_effect", "d"), ("unknown_form", "a"),
        ("unknown_process", "k"), ("unknown_role", "b"), ("unknown_variable", "o"),
    ]  # fmt: skip


def test_what_only_the_parser_finds_is_reported_too(monkeypatch):
    found = Problem("lint.not_runnable", {"detail": "odd"}, "0.bpmn#u")

    def refuse(*_):
        raise BadProgramme([found])

    monkeypatch.setattr(sys.modules["grantflow.engine.lint"], "parse", refuse)
    assert faults(straight(user("u"), way="s u e")) == [("not_runnable", "u")]


def test_every_text_of_the_lint_exists_in_both_languages():
    for area in ("lint", "engine", "expressions", "decisions"):
        german = {key for key in catalogue("de") if key.startswith(f"{area}.")}
        english = {key for key in catalogue("en") if key.startswith(f"{area}.")}
        assert german == english
        assert german
