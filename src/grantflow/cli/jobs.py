"""jobs list, retry and give-up: what the workers could not do."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from grantflow.cli.console import console, language, plain_errors, say
from grantflow.cli.world import opened
from grantflow.services import operations
from grantflow.services.policy import SYSTEM
from grantflow.texts import text

commands = typer.Typer(help="Failed jobs.", no_args_is_help=True)


@commands.command("list")
def show() -> None:
    """List failed jobs with their last error."""
    with plain_errors(), opened() as world, world.reading() as session:
        failed = operations.failed_jobs(session, SYSTEM)
    if not failed:
        say("cli.jobs.none", style="green")
        return
    headers = (
        text(f"cli.jobs.{name}", language()) for name in ("job", "task", "attempts", "error")
    )
    table = Table(*headers)
    for job in failed:
        table.add_row(str(job.id), job.task, str(job.attempts), escape(job.error))
    console.print(table)


@commands.command("retry")
def retry(job: Annotated[int, typer.Argument(help="Number of the job.")]) -> None:
    """Try a failed job again."""
    with plain_errors(), opened() as world:
        with world.transaction() as session:
            operations.retry(session, SYSTEM, job)
        say("cli.jobs.retried", job=job)


@commands.command("give-up")
def give_up(
    job: Annotated[int, typer.Argument(help="Number of the job.")],
    reason: Annotated[str, typer.Option(prompt=True, help="Why nobody will try it again.")],
) -> None:
    """Give a failed job up, with the reason."""
    with plain_errors(), opened() as world, world.transaction() as session:
        operations.give_up(session, SYSTEM, job, reason)
