"""Overdue work of staff: reminded of, reminded of again, then told to the head of unit.

Tasks of applicants are not meant: they have letters and deadlines of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.rules.periods import first_moment_after, last_day
from grantflow.services import audit, notices
from grantflow.services.policy import Actor, Role
from grantflow.services.wording import day_in_figures
from grantflow.store import overdue, people, reviews
from grantflow.store import tasks as task_rows
from grantflow.store.cases import LockedCase, lock_case_if_free
from grantflow.store.tables import Account, Task

_DAY = timedelta(days=1)
SECOND_REMINDER = timedelta(days=7)
"""So long after the due day the second reminder leaves; the first on the day after it."""
HEAD_OF_UNIT_TOLD = timedelta(days=14)
"""So long after the due day the head of unit is told, and once more after each further such time.

The three are calendar days in Germany. No law sets them; they are those of an office's tickler.
"""


@dataclass(frozen=True)
class Rung:
    """How far a task has come: the mail that leaves, what the history says, the next rung's day."""

    template: str
    event: str
    next_on: date


def rung(due_on: date, today: date) -> Rung:
    """The highest rung a task has reached that was due on a day before ``today``."""
    late = today - due_on
    if late < SECOND_REMINDER:
        return Rung("task_overdue", "task.overdue", due_on + SECOND_REMINDER)
    if late < HEAD_OF_UNIT_TOLD:
        return Rung("task_overdue_again", "task.overdue_again", due_on + HEAD_OF_UNIT_TOLD)
    next_on = due_on + (late // HEAD_OF_UNIT_TOLD + 1) * HEAD_OF_UNIT_TOLD
    return Rung("task_escalated", "task.escalated", next_on)


def due_cases(session: Session, limit: int = 100, without: Collection[UUID] = ()) -> Sequence[UUID]:
    """Cases with an overdue task that has reached its next rung; ``without`` are left out."""
    return overdue.due_cases(session, _midnight(), clock.today(), limit, without)


def escalate(session: Session, actor: Actor, case_id: UUID) -> int:
    """Have the mails sent that the overdue tasks of a case are due for; how many tasks that were.

    One rung is one mail to each person, however often this runs; where the clock has gone far,
    only the highest rung counts. A case somebody is working on is left to the next time.
    """
    case = lock_case_if_free(session, case_id)
    if case is None:
        return 0
    late = overdue.of_case(session, case_id, _midnight(), clock.today())
    for task in late:
        _climb(session, actor, case, task)
    return len(late)


def _midnight() -> datetime:
    """What was due by the beginning of today has its due day behind it."""
    return first_moment_after(clock.today() - _DAY)


def _climb(session: Session, actor: Actor, case: LockedCase, task: Task) -> None:
    assert task.due_at is not None
    due_on = last_day(task.due_at)
    reached = rung(due_on, clock.today())
    to_head = reached.event == "task.escalated"
    told = _heads(session, case) if to_head else _workers(session, case, task)
    notices.mail(
        session, told, reached.template, case_id=case.id,
        task=task.name, task_id=str(task.id), due=day_in_figures(due_on),
    )  # fmt: skip
    task.next_reminder_on = reached.next_on
    if to_head:
        task.escalated_on = clock.today()
    names = ", ".join(account.name for account in told) or "–"
    audit.record(
        session, case.id, case.authority_id, actor, reached.event,
        element_id=task.element_id, instance_id=task.instance_id,
        data={"task": task.name, "due_on": due_on.isoformat(), "to": names},
    )  # fmt: skip


def _heads(session: Session, case: LockedCase) -> Sequence[Account]:
    return _unbiased(session, case, notices.recipients(session, case, Role.HEAD_OF_UNIT))


def _workers(session: Session, case: LockedCase, task: Task) -> Sequence[Account]:
    """Whoever holds the task, else all who may take it; where nobody may, the head of unit."""
    holder = people.find_active(session, task.assignee_id) if task.assignee_id else None
    if holder is not None:
        return [holder]
    barred = set(task_rows.doers(session, case.id, task.not_by)) if task.not_by else set()
    role = _unbiased(session, case, notices.recipients(session, case, task.role))
    return [one for one in role if one.id not in barred] or _heads(session, case)


def _unbiased(session: Session, case: LockedCase, accounts: Sequence[Account]) -> Sequence[Account]:
    """Without those who declared a conflict of interest: the case is closed to them."""
    declared = (line.declaration for line in reviews.list_declarations(session, case.id))
    excluded = {one.account_id for one in declared if one.conflict}
    return [one for one in accounts if one.id not in excluded]
