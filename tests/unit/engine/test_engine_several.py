"""Paths and rounds that run side by side meet again without losing anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bpmn_text import (
    NOW,
    Run,
    border,
    diagram,
    each,
    effect,
    node,
    results,
    sub,
    timer,
    user,
)

from grantflow.engine import EngineError, Passed
from grantflow.errors import GrantFlowError

SPLIT, JOIN = node("parallelGateway", "split"), node("parallelGateway", "join")


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
