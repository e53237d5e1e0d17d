"""serve, work and migrate: the long-running commands."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
import uvicorn

from grantflow.app import create_app
from grantflow.cli import demo_world
from grantflow.cli.console import console, language, plain_errors, say
from grantflow.cli.world import World, opened
from grantflow.errors import GrantFlowError
from grantflow.jobs import worker
from grantflow.letters import load_seal
from grantflow.settings import Settings, settings
from grantflow.store import migrate as migrations
from grantflow.texts import text

GRACE_SECONDS = 10


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(work)
    app.command()(migrate)


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Load demo programmes, people and cases; start a worker.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes beside the server.")] = None,
) -> None:
    """Serve the web application (with --demo: everything a trial needs)."""
    # uvicorn ends with the signal it was stopped by; left alone, SIGTERM would end this process
    # before it has stopped its workers and its PostgreSQL.
    signal.signal(signal.SIGTERM, _stop)
    with plain_errors():
        chosen = _chosen(host, port)
        _free_port(chosen)
        load_seal(chosen)  # a wrong seal shows now, not with the first letter
        with opened(chosen) as world:
            if demo or not chosen.database_url:
                migrations.upgrade(world.urls.owner, world.urls.application)
            else:
                migrations.state(world.urls.application)  # nobody there: said now, not by 503s
            if demo:
                demo_world.load(world)
            count = (chosen.workers if demo else 0) if workers is None else workers
            with _workers(count):
                _announce(world, demo=demo)
                _listen(world)


def _chosen(host: str | None, port: int | None) -> Settings:
    changes = {k: v for k, v in {"host": host, "port": port}.items() if v is not None}
    chosen = settings().model_copy(update=changes)
    if port is not None and "base_url" not in chosen.model_fields_set:
        chosen = chosen.model_copy(update={"base_url": f"http://{chosen.host}:{chosen.port}"})
    return chosen


def _free_port(chosen: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.host, chosen.port))
        except OSError:
            raise GrantFlowError("cli.port_taken", port=chosen.port) from None


def _stop(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


@contextmanager
def _workers(count: int) -> Iterator[None]:
    """Worker processes that live as long as the server; they stop gracefully."""
    command = [sys.executable, "-m", "grantflow", "work"]
    started = [subprocess.Popen(command, start_new_session=True) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _announce(world: World, *, demo: bool) -> None:
    say("cli.serving", style="bold green", url=world.settings.base_url)
    if demo:
        console.print(demo_world.sign_ins(language()))
    say("cli.stop_hint", style="dim")


def _listen(world: World) -> None:
    config = uvicorn.Config(
        create_app(world.settings, world.sessions),
        host=world.settings.host,
        port=world.settings.port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # the application does it, for the proxies in the settings
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        uvicorn.Server(config).run()
    except KeyboardInterrupt:
        console.print(text("cli.stopped", language()))


def work(
    concurrency: Annotated[int, typer.Option(help="Jobs at the same time in this process.")] = 1,
) -> None:
    """Run a worker: letters, mails, timers."""
    with plain_errors(), opened() as world:
        load_seal(world.settings)
        worker.run(world.settings, world.sessions, concurrency=concurrency)


def migrate() -> None:
    """Bring the tables to the version of this program."""
    with plain_errors(), opened() as world:
        migrations.upgrade(world.urls.owner, world.urls.application)
        say("cli.migrated", style="green")
