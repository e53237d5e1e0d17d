"""A case is closed when nothing is left to do in it: no task, no open outcome, no money owed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import Conflict
from grantflow.programmes.load import Programme
from grantflow.services import families, ledger, projection
from grantflow.services.move import Move
from grantflow.store import instances
from grantflow.store import tasks as task_rows
from grantflow.store.tables import Case, ProcessInstance, Task
from grantflow.texts import LANGUAGES, Said, Worded

_APPLICANT = "APPLICANT"


def require_nothing_open(move: Move, row: ProcessInstance) -> None:
    """Let the closing process of a case be its last one.

    Processes in which the applicant has begun a form, and nobody done anything yet, are ended.
    Raises the first of ``hindrances``.
    """
    found = hindrances(move.session, move.case, move.programme, row.id)
    if found:
        raise found[0]
    running = instances.list_running(move.session, [move.case.id])
    projection.cancel(move, [root for root, _ in _others(running, row.id)], public=True)


def hindrances(
    session: Session, case: Case, programme: Programme, instance_id: UUID
) -> Sequence[Conflict]:
    """What keeps this process from closing its case.

    All the others are named, each with a task that is open in it; what was repaid beyond all that
    was received (euro); and what the grant still owes where a payment was withdrawn or came back.
    """
    waiting = task_rows.open_tasks(session, case.id)
    running = instances.list_running(session, [case.id])
    left = []
    for root, ids in _others(running, instance_id):
        tasks = [task for task in waiting if task.instance_id in ids]
        if not _only_begun(session, ids, tasks):
            left.append(_described(programme, root, tasks))
    found = []
    if left:
        listed = {"processes": _listed(left), "count": len(left)}
        found.append(Conflict("services.closing.still_open", **listed))
    owed = {
        "unreceived_money": ledger.unreceived(session, case.id),
        "still_owed_money": ledger.undelivered(session, case.id, case.approved or Decimal(0)),
    }
    found += [
        Conflict(f"services.closing.{key}", amount=sum_) for key, sum_ in owed.items() if sum_
    ]
    return found


def _only_begun(session: Session, ids: set[UUID], tasks: Sequence[Task]) -> bool:
    """Whether the applicant has a form open in these processes, and nobody has done anything."""
    begun = bool(tasks) and all(task.role == _APPLICANT for task in tasks)
    return begun and not instances.anything_done(session, ids)


def _others(
    every: Sequence[ProcessInstance], instance_id: UUID
) -> list[tuple[ProcessInstance, set[UUID]]]:
    """Each other process nobody called, with itself and all it has called."""
    running = list(families.others(every, instance_id))
    by_id = {one.id: one for one in running}
    found: dict[UUID, set[UUID]] = {}
    for one in running:
        *_, root = families.lineage(by_id, one.id)
        found.setdefault(root.id, set()).add(one.id)
    return [(by_id[root], ids) for root, ids in found.items()]


def _described(programme: Programme, root: ProcessInstance, tasks: Sequence[Task]) -> Said:
    process = families.named(programme, root)
    if not tasks:
        return Said("services.closing.process", {"process": process})
    name = tasks[0].name
    task = Worded(name["de"], name.get("en") or name["de"])
    return Said("services.closing.process_with_task", {"process": process, "task": task})


def _listed(said: Sequence[Said]) -> Worded:
    german, english = (
        ", ".join(one.in_language(language) for one in said) for language in LANGUAGES
    )
    return Worded(german, english)
