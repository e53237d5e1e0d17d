"""Procrastinate's job table as seen from inside our own transactions: the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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


# ``doing`` belongs to whoever fetched it; the lock lets one job of a case run at a time.
_FETCH = text("""
select id, task_name, args, attempts, lock
from procrastinate_fetch_job_v2(null, null) where id is not null
""")


def fetch_job(session: Session) -> Row[Any] | None:
    """Take the next due job, as a worker does. Only for running jobs without a worker."""
    return session.execute(_FETCH).one_or_none()


def delete_job(session: Session, job_id: int) -> None:
    """A fetched job is done; only what failed is kept."""
    session.execute(
        text("select procrastinate_finish_job_v1(:id, 'succeeded', true)"), {"id": job_id}
    )


def fail_job(session: Session, job_id: int) -> None:
    """A fetched job failed and is not tried again by itself."""
    session.execute(
        text("select procrastinate_finish_job_v1(:id, 'failed', false)"), {"id": job_id}
    )


_AGAIN = "select procrastinate_retry_job_v2(:id, :at, null, null, :lock)"


def postpone_job(session: Session, job_id: int, at: datetime, lock: str | None) -> None:
    """Put a fetched job back, to be tried again then."""
    session.execute(text(_AGAIN), {"id": job_id, "at": at, "lock": lock})


# As Procrastinate finds them: no worker any more, or one whose heart stopped. A job that has
# killed five workers is not given to a sixth.
_STALLED = """
from procrastinate_jobs job left join procrastinate_workers worker on worker.id = job.worker_id
where job.status = 'doing' and (worker.id is null or worker.last_heartbeat < now() - :silent)
"""
_REVIVE = text(
    "select job.id, job.args, job.lock,"
    " case when job.attempts < 5"
    " then procrastinate_retry_job_v2(job.id, now(), null, null, null)::text"
    " else procrastinate_finish_job_v1(job.id, 'failed', false)::text end as done,"
    f" job.attempts < 5 as again {_STALLED}"
)


def revive(session: Session, silent: timedelta) -> list[Row[Any]]:
    """Put back the jobs of workers that have been silent so long; returns those that now failed."""
    return [row for row in session.execute(_REVIVE, {"silent": silent}) if not row.again]


def forget_done(session: Session) -> None:
    """Remove notes of jobs that are gone, and jobs that were given up a year ago."""
    session.execute(
        text(
            "delete from procrastinate_jobs job using job_note note where note.job_id = job.id"
            " and job.status = 'failed' and note.reason <> ''"
            " and note.at < now() - interval '1 year'"
        )
    )
    session.execute(
        text(
            "delete from job_note note where not exists"
            " (select 1 from procrastinate_jobs job where job.id = note.job_id)"
        )
    )


_FAILED_LATELY = text("""
select distinct (job.args->>'case_id')::uuid from procrastinate_jobs job
join job_note note on note.job_id = job.id
where job.status = 'failed' and job.task_name = :task and note.at > :since
""")


def failed_lately(session: Session, task: str, since: datetime) -> Sequence[UUID]:
    """The cases for which a job of this kind has failed since then."""
    return session.scalars(_FAILED_LATELY, {"task": task, "since": since}).all()


def forget_failed(session: Session, task: str, case_id: str) -> None:
    """Remove failed jobs of a case that a newer one repeats; what was given up stays."""
    query = text(
        "delete from procrastinate_jobs job where status = 'failed' and task_name = :task"
        " and args->>'case_id' = :case_id and not exists"
        " (select 1 from job_note note where note.job_id = job.id and note.reason <> '')"
    )
    session.execute(query, {"task": task, "case_id": case_id})


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


# The case is named in the arguments or is the lock; a job of a case that is out of the reader's
# scope is not shown.
_FAILED = """
select job.id, job.task_name as task, job.args, job.attempts, job.case_id,
       grant_case.reference, coalesce(note.error, '') as error, note.at as failed_at,
       note.given_up_by, coalesce(note.reason, '') as reason
from (select *, coalesce(args->>'case_id', substring(lock from '^[0-9a-f-]{36}'))::uuid as case_id
      from procrastinate_jobs where status = 'failed') job
left join job_note note on note.job_id = job.id
left join grant_case on grant_case.id = job.case_id
where (job.case_id is null or grant_case.id is not null)
  and (:given_up or coalesce(note.reason, '') = '')
"""
_LIST_FAILED = text(_FAILED + " order by job.id desc limit :limit")
_GET_FAILED = text(_FAILED + " and job.id = :id")
_LOCK = text("select id from procrastinate_jobs where id = :id and status = 'failed' for update")


def list_failed(session: Session, *, given_up: bool = False, limit: int = 200) -> list[FailedJob]:
    """Failed jobs, newest first; those that were given up only when asked for."""
    rows = session.execute(_LIST_FAILED, {"given_up": given_up, "limit": limit})
    return [FailedJob(**row._mapping) for row in rows]


def get_failed(session: Session, job_id: int) -> FailedJob:
    """One failed job that nobody gave up, locked. Raises NotFound."""
    session.execute(_LOCK, {"id": job_id})
    row = session.execute(_GET_FAILED, {"given_up": False, "id": job_id}).one_or_none()
    if row is None:
        raise NotFound()
    return FailedJob(**row._mapping)


def retry_failed(session: Session, job_id: int) -> None:
    """Put a failed job back as if it were new. Raises Conflict when its like waits already."""
    session.execute(text(_AGAIN), {"id": job_id, "at": None, "lock": None})
    query = text("update procrastinate_jobs set attempts = 0 where id = :id")
    session.execute(query, {"id": job_id})


_GIVE_UP = text("""
insert into job_note (job_id, case_id, error, at, given_up_by, reason)
values (:id, :case_id, :error, :at, :by, :reason)
on conflict (job_id) do update
set given_up_by = excluded.given_up_by, reason = excluded.reason, at = excluded.at
""")


def give_up(session: Session, job: FailedJob, by: UUID | None, reason: str, at: datetime) -> None:
    """Note that nobody is to try this job again, and why."""
    noted = {"id": job.id, "case_id": job.case_id, "error": job.error}
    session.execute(_GIVE_UP, {**noted, "at": at, "by": by, "reason": reason})


_HEALTH = text("""
select (select max(last_heartbeat) from procrastinate_workers) as heartbeat,
       (select count(*) from procrastinate_jobs where status = 'todo') as waiting,
       (select count(*) from procrastinate_jobs job where status = 'failed' and not exists
           (select 1 from job_note n where n.job_id = job.id and n.reason <> '')
       ) as failed,
       (select min(event.at) from procrastinate_jobs job
           join procrastinate_events event on event.job_id = job.id and event.type = 'deferred'
           where job.status = 'todo' and (job.scheduled_at is null or job.scheduled_at <= now())
       ) as oldest,
       (select min(due_at) from timer) as next_timer,
       now() as database_time
""")


def get_health(session: Session) -> Row[Any]:
    """Heartbeat of the liveliest worker, jobs waiting and failed, the earliest timer."""
    return session.execute(_HEALTH).one()


def case_of(args: Mapping[str, Any], lock: str | None) -> str | None:
    """The case a job belongs to: its ``case_id``, else its lock if that begins with an id."""
    named = args.get("case_id") or (lock or "").split("#")[0]
    try:
        return str(UUID(str(named)))
    except ValueError:
        return None
