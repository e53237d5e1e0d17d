"""The one way a case moves: engine step, effects, children, projections and history together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from grantflow import clock, engine
from grantflow.errors import Conflict, GrantFlowError
from grantflow.programmes.load import Programme
from grantflow.services import audit, deadlines, projection
from grantflow.services.effects import carry_out
from grantflow.services.move import Action, Complete, FireDue, Message, Move
from grantflow.services.policy import Actor
from grantflow.services.wording import both
from grantflow.store import instances as rows
from grantflow.store.cases import LockedCase
from grantflow.store.tables import ProcessInstance

__all__ = ["Complete", "FireDue", "Message", "advance", "facts_of", "send_message", "start"]

_ENDS = frozenset({"process.ended", "stage.ended", "process.cancelled"})
MOST_STEPS = 1_000
"""Effects and children one move may ask for; a diagram that asks for more runs in circles."""


def start(
    session: Session,
    actor: Actor,
    case: LockedCase,
    programme: Programme,
    process_id: str,
    data: Mapping[str, Any],
) -> ProcessInstance:
    """Start a process of the case and run it until it waits for people, time or messages.

    Raises GrantFlowError (diagram and element named) when the diagram cannot go on; then nothing
    of the transaction may be committed.
    """
    move = Move(session, actor, case, programme, clock.now())
    row = _start(move, process_id, data)
    _finish(move)
    return row


def advance(
    session: Session,
    actor: Actor,
    case: LockedCase,
    row: ProcessInstance,
    programme: Programme,
    action: Action,
) -> bool:
    """Move one process instance of a locked case and carry out all that follows.

    Effects are done in the same transaction, child instances run and end here, and tasks, timers,
    waits and history are brought up to date. False when a message found nobody waiting, or no
    timer was due. Raises Conflict when the instance has ended or the task is gone, GrantFlowError
    (diagram and element named) when the diagram cannot go on.
    """
    move = Move(session, actor, case, programme, clock.now())
    if isinstance(action, Complete):
        move.task = action.task
        if action.waiting is not None:
            move.waiting[row.id] = action.waiting
    moved = _move(move, row, action)
    _finish(move)
    return moved


def send_message(
    session: Session,
    actor: Actor,
    case: LockedCase,
    programme: Programme,
    name: str,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Give a message to every instance of the case that waits for it; False when none does."""
    move = Move(session, actor, case, programme, clock.now())
    caught = _deliver(move, Message(name, payload or {}))
    _finish(move)
    return caught


def _finish(move: Move) -> None:
    """Do what effects have left for afterwards, then write the history."""
    for _ in range(MOST_STEPS):
        if move.starts:
            _start(move, move.starts.pop(0), facts_of(move.session, move.case.id))
        elif move.messages:
            _deliver(move, move.messages.pop(0))
        else:
            break
    else:
        raise GrantFlowError(
            "services.cases.runs_in_circles", process=move.programme.file.lifecycle
        )
    _end_orphans(move)
    case = move.case
    audit.record_all(move.session, case.id, case.authority_id, move.actor, move.entries)


def _end_orphans(move: Move) -> None:
    """Cancel the side processes that need others of which none is running any more."""
    if not any(entry.kind in _ENDS for entry in move.entries):
        return
    running = rows.list_running(move.session, [move.case.id])
    names, sides = {one.process_id for one in running}, move.programme.file.side_processes
    needs = {one.id: sides[one.process_id].needs for one in running if one.process_id in sides}
    lost = [one for one in running if needs.get(one.id) and not names & set(needs[one.id])]
    projection.cancel(move, lost, public=True)


def facts_of(session: Session, case_id: UUID) -> dict[str, Any]:
    """The routing values of all running processes of a case, the newest process's last."""
    found: dict[str, Any] = {}
    for row in rows.list_instances(session, case_id):
        if row.status == "running":
            found.update(row.facts)
    return found


def _deliver(move: Move, message: Message) -> bool:
    caught = False
    for instance_id in rows.waiting_for(move.session, move.case.id, message.kind, message.name):
        row = rows.get_instance(move.session, instance_id)
        # An instance may have ended because another one caught the message first.
        if row.status == "running":
            caught = _move(move, row, message) or caught
    return caught


def _move(move: Move, row: ProcessInstance, action: Action) -> bool:
    if row.status != "running":
        raise Conflict("services.cases.instance_over")
    definition = move.programme.process(row.process_id)
    instance = engine.Instance.load(definition, row.state, move.now)
    moved = _act(instance, action)
    if not moved:
        return False
    _note_action(move, row, action)
    _settle(move, row, instance)
    return True


def _act(instance: engine.Instance, action: Action) -> bool:
    if isinstance(action, Complete):
        instance.complete(action.task.id, dict(action.data))
        return True
    if isinstance(action, Message):
        give = instance.signal if action.kind == "signal" else instance.message
        return give(action.name, dict(action.payload))
    return instance.fire_due() > 0


def _note_action(move: Move, row: ProcessInstance, action: Action) -> None:
    if isinstance(action, Complete):
        move.note(
            "task.completed",
            instance_id=row.id,
            element_id=action.task.element_id,
            public=action.task.role == "APPLICANT" or bool(action.task.facts.get("public")),
            task=action.task.name,
        )
        for title in deadlines.met_by(move.session, move.case, action.task, move.now):
            move.note("deadline.met", instance_id=row.id, public=True, title=title)
    elif isinstance(action, Message):
        move.note("message.received", instance_id=row.id, name=action.name)


def _start(
    move: Move,
    process_id: str,
    data: Mapping[str, Any],
    parent: tuple[ProcessInstance, engine.ChildStart] | None = None,
) -> ProcessInstance:
    definition = move.programme.process(process_id)
    row = ProcessInstance(
        id=uuid4(),
        case_id=move.case.id,
        authority_id=move.case.authority_id,
        parent_id=parent[0].id if parent else None,
        parent_task_id=parent[1].id if parent else None,
        process_id=process_id,
        state=b"",
        started_at=move.now,
    )
    rows.add_instance(move.session, row)
    if parent and parent[0].process_id == move.programme.file.lifecycle:
        move.case.stage = process_id
    _note_start(move, row, definition, parent[1].element_id if parent else "")
    _settle(move, row, engine.Instance.start(definition, dict(data), move.now))
    return row


def _note_start(
    move: Move, row: ProcessInstance, definition: engine.Definition, called_by: str
) -> None:
    kind = "process.started"
    if row.process_id == move.programme.file.lifecycle:
        return
    if row.process_id not in move.programme.file.side_processes:
        kind = "stage.started"
    name = {"de": definition.name, "en": definition.name_en}
    move.note(
        kind,
        instance_id=row.id,
        element_id=called_by,
        public=True,
        stage=row.process_id,
        name=name,
    )


def _settle(move: Move, row: ProcessInstance, instance: engine.Instance) -> None:
    """Answer all the instance asks for, then write what it waits for now."""
    move.running.add(row.id)
    _answer_all(move, row, instance)
    move.running.discard(row.id)
    step = instance.step()
    projection.write(move, row, step)
    move.messages += [Message(sent.name, sent.payload, sent.kind) for sent in step.sent]
    if step.completed:
        _end(move, row, step.data)


def _answer_all(move: Move, row: ProcessInstance, instance: engine.Instance) -> None:
    dropped: set[UUID] = set()
    for _ in range(MOST_STEPS):
        _drop_cancelled(move, row, instance, dropped)
        pending = instance.pending()
        if not pending:
            return
        for request in pending:
            # The answer to one request may have cancelled another one behind it.
            _drop_cancelled(move, row, instance, dropped)
            if request.id not in dropped:
                _answer(move, row, instance, request)
    raise GrantFlowError("services.cases.runs_in_circles", process=row.process_id)


def _drop_cancelled(
    move: Move, row: ProcessInstance, instance: engine.Instance, dropped: set[UUID]
) -> None:
    gone = set(instance.cancelled()) - dropped
    if gone:
        projection.cancel_children(move, row, gone)
        dropped |= gone


def _answer(
    move: Move,
    row: ProcessInstance,
    instance: engine.Instance,
    request: engine.Effect | engine.ChildStart,
) -> None:
    if isinstance(request, engine.Effect):
        instance.resolve(request.id, dict(carry_out(move, row, request)))
        return
    child = _start(move, request.process_id, request.data, (row, request))
    if child.status == "ended":
        instance.resolve(request.id, dict(child.facts))


def _end(move: Move, row: ProcessInstance, data: Mapping[str, Any]) -> None:
    """Close the case with its lifecycle, or hand the data of a child to its parent."""
    if row.process_id == move.programme.file.lifecycle:
        move.case.closed_at = move.now
        deadlines.void_all(move.session, move.case)
        name = both(f"status.{move.case.status}", move.case.status)
        move.note("case.closed", instance_id=row.id, public=True, name=name)
        return
    definition = move.programme.process(row.process_id)
    name = {"de": definition.name, "en": definition.name_en}
    kind = "process.ended" if row.parent_id is None else "stage.ended"
    move.note(kind, instance_id=row.id, stage=row.process_id, name=name)
    _resume_parent(move, row, data)


def _resume_parent(move: Move, row: ProcessInstance, data: Mapping[str, Any]) -> None:
    """Go on in the parent, unless it is being run right now and will see the end by itself."""
    if row.parent_id is None or row.parent_task_id is None:
        return
    parent = rows.get_instance(move.session, row.parent_id)
    if parent.status == "running" and parent.id not in move.running:
        definition = move.programme.process(parent.process_id)
        instance = engine.Instance.load(definition, parent.state, move.now)
        instance.resolve(row.parent_task_id, dict(data))
        _settle(move, parent, instance)
