"""Who may touch a task: role, assignment, four eyes, exclusion, declaration of interest."""

from __future__ import annotations

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.errors import Conflict, NotAllowed, NotFound
from grantflow.services import policy
from grantflow.services.policy import Actor, Role
from grantflow.store import tasks as rows
from grantflow.store.tables import Case, Task
from grantflow.store.tasks import TaskForActor

CONFLICT_OF_INTEREST = "conflict_of_interest"


def require_may_do(session: Session, actor: Actor, case: Case, found: TaskForActor) -> None:
    """All that must be true before somebody touches a task; the order decides what they learn."""
    task = found.task
    policy.require_account(actor)
    if found.excluded:
        raise NotAllowed("people.excluded")
    if not may_see(actor, case, task):
        raise NotFound("services.tasks.not_found")
    require_open(session, task)
    if not policy.role_in_case(actor, case, task.role):
        raise NotAllowed(role=task.role)
    if found.barred:
        raise NotAllowed("services.tasks.four_eyes")
    if task.assignee_id not in (None, actor.account_id):
        name = rows.account_name(session, task.assignee_id)
        raise NotAllowed("services.tasks.held_by_another", name=name)


def may_see(actor: Actor, case: Case, task: Task) -> bool:
    """Applicants see their own tasks, panel members those asked of them, others the case's."""
    if not policy.may_see_case(actor, case):
        return False
    if actor.is_applicant:
        return task.role == Role.APPLICANT
    only_panel = {g.role for g in actor.grants if g.authority_id == case.authority_id} <= {
        Role.PANEL_MEMBER
    }
    if not only_panel:
        return True
    free = task.assignee_id is None and task.role == Role.PANEL_MEMBER
    return free or task.assignee_id == actor.account_id


def require_open(session: Session, task: Task) -> None:
    """Raises Conflict that says who was faster and when."""
    if task.status == "open":
        return
    at = task.done_at.astimezone(BERLIN) if task.done_at else None
    if task.status == "cancelled":
        raise Conflict("services.tasks.cancelled", at=at)
    name = rows.account_name(session, task.done_by) if task.done_by else policy.SYSTEM.name
    raise Conflict("services.tasks.already_done", name=name, at=at)


def needs_declaration(found: TaskForActor) -> bool:
    """Whether the declaration of interest still comes before the form."""
    return found.task.facts.get("declaration") == CONFLICT_OF_INTEREST and not found.declared
