"""Timers, messages, signals and errors wake what waits for them, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bpmn_text import (
    NOW,
    Run,
    border,
    diagram,
    effect,
    event,
    hanging,
    node,
    props,
    sub,
    timer,
    user,
)

from grantflow.engine import EngineError, Instance, Passed, parse

SPLIT, JOIN = node("parallelGateway", "split"), node("parallelGateway", "join")


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


def test_an_event_that_does_not_meet_the_condition_passes_by():
    mine = props(payload="n", when="=n > limit") + event("message", "m1")
    for waiting in (
        diagram(node("intermediateCatchEvent", "c", mine), user("done"), lines=["s c done e"]),
        diagram(user("u"), user("done"), border("c", "u", mine), lines=["s u e", "c done e"]),
        first_of(
            node("intermediateCatchEvent", "a", timer("P5D")),
            node("intermediateCatchEvent", "b", mine),
            node("intermediateCatchEvent", "c", timer("P3D")),
        ),
    ):
        run = Run(waiting, {"limit": 3})
        assert not run.message("m1", n=3)
        assert [wait.name for wait in run.step.waits] == ["m1"]
        assert run.message("m1", n=4)
        assert run.step.tasks[0].data == {"limit": 3, "n": 4}


def test_a_condition_of_an_event_is_yes_or_no():
    mine = props(when="=n") + event("message", "m1")
    run = Run(diagram(node("intermediateCatchEvent", "c", mine), lines=["s c e"]))
    with pytest.raises(EngineError) as error:
        run.message("m1", n=4)
    assert error.value.problem.key == "engine.not_yes_or_no"


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
