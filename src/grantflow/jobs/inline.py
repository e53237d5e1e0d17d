"""Doing all due jobs here and now: for tests, the demo and scenarios without a worker."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import Row

from grantflow import clock
from grantflow.errors import GrantFlowError, Temporary
from grantflow.jobs.attempt import attempt
from grantflow.jobs.handlers import SWEEP, sweep
from grantflow.jobs.retries import lock_for_retry, next_try
from grantflow.jobs.workplace import Job, Workplace, open_workplace
from grantflow.settings import Settings
from grantflow.store import jobs
from grantflow.store.db import Sessions

_MOST = 10_000


def run_jobs(settings: Settings, sessions: Sessions) -> int:
    """Fire due timers and do every waiting job, and whatever they order, until none is left.

    Returns how many were done. An error that no later try would mend is noted as in the worker,
    and raised; what is Temporary is put back. Raises GrantFlowError when it never ends.
    """
    place = open_workplace(settings, sessions)
    for done in range(_MOST):
        row = _next(place)
        if row is None:
            return done
        _do(place, Job(row.id, row.task_name, row.attempts, row.lock, dict(row.args)))
    raise GrantFlowError("jobs.still_running", count=_MOST)


def _next(place: Workplace) -> Row[Any] | None:
    """The next job; where none waits, timers that are due by now may order new ones."""
    row = _fetch(place)
    if row is None:
        sweep(place, Job(0, SWEEP))
        row = _fetch(place)
    return row


def _fetch(place: Workplace) -> Row[Any] | None:
    with place.transaction() as session:
        return jobs.fetch_job(session)


def _do(place: Workplace, job: Job) -> None:
    try:
        attempt(place, job)
    except Exception as error:
        _put_aside(place, job, error)
        with suppress(Temporary):
            raise
    else:
        with place.transaction() as session:
            jobs.delete_job(session, job.id)


def _put_aside(place: Workplace, job: Job, error: Exception) -> None:
    at = next_try(error, job.attempts, clock.now()) if isinstance(error, Temporary) else None
    with place.transaction() as session:
        if at is None:
            jobs.fail_job(session, job.id)
        else:
            jobs.postpone_job(session, job.id, at, lock_for_retry(job.id, job.lock))
