"""The numbers on the overview of staff: what waits for whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.services import dispatches, task_views
from grantflow.services.policy import WITH_FILES, Actor, Role, require_account
from grantflow.services.reach import sight
from grantflow.store import casefile as rows
from grantflow.store import jobs
from grantflow.store.reviews import my_reviews
from grantflow.store.worklists import TaskFilter

COUNTERSIGNERS = frozenset({Role.HEAD_OF_UNIT, Role.SECOND_REVIEWER, Role.BUDGET_OFFICER})
POST = frozenset({Role.REGISTRY, Role.CASE_OFFICER})
OPERATORS = frozenset({Role.OPERATIONS, Role.ADMIN})
MOST = 200


@dataclass(frozen=True)
class Tile:
    """A number, what it counts (text key), and where to do something about it."""

    number: int
    key: str
    href: str
    late: bool = False


def tiles(session: Session, actor: Actor) -> list[Tile]:
    """The numbers that concern the actor's roles."""
    found = _task_tiles(session, actor) if actor.roles & WITH_FILES else []
    for roles, name, href, count in _MORE:
        if actor.roles & roles:
            late = name in {"failed_jobs", "escalated"}
            found.append(Tile(count(session, actor), f"caseworker.dashboard.{name}", href, late))
    return found


def _task_tiles(session: Session, actor: Actor) -> list[Tile]:
    counts = task_views.list_tasks(session, actor, "roles", size=1).counts
    now = clock.now()
    week = TaskFilter(overdue_at=now + timedelta(days=7))
    soon = task_views.list_tasks(session, actor, "roles", wanted=week, size=1).counts.roles
    late = task_views.list_tasks(
        session, actor, "roles", wanted=TaskFilter(overdue_at=now), size=1
    ).counts.roles
    key = "caseworker.dashboard."
    return [
        Tile(late, f"{key}overdue", "/tasks?scope=roles&overdue=1", late=True),
        Tile(soon - late, f"{key}this_week", "/tasks?scope=roles"),
        Tile(counts.mine, f"{key}mine", "/tasks?scope=mine"),
        Tile(counts.roles - counts.mine, f"{key}unclaimed", "/tasks?scope=roles"),
    ]


def _reviews(session: Session, actor: Actor) -> int:
    lines = my_reviews(session, require_account(actor))
    return sum(line.task.status == "open" for line in lines)


def _decisions(session: Session, actor: Actor) -> int:
    found = rows.to_countersign(session, require_account(actor), sight(actor).by_role, MOST)
    return len(found)


def _printing(session: Session, actor: Actor) -> int:
    return len(dispatches.print_queue(session, actor))


def _failed(session: Session, _actor: Actor) -> int:
    return len(jobs.list_failed(session))


def _escalated(session: Session, actor: Actor) -> int:
    wanted = TaskFilter(escalated=True)
    return task_views.list_tasks(session, actor, "all", wanted=wanted, size=1).counts.all


_MORE: tuple[tuple[frozenset[Role], str, str, Callable[[Session, Actor], int]], ...] = (
    (frozenset({Role.HEAD_OF_UNIT}), "escalated", "/tasks?scope=all&escalated=1", _escalated),
    (frozenset({Role.PANEL_MEMBER}), "reviews", "/reviews", _reviews),
    (COUNTERSIGNERS, "decisions", "/decisions", _decisions),
    (POST, "printing", "/printing", _printing),
    (OPERATORS, "failed_jobs", "/ops", _failed),
)
