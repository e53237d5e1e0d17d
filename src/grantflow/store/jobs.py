"""Procrastinate's job table as seen from inside our own transactions: the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from grantflow.errors import NotFound
from grantflow.store.db import dumps

QUEUE = "default"

# Written straight into the table and not through Procrastinate's App, for two reasons: any number
# of jobs is one statement, and a queueing lock that is taken is passed over instead of ending the
# whole transaction in an error. The triggers of the table wake the workers when we commit.
_ENQUEUE = text("""
insert into procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
select :queue, task_name, lock, queueing_lock, cast(args as jsonb), scheduled_at
from unnest(cast(:tasks as text[]), cast(:locks as text[]), cast(:queueing_locks as text[]),
            cast(:args as text[]), cast(:times as timestamptz[]))
     with ordinality as j (task_name, lock, queueing_lock, args, scheduled_at, n)
order by n
on conflict (queueing_lock) where status = 'todo' do nothing
""")


@dataclass(frozen=True)
class NewJob:
    """A job to be done after the commit: ``args`` are ids, never content.

    Jobs of the same ``lock`` are done one after the other; of the same ``queueing_lock`` only one
    waits at a time.
    """

    task: str
    lock: str | None = None
    queueing_lock: str | None = None
    at: datetime | None = None
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FailedJob:
    """A job that will not be tried again unless somebody asks for it."""

    id: int
    task: str
    args: dict[str, Any]
    attempts: int
    case_id: UUID | None
    reference: str | None
    error: str
    failed_at: datetime | None
    given_up_by: UUID | None
    reason: str


def enqueue(
    session: Session,
    task_name: str,
    lock: UUID | str | None,
    queueing_lock: str | None = None,
    **args: Any,
) -> None:
    """Have a worker do this task after the commit, and only if there is one."""
    job = NewJob(task_name, str(lock) if lock else None, queueing_lock, args=args)
    enqueue_all(session, (job,))


def enqueue_all(session: Session, jobs: Sequence[NewJob]) -> None:
    """Have several tasks done after the commit; one statement."""
    if jobs:
        session.execute(
            _ENQUEUE,
            {
                "queue": QUEUE,
                "tasks": [job.task for job in jobs],
                "locks": [job.lock for job in jobs],
                "queueing_locks": [job.queueing_lock for job in jobs],
                "args": [dumps(job.args) for job in jobs],
                "times": [job.at for job in jobs],
            },
        )


_DUE = text("""
select instance_id, case_id from timer
where due_at <= :now order by due_at limit :limit for update skip locked
""")


def list_due_timers(session: Session, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(instance, case) of timers that are due and that no other sweep holds; without doubles."""
    rows = session.execute(_DUE, {"now": now, "limit": limit})
    return list(dict.fromkeys((row.instance_id, row.case_id) for row in rows))


# ``doing`` belongs to whoever fetched it; the lock lets one job of a case run at a time.
_FETCH = text("""
select id, task_name, args, attempts, lock
from procrastinate_fetch_job_v2(null, null) where id is not null
""")


def fetch_job(session: Session) -> Row[Any] | None:
    """Take the next due job, as a worker does. Only for running jobs without a worker."""
    return session.execute(_FETCH).one_or_none()


def finish_job(session: Session, job_id: int, *, succeeded: bool) -> None:
    """Put a fetched job aside."""
    session.execute(
        text(
            "select procrastinate_finish_job_v1("
            ":id, cast(:status as procrastinate_job_status), false)"
        ),
        {"id": job_id, "status": "succeeded" if succeeded else "failed"},
    )


def postpone_job(session: Session, job_id: int, at: datetime) -> None:
    """Put a fetched job back, to be tried again then."""
    session.execute(
        text("select procrastinate_retry_job_v2(:id, :at, null, null, null)"),
        {"id": job_id, "at": at},
    )


_NOTE = text("""
insert into job_note (job_id, case_id, error, at, reason)
values (:job_id, (select id from grant_case where id = cast(:case_id as uuid)), :error, :at, '')
on conflict (job_id) do update set error = excluded.error, at = excluded.at
""")


def note_error(
    session: Session, job_id: int, case_id: str | None, error: str, at: datetime
) -> None:
    """Keep what the last attempt of a job said."""
    values = {"job_id": job_id, "case_id": case_id, "error": error, "at": at}
    session.execute(_NOTE, values)


_FAILED = """
select job.id, job.task_name as task, job.args, job.attempts, note.case_id,
       grant_case.reference, coalesce(note.error, '') as error, note.at as failed_at,
       note.given_up_by, coalesce(note.reason, '') as reason
from procrastinate_jobs job
left join job_note note on note.job_id = job.id
left join grant_case on grant_case.id = note.case_id
where job.status = 'failed' and (note.given_up_by is null or :given_up)
"""
_LIST_FAILED = text(_FAILED + " order by job.id desc limit :limit")
_GET_FAILED = text(_FAILED + " and job.id = :id for update of job")


def list_failed(session: Session, *, given_up: bool = False, limit: int = 200) -> list[FailedJob]:
    """Failed jobs, newest first; those that were given up only when asked for."""
    rows = session.execute(_LIST_FAILED, {"given_up": given_up, "limit": limit})
    return [FailedJob(**row._mapping) for row in rows]


def get_failed(session: Session, job_id: int) -> FailedJob:
    """One failed job that nobody gave up, locked. Raises NotFound."""
    row = session.execute(_GET_FAILED, {"given_up": False, "id": job_id}).one_or_none()
    if row is None:
        raise NotFound()
    return FailedJob(**row._mapping)


def give_up(session: Session, job: FailedJob, by: UUID, reason: str, at: datetime) -> None:
    """Note that nobody is to try this job again, and why."""
    session.execute(
        text(
            "insert into job_note (job_id, case_id, error, at, given_up_by, reason)"
            " values (:id, :case_id, :error, :at, :by, :reason) on conflict (job_id)"
            " do update set given_up_by = excluded.given_up_by, reason = excluded.reason"
        ),
        {
            "id": job.id,
            "case_id": job.case_id,
            "error": job.error,
            "at": at,
            "by": by,
            "reason": reason,
        },
    )


_HEALTH = text("""
select (select max(last_heartbeat) from procrastinate_workers) as heartbeat,
       (select count(*) from procrastinate_jobs where status = 'todo') as waiting,
       (select count(*) from procrastinate_jobs job where status = 'failed' and not exists
           (select 1 from job_note n where n.job_id = job.id and n.given_up_by is not null)
       ) as failed,
       (select min(due_at) from timer) as next_timer,
       now() as database_time
""")


def get_health(session: Session) -> Row[Any]:
    """Heartbeat of the liveliest worker, jobs waiting and failed, the earliest timer."""
    return session.execute(_HEALTH).one()


def case_of(args: Iterable[tuple[str, Any]], lock: str | None) -> str | None:
    """The case a job belongs to: its ``case_id``, else its lock if that is an id."""
    named = dict(args).get("case_id") or lock
    try:
        return str(UUID(str(named)))
    except ValueError:
        return None
