"""demo: plays every demo case through the services and writes all letters as PDF."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grantflow.cli import demo_world
from grantflow.cli.cases import timeline
from grantflow.cli.console import console, language, plain_errors, problem_table, say
from grantflow.cli.stories import Told
from grantflow.cli.world import World, opened
from grantflow.documents import open_blobs
from grantflow.services import case_views
from grantflow.services.policy import SYSTEM
from grantflow.settings import settings
from grantflow.store import embedded
from grantflow.store import migrate as migrations
from grantflow.texts import text


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for letters and timelines.")],
) -> None:
    """Play the demo cases under a controlled clock; exit code 1 when one differs."""
    with plain_errors():
        out.mkdir(parents=True, exist_ok=True)
        folder = embedded.ROOTS_FOLDER if embedded.runs_as_root() else None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="demo-", dir=folder) as scratch:
            try:
                told = _play(Path(scratch), out)
            finally:
                embedded.serve(Path(scratch)).stop()  # before its folder is taken away
        _summary(told, out)
    if any(t.problems for t in told):
        raise typer.Exit(1)


def _play(scratch: Path, out: Path) -> list[Told]:
    """In a database of its own, so that the demo never touches real cases."""
    chosen = settings().model_copy(
        update={"data_dir": scratch, "database_url": None, "blob_url": None, "smtp_host": None}
    )
    with opened(chosen) as world:
        migrations.upgrade(world.urls.owner, world.urls.application)
        say("cli.demo.loading", style="dim")
        cast = demo_world.load_people(world)
        told = []
        for one in demo_world.tell_all(world, cast):
            _write(world, one, out)
            told.append(one)
        return told


def _write(world: World, told: Told, out: Path) -> None:
    folder = out / f"{told.programme}-{told.scenario.name}"
    folder.mkdir(parents=True, exist_ok=True)
    blobs = open_blobs(world.settings)
    for number, letter in enumerate(told.letters, 1):
        if letter.sha256:
            (folder / f"{number:02d}-{letter.name}.pdf").write_bytes(blobs.get(letter.sha256))
    with world.reading() as session:
        view = case_views.case_view(session, SYSTEM, told.case_id)
    title = told.scenario.title.in_language(language())
    heading = text("cli.demo.timeline", language(), reference=told.reference, title=title)
    with (folder / "timeline.txt").open("w", encoding="utf-8") as file:
        page = Console(file=file, width=140)
        page.print(escape(heading))
        page.print(timeline(view.events))


def _summary(told: Sequence[Told], out: Path) -> None:
    names = ("case", "programme", "story", "status", "letters", "result")
    table = Table(*(text(f"cli.demo.{name}", language()) for name in names))
    for one in told:
        result = "differs" if one.problems else "as_expected"
        colour = "red" if one.problems else "green"
        table.add_row(
            one.reference,
            one.programme,
            escape(one.scenario.title.in_language(language())),
            escape(text(f"status.{one.status}", language())),
            str(len(one.letters)),
            f"[{colour}]{escape(text(f'cli.demo.{result}', language()))}[/{colour}]",
        )
    console.print(table)
    for one in told:
        if one.problems:
            console.print(problem_table(one.problems))
    count = len(list(out.glob("*/*.pdf")))
    say("cli.demo.summary", style="bold", cases=len(told), letters=count, folder=out)
    failed = sum(bool(one.problems) for one in told)
    if failed:
        say("cli.demo.failed", style="bold red", count=failed)
