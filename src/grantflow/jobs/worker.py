"""The worker: Procrastinate's loop around our handlers, with a clean stop and a patient start."""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime
from typing import Any

import psycopg
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from psycopg_pool import PoolTimeout

from grantflow import clock
from grantflow.jobs.attempt import attempt
from grantflow.jobs.handlers import HANDLERS
from grantflow.jobs.retries import lock_for_retry, next_try
from grantflow.jobs.schedule import SCHEDULE
from grantflow.jobs.workplace import Job, Workplace, open_workplace
from grantflow.logs import log
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.jobs import QUEUE

_log = log(__name__)
_PAUSE_SECONDS = 2.0
_UNREACHABLE = (ConnectorException, psycopg.Error, PoolTimeout, OSError)


class Backoff(BaseRetryStrategy):
    """Our rule for retries in Procrastinate's words."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> Any:
        at = next_try(exception, job.attempts, clock.now())
        return at and _decision(at, job)


def _decision(at: datetime, job: QueuedJob) -> RetryDecision:
    return RetryDecision(retry_at=at, lock=lock_for_retry(job.id or 0, job.lock))


def make_app(url: str) -> App:
    """Procrastinate's app with our handlers and schedule, connected to this database."""
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4))
    for name in HANDLERS:
        task = app.task(name=name, queue=QUEUE, pass_context=True, retry=Backoff())(_run)
        if name in SCHEDULE:
            # Typed for tasks that take the time as an argument by place; ours take it by name.
            periodic: Any = app.periodic(cron=SCHEDULE[name], queueing_lock=name)
            periodic(task)
    return app


def _run(context: JobContext, /, **args: Any) -> None:
    """Runs in a thread; the loop goes on and the heartbeat with it."""
    found = context.job
    place: Workplace = context.additional_context["place"]
    attempt(place, Job(found.id or 0, found.task_name, found.attempts, found.lock, args))


def run(settings: Settings, sessions: Sessions, *, concurrency: int = 1) -> None:
    """Work until SIGTERM or SIGINT; running jobs are finished first.

    When PostgreSQL goes away the worker waits and begins again.
    """
    url = sessions.engine.url.set(drivername="postgresql")
    place = open_workplace(settings, sessions)
    asyncio.run(_work(url.render_as_string(hide_password=False), place, concurrency))


async def _work(url: str, place: Workplace, concurrency: int) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop.set)
    _log.info("worker started", concurrency=concurrency)
    while not stop.is_set():
        await _until(stop, url, place, concurrency)
    _log.info("worker stopped")


async def _until(stop: asyncio.Event, url: str, place: Workplace, concurrency: int) -> None:
    """One life of Procrastinate's worker; it ends when told to, or with its connection."""
    worker = asyncio.create_task(_live(url, place, concurrency))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        worker.cancel()  # Procrastinate takes it as: finish what runs, fetch nothing more
    stopped.cancel()
    (outcome,) = await asyncio.gather(worker, return_exceptions=True)
    if isinstance(outcome, _UNREACHABLE):
        _log.warning("worker lost the database", error=str(outcome))
    elif isinstance(outcome, Exception):
        raise outcome
    if not stop.is_set():
        await asyncio.wait({asyncio.create_task(stop.wait())}, timeout=_PAUSE_SECONDS)


async def _live(url: str, place: Workplace, concurrency: int) -> None:
    app = make_app(url)
    async with app.open_async():
        await app.run_worker_async(
            queues=[QUEUE],
            concurrency=concurrency,
            delete_jobs="successful",
            install_signal_handlers=False,
            additional_context={"place": place},
        )
