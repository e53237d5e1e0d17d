"""payments: files for the treasury written to disk, and its reports read back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from grantflow.cli.console import console, language, plain_errors, say
from grantflow.cli.world import opened
from grantflow.services import payment_files, payment_returns
from grantflow.texts import text

commands = typer.Typer(help="Payment files of the treasury.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the released file, as GF1A2B3C4D-000001.")]
Person = Annotated[str, typer.Option("--as", help="E-mail address of the person who does it.")]


@commands.command("list")
def show(person: Person) -> None:
    """List the payment files of somebody's authorities."""
    with plain_errors(), opened() as world:
        actor = world.person(person)
        with world.reading(actor) as session:
            files = payment_files.files(session, actor)
    names = ("file", "state", "number_of", "total", "hash")
    table = Table(*(text(f"money.files.{name}", language()) for name in names))
    for file in files:
        state = text(f"money.files.states.{file.state}", language())
        table.add_row(
            file.message_id, escape(state), str(file.payments), f"{file.total:.2f}", file.xml_sha256
        )
    console.print(table)


@commands.command("export")
def export(
    message_id: Name,
    person: Person,
    out: Annotated[Path, typer.Option("--out", help="Folder to write XML and CSV to.")] = Path(),
) -> None:
    """Write a released payment file as pain.001 and CSV."""
    with plain_errors(), opened() as world:
        actor = world.person(person)
        with world.reading(actor) as session:
            file = payment_files.by_name(session, actor, message_id)
            contents = {
                kind: payment_files.content(session, actor, file.id, kind)
                for kind in ("xml", "csv")
            }
        out.mkdir(parents=True, exist_ok=True)
        for kind, content in contents.items():
            (out / f"{message_id}.{kind}").write_bytes(content)
        say("cli.payments.exported", style="green", name=message_id, folder=out)


@commands.command("read")
def read(
    report: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or pain.002.")],
    person: Person,
) -> None:
    """Book a report of the treasury, as a whole or not at all."""
    with plain_errors(), opened() as world:
        actor = world.person(person)
        (authority_id, *_) = payment_files.authorities(actor)
        with world.transaction(actor) as session:
            row = payment_returns.read_back(
                session, actor, authority_id, report.name, report.read_bytes()
            )
        say("cli.payments.read", style="green", paid=row.paid, returned=row.returned)
