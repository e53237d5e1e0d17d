"""programmes check, publish, export, diff: packages between folders (git) and the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.syntax import Syntax

from grantflow import clock
from grantflow.cli import demo_world
from grantflow.cli.console import console, language, plain_errors, problem_table, say
from grantflow.cli.world import World, opened
from grantflow.errors import NotFound
from grantflow.programmes import check as checks
from grantflow.programmes.package import Package, diff, load_folder, unpack, write_folder
from grantflow.services import catalogue
from grantflow.services.policy import SYSTEM
from grantflow.settings import settings
from grantflow.store import catalogue as rows
from grantflow.store.tables import ProgrammeVersion
from grantflow.texts import text

commands = typer.Typer(help="Check, publish, export and compare programmes.", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(help="Programme keys or folders; all if none.")]


def _folders(names: list[str] | None) -> list[Path]:
    workflows = settings().workflows_dir
    if not names:
        return list(checks.programme_folders(workflows))
    return [Path(n) if Path(n).is_dir() else workflows / n for n in names]


def _package(folder: Path) -> Package:
    return checks.from_folder(folder, settings().templates_dir / "letters")


@commands.command("check")
def check(names: Names = None) -> None:
    """Lint programmes and play their scenarios; exit code 1 when anything is wrong."""
    failed = False
    with plain_errors():
        for folder in _folders(names):
            failed |= not _checked(folder)
    if failed:
        raise typer.Exit(1)


def _checked(folder: Path) -> bool:
    result = checks.check(_package(folder))
    faults = [*result.problems, *(p for s in result.scenarios for p in s.problems)]
    if faults:
        say("cli.programmes.faults", style="bold red", name=folder.name, count=len(faults))
        console.print(problem_table(faults))
        return False
    say(
        "cli.programmes.checked",
        style="green",
        name=folder.name,
        scenarios=len(result.scenarios),
        coverage=result.coverage,
    )
    return True


@commands.command("publish")
def publish(
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="All shipped programmes.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Add the demo accounts too.")] = False,
) -> None:
    """Publish folders as new versions; a folder that is already published changes nothing."""
    del everything  # no names means all; the option makes the wish visible in scripts
    with plain_errors(), opened() as world:
        for folder in _folders(names):
            _publish(world, folder)
        if demo:
            demo_world.load_people(world)


def _publish(world: World, folder: Path) -> None:
    began = clock.now()
    with world.transaction() as session:
        version = catalogue.publish_package(session, SYSTEM, _package(folder))
    new = version.created_at >= began
    say(
        f"cli.programmes.{'published' if new else 'unchanged'}",
        name=folder.name,
        number=version.number,
        digest=version.digest[:12],
    )


def _stored(world: World, reference: str) -> tuple[Package, int]:
    """``key`` (published version) or ``key@number`` out of the database."""
    key, _, number = reference.partition("@")
    with world.reading() as session:
        row = rows.find_programme(session, key)
        if row is None:
            raise NotFound("cli.no_version", name=reference)
        versions = rows.list_versions(session, row.id)
        wanted = [v for v in versions if str(v.number) == number or (not number and _live(v))]
        if not wanted:
            raise NotFound("cli.no_version", name=reference)
        newest = max(wanted, key=lambda version: version.number)
        return unpack(rows.get_version(session, newest.id).package), newest.number


def _live(version: ProgrammeVersion) -> bool:
    return version.state == "published"


@commands.command("export")
def export(
    programme: Annotated[str, typer.Argument(help="Programme key, or key@number.")],
    folder: Annotated[Path, typer.Argument(help="Folder to write; made if missing.")],
) -> None:
    """Write a version to a folder; reading it back gives the same digest."""
    with plain_errors(), opened() as world:
        package, number = _stored(world, programme)
        write_folder(package, folder)
        say("cli.programmes.exported", name=programme, number=number, folder=folder)


@commands.command("diff")
def show_diff(
    old: Annotated[str, typer.Argument(help="Folder, programme key, or key@number.")],
    new: Annotated[str, typer.Argument(help="Folder, programme key, or key@number.")],
) -> None:
    """Show what changed between two versions or folders."""
    with plain_errors():
        packages = [_either(reference) for reference in (old, new)]
    changes = diff(*packages)
    if not changes:
        console.print(text("cli.programmes.same", language()))
    for change in changes:
        console.print(f"[bold]{change.kind}[/bold] {change.path}")
        if change.kind in ("changed", "replaces"):
            console.print(Syntax(change.diff, "diff", background_color="default"))


def _either(reference: str) -> Package:
    folder = Path(reference)
    if (folder / "programme.toml").is_file():
        has_own = (folder / "_shared").is_dir()
        return load_folder(folder) if has_own else _package(folder)
    with opened() as world:
        return _stored(world, reference)[0]
