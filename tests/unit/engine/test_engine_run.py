"""Diagrams run as they are drawn."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from bpmn_text import (
    NOW,
    Run,
    border,
    diagram,
    effect,
    event,
    node,
    props,
    script,
    sub,
    user,
)

from grantflow.engine import ChildStart, Effect, EngineError, Instance, Passed, Sent, parse
from grantflow.errors import Conflict, GrantFlowError
from grantflow.texts import text

SPLIT, JOIN = node("parallelGateway", "split"), node("parallelGateway", "join")


def test_a_task_opens_with_what_the_diagram_says_about_it():
    run = Run(diagram(user("u", due="P14D", item="=who", assignee="=null"), lines=["s u e"]),
              {"who": "anna"})  # fmt: skip
    (task,) = run.step.tasks
    assert (task.element_id, task.name, task.lane) == ("u", "Aufgabe u", "")
    assert task.properties == {
        "form": "none", "role": "CLERK", "due": "P14D", "item": "anna", "assignee": None,
    }  # fmt: skip
    assert task.data == {"who": "anna"}
    assert run.step.passed == (Passed("s", "start"),)
    run.complete("u", ok=True)
    assert run.step.completed
    assert run.step.data == {"who": "anna", "ok": True}
    assert run.step.passed == (Passed("u", "user"), Passed("e", "end"))


def test_a_task_lies_in_its_lane_and_what_is_inside_it_too():
    lanes = (
        '<laneSet id="ls"><lane id="l1" name="Referat"><flowNodeRef>u</flowNodeRef>'
        '<childLaneSet id="c"><lane id="l2" name="Leitung"><flowNodeRef>x</flowNodeRef></lane>'
        "</childLaneSet></lane></laneSet>"
    )
    run = Run(
        diagram(lanes, user("u"), sub("x", user("v"), lines=["s_x v e_x"]), lines=["s u x e"])
    )
    assert run.step.tasks[0].lane == "Referat"
    run.complete("u")
    assert run.step.tasks[0].lane == "Leitung"


def test_the_same_task_cannot_be_done_twice():
    run = Run(diagram(user("u"), user("v"), lines=["s u v e"]))
    done = run.step.tasks[0].id
    run.complete("u")
    with pytest.raises(Conflict) as error:
        run.load().complete(done, {})
    assert error.value.key == "engine.task_not_open"
    with pytest.raises(Conflict):
        run.load().resolve(uuid4(), {})


@pytest.mark.parametrize(("x", "end"), [(1, "a"), (2, "b"), (3, "c")])
def test_an_exclusive_gateway_takes_one_way(x, end):
    run = Run(
        diagram(node("exclusiveGateway", "g"), user("a"), user("b"), user("c"),
                lines=["s g", "g a: x = 1", "g b: x &lt; 3 and x > 1".replace("&lt;", "<"),
                       "g c default", "a e", "b e", "c e"]),
        {"x": x},
    )  # fmt: skip
    assert run.open == [end]


def test_a_condition_that_is_neither_yes_nor_no_stops_the_process_and_says_where():
    xml = diagram(user("u"), node("exclusiveGateway", "g", name="Weiter?"),
                  lines=["s u g", "g e: amount + 1", "g u default"])  # fmt: skip
    run = Run(xml)
    before = run.step
    with pytest.raises(EngineError) as error:
        run.complete("u", amount=5)
    params = error.value.params
    assert (params["file"], params["element"], params["name"]) == ("p.bpmn", "g", "Weiter?")
    assert "amount + 1" in params["reason"]
    assert "weder Ja noch Nein" in text(error.value.key, "de", **params)
    assert "neither yes nor no" in text(error.value.key, "en", **params)
    run.step = before
    with pytest.raises(EngineError) as error:
        run.complete("u", other=5)
    assert "amount" in error.value.params["reason"]


def test_an_effect_waits_for_its_answer():
    run = Run(diagram(effect("f", "letter", letter="notice", amount="=2 * x", result="letter_id"),
                      lines=["s f e"]), {"x": 4})  # fmt: skip
    (asked,) = run.asked
    assert asked == Effect(asked.id, "f", "letter", {"letter": "notice", "amount": 8})
    assert run.step.running == (asked.id,)
    assert run.load().pending() == ()
    run.act(lambda i: i.resolve(asked.id, {"value": "L1", "ignored": 1}))
    assert run.step.data == {"x": 4, "letter_id": "L1"}
    assert run.step.completed


def test_effects_are_handed_out_once_and_in_order():
    xml = diagram(SPLIT, effect("a"), effect("b"), JOIN,
                  lines=["s split a join e", "split b join"])  # fmt: skip
    instance = Instance.start(parse({"p": xml}, {})["p"], {}, NOW)
    first = instance.pending()
    assert [e.element_id for e in first] == ["a", "b"]
    assert instance.pending() == ()
    for request in first:
        instance.resolve(request.id, {})
    assert instance.step().completed


def test_a_child_gets_a_copy_and_gives_everything_back():
    run = Run(diagram(node("callActivity", "c", calledElement="stage"), user("u"),
                      lines=["s c u e"]), {"list": [1]})  # fmt: skip
    (asked,) = run.asked
    assert asked == ChildStart(asked.id, "c", "stage", {"list": [1]})
    asked.data["list"].append(2)
    run.act(lambda i: i.resolve(asked.id, {"outcome": "yes"}))
    assert run.step.tasks[0].data == {"list": [1], "outcome": "yes"}


def test_what_an_interrupting_event_cancels_is_reported():
    run = Run(diagram(effect("f"), user("u"), border("b", "f", event("message", "m1")),
                      lines=["s f e", "b u e"]))  # fmt: skip
    asked = run.asked[0].id
    assert run.message("m1")
    assert run.gone == (asked,)
    assert run.step.running == ()
    assert Passed("f", "service", cancelled=True) in run.step.passed
    assert run.open == ["u"]
    with pytest.raises(Conflict):
        run.load().resolve(asked, {})


def test_scripts_assign_line_by_line():
    run = Run(diagram(script("c", "a = x + 1\nb = if a > 2\n  then [a]\n  else null"), user("u"),
                      lines=["s c u e"]), {"x": 2})  # fmt: skip
    assert run.step.tasks[0].data == {"x": 2, "a": 3, "b": [3]}


def test_a_message_is_caught_with_the_variables_it_is_to_bring():
    catch = node(
        "intermediateCatchEvent", "w", props(payload="day, missing") + event("message", "m1")
    )
    run = Run(diagram(catch, user("u"), lines=["s w u e"]))
    (wait,) = run.step.waits
    assert (wait.element_id, wait.kind, wait.name) == ("w", "message", "m1")
    assert not run.load().message("m2", {})
    assert not run.load().signal("m1", {})
    assert run.message("m1", day="2026-02-01", other=1)
    assert run.step.tasks[0].data == {"day": "2026-02-01"}
    assert not run.load().message("m1", {})


def test_signals_and_receive_tasks():
    catch = node("intermediateCatchEvent", "w", event("signal", "s1"))
    receive = node("receiveTask", "r", props(payload="n"), messageRef="m1")
    run = Run(diagram(catch, receive, lines=["s w r e"]))
    assert [w.kind for w in run.step.waits] == ["signal"]
    assert run.act(lambda i: i.signal("s1", {}))
    assert run.message("m1", n=7)
    assert run.step.data == {"n": 7}


def test_what_is_thrown_reaches_who_waits_inside_or_is_handed_out():
    throw = node("intermediateThrowEvent", "t", props(payload="x") + event("message", "m1"))
    send = node("sendTask", "send", messageRef="m2")
    final = node("endEvent", "out", event("signal", "s1"))
    run = Run(diagram(throw, send, final, lines=["s t send out"]), {"x": 5})
    assert run.step.sent == (
        Sent("message", "m1", {"x": 5}), Sent("message", "m2", {}), Sent("signal", "s1", {}),
    )  # fmt: skip
    catch = node("intermediateCatchEvent", "w", props(payload="x") + event("message", "m1"))
    throw_after = user("first") + throw
    inside = Run(diagram(SPLIT, throw_after, catch, JOIN,
                         lines=["s split first t join e", "split w join"]), {"x": 5})  # fmt: skip
    inside.complete("first", x=6)
    assert inside.step.completed
    assert inside.step.sent == ()
    assert inside.step.data == {"x": 6}
    with pytest.raises(EngineError, match="x"):
        Run(diagram(throw, lines=["s t e"]))


def test_values_keep_their_types_through_storage():
    odd = {"a": 0, "b": False, "c": 0.5, "d": 1, "e": True, "f": 1e300, "g": None, "h": "",
           "i": [[1, True, 1.5], {"k": {"n": 0}}]}  # fmt: skip
    run = Run(diagram(user("u"), user("v"), user("w"), lines=["s u v w e"]), odd)
    run.complete("u", a=False, b=0, e=1)
    run.complete("v")
    data = run.step.tasks[0].data
    assert data == {**odd, "a": False, "b": 0, "e": 1}
    assert [type(data[k]) for k in "abde"] == [bool, int, int, int]


def test_nested_values_are_shared_with_nobody():
    mine = {"list": [{"n": 1}]}
    run = Run(diagram(user("u"), user("v"), lines=["s u v e"]), mine)
    mine["list"][0]["n"] = 99
    run.step.tasks[0].data["list"][0]["n"] = 98
    run.complete("u")
    assert run.step.tasks[0].data == {"list": [{"n": 1}]}


def test_dates_and_amounts_become_plain_values():
    run = Run(diagram(user("u"), lines=["s u e"]))
    run.complete("u", day=date(2026, 2, 1), amount=Decimal("1000.00"), half=Decimal("0.50"))
    assert run.step.data == {"day": "2026-02-01", "amount": 1000, "half": 0.5}


@pytest.mark.parametrize("value", [object(), float("nan"), 2**80, "\ud800"])
def test_what_cannot_be_stored_is_refused(value):
    run = Run(diagram(user("u"), lines=["s u e"]))
    with pytest.raises(GrantFlowError) as error:
        run.complete("u", x=value)
    assert error.value.key == "engine.bad_data"


def test_a_circle_without_waiting_is_stopped():
    xml = diagram(node("exclusiveGateway", "m"), script("c", "n = n + 1"),
                  node("exclusiveGateway", "g"),
                  lines=["s m c g", "g m: n > 0", "g e default"])  # fmt: skip
    with pytest.raises(EngineError) as error:
        Run(xml, {"n": 1})
    assert error.value.problem.key == "engine.endless"


def test_a_long_circle_with_an_end_comes_to_it():
    xml = diagram(node("exclusiveGateway", "m"), script("c", "n = n + 1"),
                  node("exclusiveGateway", "g"),
                  lines=["s m c g", "g m: n < 600", "g e default"])  # fmt: skip
    assert Run(xml, {"n": 1}).step.data == {"n": 600}
