"""One attempt at one job, the same for the worker and for running jobs in-process."""

from __future__ import annotations

from grantflow import clock
from grantflow.errors import Conflict, GrantFlowError
from grantflow.jobs.handlers import HANDLERS
from grantflow.jobs.retries import words
from grantflow.jobs.workplace import Job, Workplace
from grantflow.logs import log
from grantflow.store import jobs

_log = log(__name__)
_LONGEST_NOTE = 2_000


def attempt(place: Workplace, job: Job) -> None:
    """Do the job. A Conflict means that it was done already; other errors are noted and raised."""
    handler = HANDLERS.get(job.task)
    try:
        if handler is None:
            raise GrantFlowError("jobs.unknown_task", task=job.task)
        handler(place, job, **job.args)
    except Conflict as error:
        _log.info("job was done already", job=job.id, task=job.task, key=error.key)
    except Exception as error:
        _note(place, job, error)
        raise


def _note(place: Workplace, job: Job, error: Exception) -> None:
    """Keep what went wrong; where even that fails, the log has both errors."""
    _log.warning("job failed", job=job.id, task=job.task, attempts=job.attempts, exc_info=error)
    try:
        with place.transaction() as session:
            case_id = jobs.case_of(job.args, job.lock)
            said = words(error)[:_LONGEST_NOTE]
            jobs.note_error(session, job.id, case_id, said, clock.now())
    except GrantFlowError as second:
        _log.warning("the error could not be noted", job=job.id, exc_info=second)
