"""doctor: says what an installation lacks and how to mend it."""

from __future__ import annotations

import ctypes.util
import smtplib
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.markup import escape

from grantflow import expressions
from grantflow.cli.console import console, language
from grantflow.cli.world import opened
from grantflow.errors import GrantFlowError
from grantflow.letters import load_seal
from grantflow.settings import PACKAGE, Settings, settings
from grantflow.store import migrate as migrations
from grantflow.texts import text

LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
SMTP_SECONDS = 5


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    fine: bool
    detail: str = ""
    mend: str = ""  # text key


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor() -> None:
    """Say what is missing and how to mend it."""
    findings = list(_findings(settings()))
    for finding in findings:
        mark = "[green]✓[/green]" if finding.fine else "[red]✗[/red]"
        name = escape(text(f"cli.doctor.{finding.name}", language()))
        console.print(f"{mark} {name} [dim]{escape(finding.detail)}[/dim]")
        if not finding.fine and finding.mend:
            console.print(f"    → {escape(text(finding.mend, language()))}")
    if not all(f.fine for f in findings):
        raise typer.Exit(1)


def _findings(chosen: Settings) -> Iterator[Finding]:
    yield Finding("python", sys.version_info >= (3, 11), sys.version.split()[0])
    for name in LIBRARIES:
        found = ctypes.util.find_library(name) or ""
        yield Finding("library", bool(found), found or name, "cli.doctor.mend.library")
    yield _file("bundle", PACKAGE / "web" / "static" / "dist" / "manifest.json")
    yield _tried("feel", lambda: str(expressions.evaluate("1 + 1", {})), "cli.doctor.mend.bundle")
    yield _folder(chosen.data_dir)
    yield _tried("database", _database, "cli.doctor.mend.database")
    yield _mail(chosen)
    yield _tried("seal", lambda: _seal(chosen), "")


def _seal(chosen: Settings) -> str:
    found = load_seal(chosen)
    return found.name if found else text("cli.doctor.no_seal", language())


def _file(name: str, path: Path) -> Finding:
    return Finding(name, path.is_file(), path.name, "cli.doctor.mend.bundle")


def _folder(folder: Path) -> Finding:
    def probe() -> str:
        folder.mkdir(parents=True, exist_ok=True)
        test = folder / ".writable"
        test.write_text("")
        test.unlink()
        return str(folder)

    return _tried("data_dir", probe, "cli.doctor.mend.data_dir")


def _tried(name: str, probe: Callable[[], str], mend: str) -> Finding:
    try:
        return Finding(name, True, probe())
    except GrantFlowError as error:
        return Finding(name, False, text(error.key, language(), **error.params), mend)
    except OSError as error:
        return Finding(name, False, str(error), mend)


def _database() -> str:
    with opened() as world, world.reading():  # the application's own role can sign in
        state = migrations.state(world.urls.owner)
    if not state.current:
        raise GrantFlowError("cli.doctor.old_tables", have=state.have, want=state.want)
    return state.have


def _mail(chosen: Settings) -> Finding:
    if not chosen.smtp_host:
        return Finding("mail", True, text("cli.doctor.mail_outbox", language()))

    def probe() -> str:
        with smtplib.SMTP(str(chosen.smtp_host), chosen.smtp_port, timeout=SMTP_SECONDS) as server:
            server.noop()
        return f"{chosen.smtp_host}:{chosen.smtp_port}"

    try:
        return _tried("mail", probe, "cli.doctor.mend.mail")
    except (smtplib.SMTPException, socket.gaierror) as error:
        return Finding("mail", False, str(error), "cli.doctor.mend.mail")
