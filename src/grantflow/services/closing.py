"""A case is closed when nothing is left to do in it: no task, no open outcome, no money owed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from grantflow.errors import Conflict
from grantflow.services import families, ledger, projection
from grantflow.services.move import Move
from grantflow.store import instances
from grantflow.store import tasks as task_rows
from grantflow.store.tables import ProcessInstance, Task
from grantflow.texts import LANGUAGES, Said, Worded

_APPLICANT = "APPLICANT"


def require_nothing_open(move: Move, row: ProcessInstance) -> None:
    """Let the closing process of a case be its last one.

    Processes in which the applicant has begun a form, and nobody done anything yet, are ended.
    Raises Conflict that names all the others, each with a task that is open in it, and while a
    payment was withdrawn or came back that the grant still owes (euro).
    """
    waiting = task_rows.open_tasks(move.session, move.case.id)
    running = instances.list_running(move.session, [move.case.id])
    begun, left = [], []
    for root, ids in _families(list(families.others(running, row.id))):
        tasks = [task for task in waiting if task.instance_id in ids]
        only_begun = tasks and all(task.role == _APPLICANT for task in tasks)
        if only_begun and not instances.anything_done(move.session, ids):
            begun.append(root)
        else:
            left.append(_described(move, root, tasks))
    if left:
        raise Conflict("services.closing.still_open", processes=_listed(left), count=len(left))
    _require_paid(move)
    projection.cancel(move, begun, public=True)


def _require_paid(move: Move) -> None:
    session, case = move.session, move.case
    granted = case.approved or Decimal(0)
    if ledger.undelivered(session, case.id, granted):
        open_sum = granted - ledger.kept(session, case.id)
        raise Conflict("services.closing.still_owed_money", amount=open_sum)


def _families(running: Sequence[ProcessInstance]) -> list[tuple[ProcessInstance, set[UUID]]]:
    """Each process nobody called, with itself and all it has called."""
    by_id = {one.id: one for one in running}
    found: dict[UUID, set[UUID]] = {}
    for one in running:
        *_, root = families.lineage(by_id, one.id)
        found.setdefault(root.id, set()).add(one.id)
    return [(by_id[root], ids) for root, ids in found.items()]


def _described(move: Move, root: ProcessInstance, tasks: Sequence[Task]) -> Said:
    process = families.named(move.programme, root)
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
