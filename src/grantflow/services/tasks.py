"""Tasks: done, taken, given back, handed over, saved half-way; the rules of who may do them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotAllowed, Problem
from grantflow.services import answers, audit, people, policy, task_letters
from grantflow.services.advance import Complete, advance
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor, Role
from grantflow.services.task_rules import (
    CONFLICT_OF_INTEREST,
    needs_declaration,
    require_may_do,
    require_open,
)
from grantflow.services.task_views import TaskList, TaskView, checked_answers, list_tasks, task_view
from grantflow.store import reviews
from grantflow.store import tasks as rows
from grantflow.store.cases import LockedCase, get_case
from grantflow.store.tables import Case, ConflictDeclaration, Task
from grantflow.store.tasks import StepForActor
from grantflow.store.worklists import TaskCounts, TaskFilter, TaskLine

__all__ = [
    "TaskCounts",
    "TaskFilter",
    "TaskLine",
    "TaskList",
    "TaskView",
    "checked_answers",
    "claim",
    "complete",
    "declare_conflict",
    "hand_over",
    "list_tasks",
    "release",
    "save_draft",
    "task_view",
]


def complete(
    session: Session,
    actor: Actor,
    task_id: UUID,
    raw: Mapping[str, Any],
    *,
    seen_letter: str | None = None,
) -> Task:
    """Check the answers, keep them, and move the case on; the task as it is then.

    ``seen_letter`` is the revision of the draft letter the person had before them
    (``TaskView.letter_revision``); None where nobody looked at a page. Raises Conflict when the
    task was done already or the letter changed since (with ``name`` and ``at``), NotAllowed for the
    wrong role, four eyes, an exclusion or a missing declaration of interest, Invalid with every
    problem of the answers, NotFound, GrantFlowError when the diagram cannot go on.
    """
    case = rows.lock_case_of(session, task_id)
    found = rows.step_for(session, task_id, actor.account_id)
    task = found.task
    require_may_do(session, actor, case, found)
    if needs_declaration(found):
        raise NotAllowed("services.tasks.declare_first")
    if seen_letter is not None:
        task_letters.require_seen(session, case, task, seen_letter)
    programme = programme_of(session, case.programme_version_id)
    form = answers.form_of(programme, task)
    routing: dict[str, Any] = {}
    if form is not None:
        checked = answers.check(session, programme, form, task, case, raw, actor.language)
        answers.keep(session, actor, case, task, checked.answers)
        if task.role == Role.APPLICANT:
            answers.tell_case(case, checked)
        routing = checked.routing
    if task.facts.get("declaration"):
        routing["conflict"] = False
    _finish(session, actor, case, found, routing)
    return task


def _finish(
    session: Session,
    actor: Actor,
    case: LockedCase,
    found: StepForActor,
    routing: Mapping[str, Any],
) -> None:
    if found.has_draft:
        rows.drop_drafts(session, [found.task.id])
    programme = programme_of(session, case.programme_version_id)
    action = Complete(found.task, routing, found.waiting)
    advance(session, actor, case, found.instance, programme, action)


def _locked(session: Session, actor: Actor, task_id: UUID) -> tuple[LockedCase, StepForActor]:
    case = rows.lock_case_of(session, task_id)
    found = rows.step_for(session, task_id, actor.account_id)
    require_may_do(session, actor, case, found)
    return case, found


def _record(session: Session, actor: Actor, case: Case, task: Task, kind: str, **data: Any) -> None:
    audit.record(
        session, case.id, case.authority_id, actor, kind,
        element_id=task.element_id, data={"task": task.name, **data}, instance_id=task.instance_id,
    )  # fmt: skip


def claim(session: Session, actor: Actor, task_id: UUID) -> Task:
    """Take an open task of one's roles; nobody else can do it then. Conflict, NotAllowed."""
    case, found = _locked(session, actor, task_id)
    task_letters.require_not_author(session, found.task, actor.account_id)
    if found.task.assignee_id is None:
        found.task.assignee_id = actor.account_id
        _record(session, actor, case, found.task, "task.claimed")
    return found.task


def release(session: Session, actor: Actor, task_id: UUID) -> Task:
    """Give a task back to everybody with its role. Raises NotAllowed for tasks of others.

    A task the diagram gave to one person (a review) stays with that person.
    """
    case, found = _locked(session, actor, task_id)
    task = found.task
    if task.facts.get("assigned"):
        raise NotAllowed("services.tasks.assigned_by_diagram")
    if task.assignee_id is not None:
        task.assignee_id = None
        _record(session, actor, case, task, "task.released")
    return task


def hand_over(session: Session, actor: Actor, task_id: UUID, to: UUID) -> Task:
    """Give a task to somebody else who may do it.

    The holder may, and the head of unit for anybody. Raises NotAllowed when the other person lacks
    the role, declared a conflict, or is barred by four eyes (a step before, or the letter that the
    task releases); NotFound, Conflict.
    """
    case = rows.lock_case_of(session, task_id)
    mine = rows.task_for(session, task_id, actor.account_id)
    if not policy.role_in_case(actor, case, Role.HEAD_OF_UNIT):
        require_may_do(session, actor, case, mine)
    elif mine.excluded:
        raise NotAllowed("people.excluded")
    task = mine.task
    require_open(session, task)
    if task.facts.get("assigned"):
        raise NotAllowed("services.tasks.assigned_by_diagram")
    other = people.get_actor(session, to)
    theirs = rows.task_for(session, task_id, to)
    if theirs.excluded or theirs.barred or not policy.role_in_case(other, case, task.role):
        raise NotAllowed("services.tasks.cannot_take", name=other.name)
    try:
        task_letters.require_not_author(session, task, to)
    except NotAllowed as error:
        raise NotAllowed("services.tasks.cannot_take", name=other.name) from error
    task.assignee_id = to
    _record(session, actor, case, task, "task.handed_over", to=other.name)
    return task


def save_draft(session: Session, actor: Actor, task_id: UUID, raw: Mapping[str, Any]) -> None:
    """Keep what was typed so far, however incomplete; unknown fields are left out.

    The case is not locked: typing must not wait for others. Raises Conflict when the task is done
    already, NotAllowed, NotFound.
    """
    found = rows.task_for(session, task_id, actor.account_id)
    case = get_case(session, found.task.case_id)
    require_may_do(session, actor, case, found)
    if needs_declaration(found):
        raise NotAllowed("services.tasks.declare_first")
    form = answers.form_of(programme_of(session, case.programme_version_id), found.task)
    if form is not None:
        account = policy.require_account(actor)
        rows.save_draft(session, task_id, form.clean_draft(raw), account, clock.now())


def declare_conflict(
    session: Session, actor: Actor, task_id: UUID, *, conflict: bool, reason: str = ""
) -> None:
    """Say whether one has interests in the case (§§ 20, 21 VwVfG) before doing a task.

    A conflict completes the task with ``conflict = true`` and excludes the person from the whole
    case; it needs a reason. Raises Invalid without one, Conflict, NotAllowed, NotFound.
    """
    case, found = _locked(session, actor, task_id)
    if found.task.facts.get("declaration") != CONFLICT_OF_INTEREST:
        raise Conflict("services.tasks.no_declaration_asked")
    plain = reason.strip()
    if conflict and not plain:
        raise Invalid([Problem("services.tasks.reason_missing", place="reason")])
    declaration = ConflictDeclaration(
        case_id=case.id,
        account_id=policy.require_account(actor),
        authority_id=case.authority_id,
        conflict=conflict,
        reason=plain,
        at=clock.now(),
    )
    reviews.write_declaration(session, declaration)
    kind = "conflict.declared" if conflict else "conflict.denied"
    _record(session, actor, case, found.task, kind)
    if conflict:
        # The diagram may collect what the form would have given; it is there, though empty.
        form = answers.form_of(programme_of(session, case.programme_version_id), found.task)
        unanswered = dict.fromkeys(form.routing_names()) if form is not None else {}
        _finish(session, actor, case, found, {**unanswered, "conflict": True})
