"""What people see of tasks: their lists, and one task with everything needed to do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, NotAllowed, NotFound
from grantflow.forms import Form, Option
from grantflow.programmes.load import Programme
from grantflow.services import answers, closing, letters, policy
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor, Role
from grantflow.services.reach import sight
from grantflow.services.task_letters import draft_of, require_not_author
from grantflow.services.task_rules import may_see, needs_declaration, require_may_do
from grantflow.store import cases as case_rows
from grantflow.store import tasks as rows
from grantflow.store import worklists
from grantflow.store.cases import CaseParts
from grantflow.store.tables import Case, Task
from grantflow.store.worklists import TaskCounts, TaskFilter, TaskLine

PAGE = 50
SCOPES = ("mine", "roles", "all")


@dataclass(frozen=True)
class TaskList:
    """One page of a task list, and how many tasks there are in each scope."""

    lines: Sequence[TaskLine]
    counts: TaskCounts
    scope: str
    page: int
    pages: int

    @property
    def total(self) -> int:
        """How many tasks the chosen scope holds."""
        return int(getattr(self.counts, self.scope))


@dataclass(frozen=True)
class TaskView:
    """One task with all that a page needs to show it.

    ``answers`` come from ``source``: draft, previous, start or done. ``refusal`` is why this person
    cannot do the task now (None: they can); ``hindrances`` keep the case from being closed, where
    the task may close it; ``letter_id`` the draft shown beside the form, and
    ``letter_revision`` what it says, to be given back when the task is completed.
    """

    task: Task
    case: CaseParts
    programme: Programme
    form: Form | None
    answers: Mapping[str, Any]
    source: str
    saved_at: datetime | None
    context: Mapping[str, Any]
    options: Mapping[str, Sequence[Option]]
    letter_id: UUID | None
    letter_revision: str
    held_by: str | None
    done_by: str | None
    needs_declaration: bool
    refusal: NotAllowed | Conflict | None
    hindrances: Sequence[Conflict] = ()

    @property
    def shows(self) -> tuple[str, ...]:
        """What the diagram lists above the form, such as the points that were asked for."""
        value = self.task.facts.get("shows")
        rows = value if isinstance(value, list) else str(value or "").splitlines()
        return tuple(filter(None, (str(row).strip() for row in rows)))

    @property
    def may_complete(self) -> bool:
        """Whether this person may do the task as it stands."""
        return self.refusal is None and not self.needs_declaration


def checked_answers(
    session: Session, actor: Actor, found: TaskView, raw: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The answers of a task as they would be kept, by every rule that completing it applies.

    Raises Invalid with every problem and its place.
    """
    if found.form is None:
        return {}
    given = (found.form, found.task, found.case.case, raw, actor.language)
    return answers.check(session, found.programme, *given).answers


def list_tasks(
    session: Session,
    actor: Actor,
    scope: str = "roles",
    *,
    wanted: TaskFilter | None = None,
    page: int = 1,
    size: int = PAGE,
) -> TaskList:
    """Open tasks the actor may see, due first, then oldest; two statements whatever their number.

    ``mine`` are assigned to the actor (for applicants: those of their organisations), ``roles``
    add the free ones of their roles, ``all`` everything in their programmes.
    """
    if scope not in SCOPES:
        raise NotFound("services.tasks.no_such_scope", scope=scope)
    seen, filters = sight(actor), wanted or TaskFilter()
    counts = worklists.count_tasks(session, seen, filters, clock.now())
    pages = max(1, -(-int(getattr(counts, scope)) // size))
    number = min(max(1, page), pages)
    lines = worklists.list_tasks(session, seen, scope, filters, size, (number - 1) * size)
    return TaskList(lines, counts, scope, number, pages)


def task_view(session: Session, actor: Actor, task_id: UUID) -> TaskView:
    """A task for somebody who may see it. Raises NotFound, NotAllowed for the excluded."""
    found = rows.task_for(session, task_id, actor.account_id)
    task = found.task
    parts = case_rows.case_parts(session, task.case_id)
    if found.excluded:
        raise NotAllowed("people.excluded")
    if not actor.is_system and not may_see(actor, parts.case, task):
        raise NotFound("services.tasks.not_found")
    programme = programme_of(session, parts.case.programme_version_id)
    form = answers.form_of(programme, task)
    letter = draft_of(session, task)
    # What an applicant typed but did not send is nobody's business but theirs.
    theirs = task.role == Role.APPLICANT and actor.kind != "applicant"
    has_draft = found.has_draft and not theirs
    context = answers.context_of(session, programme, form, task, parts.case)
    shown, source, saved_at = _answers(session, programme, form, task, context, has_draft=has_draft)
    kept = shown if source == "done" else {}
    return TaskView(
        task=task,
        case=parts,
        programme=programme,
        form=form,
        answers=shown,
        source=source,
        saved_at=saved_at,
        context=context,
        options=_options(session, programme, form, parts.case, kept),
        letter_id=letter.id if letter else None,
        letter_revision=letters.revision(session, parts.case, letter) if letter else "",
        held_by=_name(session, task.assignee_id),
        done_by=_name(session, task.done_by),
        needs_declaration=task.status == "open" and needs_declaration(found),
        refusal=_refusal(session, actor, parts, found),
        hindrances=_hindrances(session, parts.case, programme, task),
    )


def _hindrances(
    session: Session, case: Case, programme: Programme, task: Task
) -> Sequence[Conflict]:
    if task.status != "open" or task.facts.get("closes") != "true":
        return ()
    return closing.hindrances(session, case, programme, task.instance_id)


def _options(
    session: Session, programme: Programme, form: Form | None, case: Case, kept: Mapping[str, Any]
) -> Mapping[str, Sequence[Option]]:
    if form is None:
        return {}
    read = answers.options_read(session, form, case, kept)
    return {**read, **answers.offered(session, programme, form, case)}


def _answers(
    session: Session,
    programme: Programme,
    form: Form | None,
    task: Task,
    context: Mapping[str, Any],
    *,
    has_draft: bool,
) -> tuple[Mapping[str, Any], str, datetime | None]:
    if form is None:
        return {}, "none", None
    if task.status == "done":
        given = answers.given_in(session, task)
        return given, "done", task.done_at
    draft = rows.find_draft(session, task.id) if has_draft else None
    if draft is not None:
        return form.renewed(draft.answers, context), "draft", draft.updated_at
    shown, source = answers.beginning(session, programme, form, task, context)
    return shown, source, None


def _name(session: Session, account_id: UUID | None) -> str | None:
    return rows.account_name(session, account_id) if account_id else None


def _refusal(
    session: Session, actor: Actor, parts: CaseParts, found: rows.TaskForActor
) -> NotAllowed | Conflict | None:
    """Why the actor cannot do the task, told before they try; None if they can."""
    if actor.is_system:
        return NotAllowed()
    try:
        require_may_do(session, actor, parts.case, found)
        require_not_author(session, found.task, actor.account_id)
    except (NotAllowed, Conflict) as error:
        return error
    return None


def open_tasks(session: Session, actor: Actor, case_id: UUID) -> list[Task]:
    """The open tasks of a case that the actor may see, oldest first. Raises NotFound."""
    case = case_rows.get_case(session, case_id)
    policy.require_case(actor, case)
    found = rows.open_tasks(session, case_id)
    return [task for task in found if actor.is_system or may_see(actor, case, task)]
