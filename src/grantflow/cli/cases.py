"""case show: one case on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from grantflow.cli.console import console, language, plain_errors, say
from grantflow.cli.world import opened
from grantflow.clock import BERLIN
from grantflow.errors import NotFound
from grantflow.services import audit, case_views
from grantflow.services.policy import SYSTEM
from grantflow.store import demo as facts
from grantflow.store.tables import CaseEvent
from grantflow.texts import text
from grantflow.web.explain import shown

commands = typer.Typer(help="Look at cases.", no_args_is_help=True)


@commands.callback()
def main() -> None:
    """Look at cases."""


@commands.command("show")
def show(reference: Annotated[str, typer.Argument(help="File reference of the case.")]) -> None:
    """Show status, timeline and letters of a case, and whether its log is intact."""
    with plain_errors(), opened() as world, world.reading() as session:
        found = facts.find_case(session, reference)
        if found is None:
            raise NotFound("cli.no_case", reference=reference)
        view = case_views.case_view(session, SYSTEM, found)
        say("cli.case.facts", style="bold", reference=reference, title=view.parts.case.title)
        console.print(text(f"status.{view.parts.case.status}", language()))
        console.print(timeline(view.events))
        chain = audit.verify_chain(session, found)
        if chain.broken_at is None:
            say("cli.case.chain_fine", style="green", count=chain.count)
        else:
            say("cli.case.chain_broken", style="bold red", entry=chain.broken_at)
            raise typer.Exit(1)


def timeline(events: Iterable[CaseEvent]) -> Table:
    """The history of a case as a table."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    spoken = language()
    for event in events:
        at = event.at.astimezone(BERLIN)
        said = text(f"events.{event.kind}", spoken, **shown(event.data, spoken))
        table.add_row(f"{at:%d.%m.%Y %H:%M}", escape(event.actor_name), escape(said))
    return table
