"""Diagrams run as they are drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from bpmn_text import (
    NOW,
    Run,
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

from grantflow.engine import ChildStart, Effect, EngineError, Instance, Passed, Sent, parse
from grantflow.errors import Conflict, GrantFlowError

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
    assert "neither yes nor no" in params["reason_en"]
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


# ---- time


@pytest.mark.parametrize(
    ("definition", "due"),
    [
        (timer("P1M"), datetime(2026, 2, 28, 9, tzinfo=UTC)),
        (timer("P14D"), datetime(2026, 2, 13, 9, tzinfo=UTC)),
        (timer("P60D"), datetime(2026, 3, 31, 8, tzinfo=UTC)),  # summer time has begun
        (timer("PT36H"), datetime(2026, 1, 31, 21, tzinfo=UTC)),
        (timer("2026-09-08", "timeDate"), datetime(2026, 9, 7, 22, tzinfo=UTC)),
        (timer("2026-09-08T12:00:00", "timeDate"), datetime(2026, 9, 8, 10, tzinfo=UTC)),
        (timer("=closes", "timeDate"), datetime(2026, 5, 1, tzinfo=UTC)),
        (timer('=duration("P" + string(days) + "D")'), datetime(2026, 2, 4, 9, tzinfo=UTC)),
        (timer("=today() + duration(&quot;P1D&quot;)"), datetime(2026, 1, 30, 23, tzinfo=UTC)),
    ],
)
def test_timers_know_when_they_are_due(definition, due):
    catch = node("intermediateCatchEvent", "w", definition)
    run = Run(diagram(catch, lines=["s w e"]), {"closes": "2026-05-01T02:00:00+02:00", "days": 5})
    (found,) = run.step.timers
    assert (found.element_id, found.due_at) == ("w", due)
    assert run.fire(due - timedelta(seconds=1)) == 0
    assert run.step.timers == (found,)
    assert run.fire(due) == 1
    assert run.step.completed
    assert run.fire(due) == 0


@pytest.mark.parametrize("value", ["soon", 5, None, "P", "2026-13-01"])
def test_what_is_no_time_stops_the_process(value):
    with pytest.raises(EngineError) as error:
        Run(diagram(node("intermediateCatchEvent", "w", timer("=when")), lines=["s w e"]),
            {"when": value})  # fmt: skip
    assert error.value.problem.key == "engine.no_timer"


def test_a_boundary_timer_interrupts_or_does_not():
    for goes_on, expected in ((False, ["late"]), (True, ["late", "u"])):
        run = Run(diagram(user("u"), user("late"), border("b", "u", timer("P3D"), goes_on=goes_on),
                          lines=["s u e", "b late e"]))  # fmt: skip
        assert run.fire(NOW + timedelta(3)) == 1
        assert sorted(run.open) == expected
        assert run.path == ["b"]
        assert run.fire(NOW + timedelta(9)) == 0


def test_a_finished_task_takes_its_timers_along():
    run = Run(diagram(user("u"), user("v"), border("b", "u", timer("P3D")),
                      lines=["s u v e", "b e"]))  # fmt: skip
    assert len(run.step.timers) == 1
    run.complete("u")
    assert run.step.timers == ()
    assert run.fire(NOW + timedelta(9)) == 0
    assert run.open == ["v"]


def test_a_repeating_timer_reminds_and_reminds_and_stops():
    run = Run(diagram(user("u"), effect("remind"),
                      border("b", "u", timer("R2/P7D", "timeCycle"), goes_on=True),
                      lines=["s u e", "b remind e"]))  # fmt: skip
    for week in (1, 2):
        assert run.step.timers[0].due_at == NOW + timedelta(7 * week)
        assert run.fire(NOW + timedelta(7 * week)) == 1
        (asked,) = run.asked
        run.act(lambda i, asked=asked: i.resolve(asked.id, {}))
    assert run.step.timers == ()
    assert run.fire(NOW + timedelta(365)) == 0
    run.complete("u")
    assert run.step.completed


def test_a_repetition_that_was_missed_is_made_up_for():
    run = Run(diagram(user("u"), effect("remind"),
                      border("b", "u", timer("R/2026-02-01T09:00:00/P1D", "timeCycle"),
                             goes_on=True),
                      lines=["s u e", "b remind e"]))  # fmt: skip
    assert run.step.timers[0].due_at == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert run.fire(datetime(2026, 2, 3, 12, tzinfo=UTC)) == 3
    assert len(run.asked) == 3
    with pytest.raises(EngineError) as error:
        Run(diagram(user("u"), border("b", "u", timer("=x", "timeCycle"), goes_on=True),
                    lines=["s u e", "b e"]), {"x": "P1D"})  # fmt: skip
    assert error.value.problem.key == "engine.no_cycle"


def test_now_is_aware():
    with pytest.raises(ValueError, match="aware"):
        Instance.start(parse({"p": diagram(lines=["s e"])}, {})["p"], {}, NOW.replace(tzinfo=None))


# ---- events


def first_of(*ways: str) -> bytes:
    return diagram(node("eventBasedGateway", "g"), *ways, user("x"), user("y"), user("z"),
                   lines=["s g", "g a x e", "g b y e", "g c z e"])  # fmt: skip


FIRST = first_of(
    node("intermediateCatchEvent", "a", timer("P5D")),
    node("intermediateCatchEvent", "b", props(payload="n") + event("message", "m1")),
    node("intermediateCatchEvent", "c", timer("P3D")),
)


def test_of_several_events_the_first_wins():
    run = Run(FIRST)
    assert sorted(t.element_id for t in run.step.timers) == ["a", "c"]
    assert len({t.id for t in run.step.timers} | {w.id for w in run.step.waits}) == 3
    assert run.message("m1", n=4)
    assert run.open == ["y"]
    assert run.step.tasks[0].data == {"n": 4}
    assert run.path == ["g", "b"]


def test_of_several_overdue_timers_the_earliest_wins():
    run = Run(FIRST)
    assert run.fire(NOW + timedelta(30)) == 1
    assert run.open == ["z"]
    assert not run.step.timers


def test_a_message_that_does_not_interrupt_is_caught_again_and_again():
    run = Run(diagram(user("u"), user("extra"),
                      border("b", "u", props(payload="n") + event("message", "m1"), goes_on=True),
                      lines=["s u e", "b extra e"]))  # fmt: skip
    for n in (1, 2):
        assert run.message("m1", n=n)
    assert sorted(run.open) == ["extra", "extra", "u"]
    assert sorted(t.data["n"] for t in run.step.tasks if t.element_id == "extra") == [1, 2]
    run.complete("u")
    assert run.step.waits == ()
    run.complete("extra")
    run.complete("extra")
    assert run.step.completed


def withdrawal(*, goes_on: bool) -> bytes:
    return diagram(
        user("u"), user("v"),
        hanging("h", props(payload="why") + event("message", "m1"), user("confirm"),
                lines=["s_h confirm e_h"], goes_on=goes_on),
        lines=["s u v e"],
    )  # fmt: skip


def test_an_event_sub_process_interrupts_everything_and_sees_the_latest_data():
    run = Run(withdrawal(goes_on=False), {"a": 1})
    run.complete("u", b=2)
    assert [(w.element_id, w.name) for w in run.step.waits] == [("s_h", "m1")]
    assert run.message("m1", why="moved")
    assert run.open == ["confirm"]
    assert run.step.tasks[0].data == {"a": 1, "b": 2, "why": "moved"}
    assert run.path == ["s_h"]
    assert Passed("v", "user", cancelled=True) in run.step.passed
    run.complete("confirm")
    assert run.step.completed
    assert run.path == ["confirm", "e_h", "h"]


def test_an_event_sub_process_beside_the_rest():
    run = Run(withdrawal(goes_on=True))
    assert run.message("m1", why="a")
    assert run.message("m1", why="b")
    assert sorted(run.open) == ["confirm", "confirm", "u"]
    run.complete("confirm")
    run.complete("u")
    run.complete("v")
    assert not run.step.completed
    run.complete("confirm")
    assert run.step.completed


def test_an_event_sub_process_that_never_starts_holds_nothing_up():
    run = Run(diagram(user("u"), hanging("h", timer("P90D"), user("late"), lines=["s_h late e_h"]),
                      lines=["s u e"]))  # fmt: skip
    assert [t.element_id for t in run.step.timers] == ["s_h"]
    run.complete("u")
    assert run.step.completed


def test_an_event_sub_process_inside_a_sub_process():
    inner = sub("x", user("u"),
                hanging("h", timer("P3D"), user("late"), lines=["s_h late e_h"]),
                lines=["s_x u e_x"])  # fmt: skip
    run = Run(diagram(inner, user("after"), lines=["s x after e"]))
    assert run.fire(NOW + timedelta(3)) == 1
    assert run.open == ["late"]
    run.complete("late")
    assert run.open == ["after"]


def test_errors_go_up_to_who_catches_them():
    inner = sub(
        "x",
        sub(
            "y",
            node("endEvent", "bad", event("error", "e1")),
            node("exclusiveGateway", "g"),
            user("u"),
            lines=["s_y u g", "g bad: fail", "g e_y default"],
        ),
        lines=["s_x y e_x"],
    )
    run = Run(diagram(inner, user("mend"), border("wrong", "y", event("error", "e2")).replace(
        'attachedToRef="y"', 'attachedToRef="x"'), border("b", "x", event("error", "e1")),
        lines=["s x e", "b mend e", "wrong e"]))  # fmt: skip
    run.complete("u", fail=True)
    assert run.open == ["mend"]
    assert Passed("x", "subprocess", cancelled=True) in run.step.passed
    alone = Run(diagram(inner, lines=["s x e"]))
    with pytest.raises(EngineError) as error:
        alone.complete("u", fail=True)
    assert error.value.problem.key == "engine.uncaught_error"


def test_escalations_are_heard_or_not_and_the_work_goes_on():
    inner = sub("x", node("intermediateThrowEvent", "t",
                          props(payload="n") + event("escalation", "x1")),
                user("u"), lines=["s_x t u e_x"])  # fmt: skip
    heard = border("b", "x", props(payload="n") + event("escalation", "x1"), goes_on=True)
    run = Run(diagram(inner, user("look"), heard, lines=["s x e", "b look e"]), {"n": 3})
    assert sorted(run.open) == ["look", "u"]
    assert Run(diagram(inner, lines=["s x e"]), {"n": 3}).open == ["u"]


def test_terminate_ends_its_level_and_what_hangs_on_it():
    xml = diagram(SPLIT, user("a"), user("b"), node("endEvent", "stop", event("terminate")),
                  lines=["s split a stop", "split b e"])  # fmt: skip
    run = Run(xml)
    run.complete("a", x=1)
    assert run.step.completed
    assert run.step.data == {"x": 1}
    beside = diagram(
        user("u"), node("endEvent", "stop", event("terminate")),
        hanging("h", event("message", "m1"), user("v"), lines=["s_h v e_h"], goes_on=True),
        lines=["s u stop"],
    )  # fmt: skip
    beside = beside.replace(b'<endEvent id="e"></endEvent>', b"")
    other = Run(beside)
    other.message("m1")
    other.complete("u")
    assert other.step.completed


def test_a_process_that_a_message_starts_has_heard_it_already():
    start = node("startEvent", "s", event("message", "m1"))
    xml = diagram(start, user("u"), node("endEvent", "e"), lines=["s u e"], ends=False)
    run = Run(xml)
    assert run.definition.message_start == "m1"
    assert run.open == ["u"]
    assert Run(diagram(user("u"), lines=["s u e"])).definition.message_start is None


# ---- several at once


def test_parallel_paths_keep_what_each_of_them_changed():
    xml = diagram(SPLIT, user("a"), user("b"), user("c"), JOIN, user("after"),
                  lines=["s split a join after e", "split b join", "split c join"])  # fmt: skip
    for order in ("abc", "bca", "cab"):
        run = Run(xml, {"ok": "no", "kept": [1, 5, 5, 7]})
        for name in order:
            run.complete(name, **({"ok": "yes"} if name == "a" else {name: order.index(name)}))
        data = run.step.tasks[0].data
        assert data["ok"] == "yes"
        assert data["kept"] == [1, 5, 5, 7]
        assert {"b", "c"} <= data.keys()


def test_a_join_in_a_loop_waits_anew_each_time():
    xml = diagram(node("exclusiveGateway", "m"), SPLIT, user("a"), user("b"), JOIN,
                  node("exclusiveGateway", "g"),
                  lines=["s m split a join g", "split b join", "g m: again",
                         "g e default"])  # fmt: skip
    run = Run(xml)
    for order in (("a", "b"), ("b", "a"), ("a", "b")):
        run.complete(order[0], again=True)
        assert run.open == [order[1]]
        run.complete(order[1], again=True)
        assert sorted(run.open) == ["a", "b"]


def test_a_split_within_a_split_meets_in_one_join():
    xml = diagram(SPLIT, node("parallelGateway", "inner"), user("a"), user("b"), user("c"), JOIN,
                  user("after"),
                  lines=["s split inner a join after e", "inner b join",
                         "split c join"])  # fmt: skip
    for order in ("cab", "acb", "abc", "bca"):
        run = Run(xml)
        for name in order:
            assert run.open != ["after"]
            run.complete(name, **{name: 1})
        assert run.open == ["after"]
        assert run.step.tasks[0].data == {"a": 1, "b": 1, "c": 1}


def inclusive() -> bytes:
    gate = node("inclusiveGateway", "g"), node("inclusiveGateway", "j")
    return diagram(
        gate[0], user("a"), effect("b"), user("c"), user("d"), gate[1], user("after"),
        lines=["s g", "g a: x > 0", "g b: x > 1", "g d default", "a j", "b c j", "d j",
               "j after e"],
    )  # fmt: skip


@pytest.mark.parametrize(("x", "opens"), [(0, ["d"]), (1, ["a"])])
def test_an_inclusive_join_waits_for_what_was_started_only(x, opens):
    run = Run(inclusive(), {"x": x})
    assert run.open == opens
    run.complete(opens[0])
    assert run.open == ["after"]


def test_an_inclusive_join_waits_for_what_is_still_outside():
    run = Run(inclusive(), {"x": 2})
    (asked,) = run.asked
    run.complete("a", from_a=1)
    assert run.open == []
    run.act(lambda i: i.resolve(asked.id, {}))
    assert run.open == ["c"]
    run.complete("c")
    assert run.open == ["after"]
    assert run.step.tasks[0].data["from_a"] == 1


def test_an_inclusive_gateway_without_any_way_says_so():
    xml = diagram(node("inclusiveGateway", "g"), node("inclusiveGateway", "j"),
                  lines=["s g", "g j: x > 0", "g e: x > 1", "j e"])  # fmt: skip
    with pytest.raises(EngineError) as error:
        Run(xml, {"x": 0})
    assert error.value.problem.key == "engine.no_way_out"
    exclusive = xml.replace(b"inclusiveGateway", b"exclusiveGateway")
    with pytest.raises(EngineError) as error:
        Run(exclusive, {"x": 0})
    assert error.value.problem.key == "engine.no_way_out"


def reviewers(inside: str = "", *, sequential: bool = False) -> bytes:
    loop = each("people", "person", sequential=sequential, inside=inside)
    return diagram(user("review", loop, assignee="=person"), user("after"),
                   lines=["s review after e"])  # fmt: skip


def test_reviews_at_once_come_back_in_the_order_of_the_list():
    run = Run(reviewers(results("scores", "points")), {"people": ["a", "b", "c"]})
    assert [t.properties["assignee"] for t in run.step.tasks] == ["a", "b", "c"]
    for person, points in (("c", 3), ("a", 1), ("b", 2)):
        task = next(t for t in run.step.tasks if t.data["person"] == person)
        run.act(lambda i, task=task, points=points: i.complete(task.id, {"points": points}))
    assert run.step.tasks[0].data == {"people": ["a", "b", "c"], "scores": [1, 2, 3]}


def test_reviews_in_turn_and_again_in_the_next_round():
    run = Run(reviewers(sequential=True), {"people": ["a", "b"]})
    for person in ("a", "b"):
        assert [t.data["person"] for t in run.step.tasks] == [person]
        run.complete("review", **{f"done_{person}": True})
    data = run.step.tasks[0].data
    assert data == {"people": ["a", "b"], "done_a": True, "done_b": True}


def test_reviews_may_stop_early():
    condition = "<completionCondition>numberOfCompletedInstances >= 2</completionCondition>"
    run = Run(reviewers(results("scores", "points") + condition), {"people": ["a", "b", "c"]})
    run.complete("review", points=1)
    run.complete("review", points=2)
    assert run.open == ["after"]
    assert Passed("review", "user", cancelled=True) in run.step.passed


def test_nobody_to_review_is_no_obstacle():
    run = Run(reviewers(results("scores", "points")), {"people": []})
    assert run.open == ["after"]
    assert run.step.tasks[0].data == {"people": [], "scores": []}


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({}, "no_list"),
        ({"people": "anna"}, "not_a_list"),
        ({"people": None}, "not_a_list"),
        ({"people": ["a", None]}, "not_a_list"),
    ],
)
def test_what_is_no_list_is_refused(data, key):
    with pytest.raises(EngineError) as error:
        Run(reviewers(), data)
    assert error.value.problem.key == f"engine.{key}"


def test_a_list_too_long_and_a_result_not_given():
    with pytest.raises(GrantFlowError):
        Run(reviewers(), {"people": list(range(1001))})
    run = Run(reviewers(results("scores", "points")), {"people": ["a"]})
    with pytest.raises(EngineError) as error:
        run.complete("review")
    assert error.value.problem.key == "engine.no_result"


def test_whole_stages_for_each_entry_are_cancelled_together():
    loop = each("people", "person")
    stage = sub("x", effect("f"), user("u"), lines=["s_x f u e_x"], inside=loop)
    run = Run(diagram(stage, user("late"), border("b", "x", timer("P1D")),
                      lines=["s x e", "b late e"]), {"people": [1, 2]})  # fmt: skip
    first, second = (e.id for e in run.asked)
    run.act(lambda i: i.resolve(first, {}))
    assert run.open == ["u"]
    run.fire(NOW + timedelta(1))
    assert run.open == ["late"]
    assert run.gone == (second,)
    assert run.step.running == ()


def test_a_loop_goes_on_while_its_condition_holds():
    loop = ("<standardLoopCharacteristics{}>"
            "<loopCondition>more</loopCondition></standardLoopCharacteristics>")  # fmt: skip
    run = Run(diagram(user("u", loop.format("")), lines=["s u e"]))
    run.complete("u", more=True, n=1)
    run.complete("u", more=False, n=2)
    assert run.step.completed
    assert run.step.data == {"more": False, "n": 2}
    skipped = Run(diagram(user("u", loop.format(' testBefore="true"')), lines=["s u e"]),
                  {"more": False})  # fmt: skip
    assert skipped.step.completed
    limited = Run(diagram(user("u", loop.format(' loopMaximum="2"')), lines=["s u e"]))
    limited.complete("u", more=True)
    limited.complete("u", more=True)
    assert limited.step.completed


# ---- data


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
