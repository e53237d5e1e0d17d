"""What the engine says is open becomes rows: tasks, timers, waits, and the path taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID, uuid4

from grantflow import engine
from grantflow.errors import GrantFlowError
from grantflow.rules.calendar import Calendar, calendar
from grantflow.services import returned
from grantflow.services.due import due_at
from grantflow.services.move import Move
from grantflow.store import instances as rows
from grantflow.store import letters as letter_rows
from grantflow.store import tasks as task_rows
from grantflow.store.tables import ProcessInstance, Task, Timer, Wait

_TASK_COLUMNS = frozenset({"form", "role", "assignee", "due", "not_by"})


def write(move: Move, row: ProcessInstance, step: engine.Step) -> None:
    """Store the new state and write only the differences of what is open."""
    before = _before(move, row)
    rows.save_state(
        move.session,
        row,
        step.state,
        facts=step.data,
        ended_at=move.now if step.completed else None,
    )
    _write_tasks(move, row, step, before.tasks)
    _write_timers(move, row, step, before)
    _write_waits(move, row, step, before)
    _note_path(move, row, step)


def _before(move: Move, row: ProcessInstance) -> rows.Projection:
    if row.version == 1:
        return rows.NOTHING
    known = move.waiting.pop(row.id, None)
    return known if known is not None else rows.projection(move.session, row.id)


def _write_tasks(
    move: Move, row: ProcessInstance, step: engine.Step, before: frozenset[UUID]
) -> None:
    now_open = {task.id for task in step.tasks}
    gone = before - now_open
    if move.task is not None and move.task.id in gone:
        task_rows.mark_done(move.session, move.task, move.actor.account_id, move.now)
        gone -= {move.task.id}
    if gone:
        task_rows.mark_cancelled(move.session, gone, move.now)
    new = [_task_row(move, row, task) for task in step.tasks if task.id not in before]
    for task in new:
        task.assignee_id = task.assignee_id or returned.holder(move, task)
        task.facts["returned"] = returned.sent_back(move, task)
    if new:
        rows.add_rows(move.session, new)


def _task_row(move: Move, row: ProcessInstance, task: engine.OpenTask) -> Task:
    properties = task.properties
    element = move.programme.process(row.process_id).elements[task.element_id]
    role = str(properties.get("role") or _role_of_lane(move, row, task))
    facts: dict[str, Any] = {k: v for k, v in properties.items() if k not in _TASK_COLUMNS}
    return Task(
        id=task.id,
        instance_id=row.id,
        case_id=move.case.id,
        authority_id=move.case.authority_id,
        programme_id=move.case.programme_id,
        element_id=task.element_id,
        process_id=row.process_id,
        name={"de": task.name, "en": element.name_en or task.name},
        role=role,
        form=str(properties.get("form") or task.element_id),
        not_by=_names(properties.get("not_by")),
        assignee_id=_assignee(properties.get("assignee"), task.element_id),
        facts={
            **facts,
            "public": _is_true(properties.get("public")),
            "assigned": bool(properties.get("assignee")),
            "data": dict(task.data),
        },
        created_at=move.now,
        due_at=due_at(properties.get("due"), move.now, task.element_id, _working_days(move)),
    )


def _working_days(move: Move) -> Calendar:
    return calendar(move.programme.file.authority.holiday_calendar)


def _role_of_lane(move: Move, row: ProcessInstance, task: engine.OpenTask) -> str:
    role = move.programme.file.lanes.get(task.lane)
    if role is None:
        raise GrantFlowError(
            "services.tasks.no_role", diagram=row.process_id, element=task.element_id
        )
    return role


def _names(value: object) -> list[str]:
    return [name.strip() for name in str(value or "").split(",") if name.strip()]


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


def _assignee(value: object, element_id: str) -> UUID | None:
    if not value:
        return None
    try:
        return UUID(str(value))
    except ValueError:
        raise GrantFlowError(
            "services.tasks.no_such_person", element=element_id, value=str(value)
        ) from None


def _write_timers(
    move: Move, row: ProcessInstance, step: engine.Step, before: rows.Projection
) -> None:
    running = {timer.id: timer for timer in step.timers}
    gone = {i for i, due in before.timers.items() if i not in running or running[i].due_at != due}
    if gone:
        rows.drop_timers(move.session, gone)
    new = [
        Timer(
            task_id=timer.id,
            instance_id=row.id,
            case_id=move.case.id,
            authority_id=move.case.authority_id,
            element_id=timer.element_id,
            due_at=timer.due_at,
        )
        for timer in step.timers
        if before.timers.get(timer.id) != timer.due_at
    ]
    if new:
        rows.add_rows(move.session, new)


def _write_waits(
    move: Move, row: ProcessInstance, step: engine.Step, before: rows.Projection
) -> None:
    waiting = {(wait.id, wait.kind, wait.name): wait for wait in step.waits}
    gone = {row_id for key, row_id in before.waits.items() if key not in waiting}
    if gone:
        rows.drop_waits(move.session, gone)
    new = [
        Wait(
            id=uuid4(),
            task_id=wait.id,
            instance_id=row.id,
            case_id=move.case.id,
            authority_id=move.case.authority_id,
            element_id=wait.element_id,
            kind=wait.kind,
            name=wait.name,
        )
        for key, wait in waiting.items()
        if key not in before.waits
    ]
    if new:
        rows.add_rows(move.session, new)


def _note_path(move: Move, row: ProcessInstance, step: engine.Step) -> None:
    """The path for the diagram, fired timers and the rules that answered, as history."""
    elements = move.programme.process(row.process_id).elements
    for passed in step.passed:
        if passed.kind == "timer" and not passed.cancelled:
            element = elements.get(passed.element_id)
            name = {"de": element.name, "en": element.name_en} if element else {}
            move.note("timer.fired", instance_id=row.id, element_id=passed.element_id, name=name)
    for fired in step.fired:
        move.note(
            "rules.fired",
            instance_id=row.id,
            element_id=fired.element_id,
            decision=fired.decision_id,
            rules=list(fired.rules),
            outputs=dict(fired.outputs),
        )
    path = [passed.element_id for passed in step.passed if not passed.cancelled]
    if path:
        move.note("step", instance_id=row.id, process=row.process_id, passed=path)


def cancel_children(move: Move, row: ProcessInstance, parent_tasks: Collection[UUID]) -> None:
    """Cancel the children that some call activities of an instance had started."""
    cancel(move, rows.children(move.session, row.id, parent_tasks))


def cancel(move: Move, level: Sequence[ProcessInstance], *, public: bool = False) -> None:
    """Cancel instances and all they have called; their drafts of letters are thrown away."""
    ids: list[UUID] = []
    while level:
        ids += [child.id for child in level]
        for child in level:
            drawn = move.programme.process(child.process_id)
            name = {"de": drawn.name, "en": drawn.name_en}
            move.note(
                "process.cancelled",
                instance_id=child.id,
                public=public,
                stage=child.process_id,
                name=name,
            )
        level = [g for child in level for g in rows.children(move.session, child.id)]
    if ids:
        rows.cancel_instances(move.session, ids, move.now)
        for draft in letter_rows.discard_drafts(move.session, ids):
            move.note(
                "letter.discarded",
                instance_id=draft.instance_id,
                by_process=True,
                letter=str(draft.id),
                title=draft.title,
            )
