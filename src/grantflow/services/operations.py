"""Running an installation: jobs that failed, and whether everything is well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Invalid, Problem
from grantflow.services.policy import Actor, Role, require_any
from grantflow.store import jobs
from grantflow.store.jobs import FailedJob

__all__ = ["FailedJob", "Health", "failed_jobs", "give_up", "health", "retry"]

OPERATORS = (Role.OPERATIONS, Role.ADMIN)
_WORKER_SILENT = timedelta(seconds=60)
_TIMER_LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Health:
    """How the installation is: all times UTC, None where there is nothing."""

    at: datetime
    worker_seen_at: datetime | None
    jobs_waiting: int
    jobs_failed: int
    oldest_job_at: datetime | None
    next_timer_at: datetime | None

    @property
    def worker_alive(self) -> bool:
        """A worker was heard of within the last minute."""
        return self.worker_seen_at is not None and self.at - self.worker_seen_at < _WORKER_SILENT

    @property
    def timers_late(self) -> bool:
        """A timer has been due for more than five minutes."""
        return self.next_timer_at is not None and self.at - self.next_timer_at > _TIMER_LATE


def failed_jobs(
    session: Session, actor: Actor, *, given_up: bool = False, limit: int = 200
) -> Sequence[FailedJob]:
    """Failed jobs of the actor's authorities, newest first. Raises NotAllowed."""
    require_any(actor, OPERATORS)
    return jobs.list_failed(session, given_up=given_up, limit=limit)


def retry(session: Session, actor: Actor, job_id: int) -> None:
    """Have a failed job done again, with all its tries.

    Raises NotAllowed, NotFound (or not failed), Conflict (the same work waits already).
    """
    require_any(actor, OPERATORS)
    jobs.retry_failed(session, jobs.get_failed(session, job_id).id)


def give_up(session: Session, actor: Actor, job_id: int, reason: str) -> None:
    """Note that nobody shall do a failed job, and why.

    Raises NotAllowed, NotFound (or not failed), Invalid (field reason).
    """
    require_any(actor, OPERATORS)
    if not reason.strip():
        raise Invalid([Problem("jobs.reason_missing", place="reason")])
    job = jobs.get_failed(session, job_id)
    jobs.give_up(session, job, actor.account_id, reason.strip(), clock.now())


def health(session: Session) -> Health:
    """Database, workers, queue and timers, for the health page and for monitoring.

    Whoever calls it decides who may read it; it names no case. Raises Temporary.
    """
    row = jobs.get_health(session)
    return Health(
        at=row.database_time,
        worker_seen_at=row.heartbeat,
        jobs_waiting=row.waiting,
        jobs_failed=row.failed,
        oldest_job_at=row.oldest,
        next_timer_at=row.next_timer,
    )
