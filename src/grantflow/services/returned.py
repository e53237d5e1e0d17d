"""A step that was sent back goes to who did it last, as far as they may still do it."""

from __future__ import annotations

from uuid import UUID

from grantflow.errors import NotAllowed
from grantflow.services import policy
from grantflow.services.move import Move
from grantflow.services.task_letters import require_not_author
from grantflow.store import people
from grantflow.store import tasks as rows
from grantflow.store.tables import Task


def sent_back(move: Move, task: Task) -> bool:
    """Whether a new task is a step that the task just done looked at with four eyes."""
    return move.task is not None and task.element_id in move.task.not_by


def holder(move: Move, task: Task) -> UUID | None:
    """Who did the step of a new task last in its process; None where it is for everybody.

    A step comes back when four eyes look at it (``not_by``) and do not agree: only then anything is
    looked up, because every other step of every case would pay for it. None also for somebody who
    no longer has the role, declared a conflict of interest, or is barred by four eyes.
    """
    if not sent_back(move, task):
        return None
    who = rows.last_doer(move.session, task, move.programme.file.lifecycle)
    return who if who is not None and _may_do(move, task, who) else None


def _may_do(move: Move, task: Task, who: UUID) -> bool:
    session, case = move.session, move.case
    if who in policy.excluded_accounts(session, case.id):
        return False
    if task.not_by and who in rows.doers(session, case.id, task.not_by):
        return False
    try:
        require_not_author(session, task, who)
    except NotAllowed:
        return False
    holders = people.list_holders(session, task.role, task.authority_id, task.programme_id)
    return any(one.id == who for one in holders)
