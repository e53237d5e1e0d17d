"""A value that is put right later moves the timers that hang on it, and no others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bpmn_text import NOW, Run, border, diagram, event, node, sub, timer, user

from grantflow.engine import Instance

OLD, NEW = "2026-03-12T23:00:00+00:00", "2026-04-01T22:00:00+00:00"
SPLIT, JOIN = node("parallelGateway", "split"), node("parallelGateway", "join")


def corrected(run: Run, name: str = "end", old: str = OLD, new: str = NEW) -> bool:
    instance = Instance.load(run.definition, run.step.state, NOW)
    moved = instance.correct(name, old, new)
    run.step = instance.step()
    return moved


def test_a_waiting_timer_moves_with_its_value_and_fires_on_the_new_day() -> None:
    catch = node("intermediateCatchEvent", "w", timer("=end", "timeDate"))
    run = Run(diagram(catch, lines=["s w e"]), {"end": OLD})
    assert corrected(run)
    (found,) = run.step.timers
    assert found.due_at == datetime(2026, 4, 1, 22, tzinfo=UTC)
    assert run.step.data["end"] == NEW
    assert run.fire(datetime(2026, 3, 13, tzinfo=UTC)) == 0
    assert run.fire(found.due_at) == 1
    assert run.step.completed
    assert run.step.data["end"] == NEW


def test_a_boundary_timer_moves_too_and_one_that_counts_from_its_beginning_stays() -> None:
    run = Run(diagram(user("u"), user("late"), border("b", "u", timer("=end", "timeDate")),
                      border("c", "u", timer("=length"), goes_on=True),
                      lines=["s u e", "b late e", "c e"]),
              {"end": OLD, "length": "P3D"})  # fmt: skip
    assert corrected(run)
    due = {one.element_id: one.due_at for one in run.step.timers}
    assert due["b"] == datetime(2026, 4, 1, 22, tzinfo=UTC)
    assert due["c"] == NOW + timedelta(days=3)


def test_a_choice_of_events_moves_its_timer() -> None:
    catches = (
        node("intermediateCatchEvent", "t", timer("=end", "timeDate")),
        node("intermediateCatchEvent", "m", event("message", "m1")),
    )
    gate = node("eventBasedGateway", "g")
    run = Run(diagram(gate, *catches, lines=["s g t e", "g m e"]), {"end": OLD})
    assert corrected(run)
    assert [one.due_at for one in run.step.timers] == [datetime(2026, 4, 1, 22, tzinfo=UTC)]


def test_a_timer_inside_a_sub_process_moves() -> None:
    inner = node("intermediateCatchEvent", "w", timer("=end", "timeDate"))
    run = Run(diagram(sub("q", inner, lines=["s_q w e_q"]), lines=["s q e"]), {"end": OLD})
    assert corrected(run)
    assert [one.due_at for one in run.step.timers] == [datetime(2026, 4, 1, 22, tzinfo=UTC)]


def test_two_branches_that_meet_again_know_the_new_value_only() -> None:
    catch = node("intermediateCatchEvent", "w", timer("=end", "timeDate"))
    run = Run(diagram(SPLIT, JOIN, catch, user("u"), user("after"),
                      lines=["s split w join after e", "split u join"]), {"end": OLD})  # fmt: skip
    run.complete("u")
    assert corrected(run)
    assert run.fire(datetime(2026, 4, 1, 22, tzinfo=UTC)) == 1
    (after,) = run.step.tasks
    assert after.data["end"] == NEW


def test_a_value_that_is_another_one_by_now_is_left_alone() -> None:
    catch = node("intermediateCatchEvent", "w", timer("=end", "timeDate"))
    run = Run(diagram(catch, lines=["s w e"]), {"end": OLD})
    assert not corrected(run, old="2026-01-01")
    assert not corrected(run, name="other")
    assert [one.due_at for one in run.step.timers] == [datetime(2026, 3, 12, 23, tzinfo=UTC)]
