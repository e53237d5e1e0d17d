"""After an error: when a job is tried again, or that it is not."""

from __future__ import annotations

from datetime import datetime, timedelta

from grantflow.errors import GrantFlowError, Temporary
from grantflow.texts import text

_FIRST, _LONGEST = timedelta(seconds=10), timedelta(hours=1)
# Ten seconds, half a minute, … an hour: a mail server may be away for most of a day.
_TEMPORARY_TRIES = 24
# A bug rarely mends itself, but it may have been the neighbour's restart.
_UNKNOWN_TRIES = 5


def next_try(error: BaseException, attempts: int, now: datetime) -> datetime | None:
    """When to try again after ``attempts`` earlier tries; None: never.

    What is Temporary and what nobody foresaw is tried again, ever more rarely. Every other error
    of ours would only be repeated.
    """
    if isinstance(error, Temporary):
        tries = _TEMPORARY_TRIES
    elif isinstance(error, GrantFlowError):
        return None
    else:
        tries = _UNKNOWN_TRIES
    if attempts + 1 >= tries:
        return None
    wait: timedelta = min(_FIRST * 3 ** min(attempts, 10), _LONGEST)
    return now + wait


def lock_for_retry(job_id: int, lock: str | None) -> str | None:
    """A lock of its own for a job that waits to be tried again.

    A waiting job holds back all later ones of its lock, and a mail that does not leave must not
    hold back the case. Handlers lock the case's row, so nothing happens twice.
    """
    return f"{lock.split('#')[0]}#{job_id}" if lock else None


def words(error: BaseException) -> str:
    """What operations read about an error, in German."""
    if isinstance(error, GrantFlowError):
        problems = getattr(error, "problems", ())
        parts = [text(p.key, "de", **p.params) + f" ({p.place})" for p in problems]
        return " ".join([text(error.key, "de", **error.params), *parts])
    return text("jobs.failed", "de", reason=f"{type(error).__name__}: {error}")
