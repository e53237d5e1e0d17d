"""profiles check, load: rule books of the workflows folder, checked and brought into force."""

from __future__ import annotations

from typing import Annotated

import typer

from grantflow import clock
from grantflow.cli.console import language, plain_errors, say
from grantflow.cli.world import opened
from grantflow.rules.profiles import at
from grantflow.services import rule_books
from grantflow.settings import settings
from grantflow.texts import text

commands = typer.Typer(
    help="Check the shipped rule books and bring them into force.", no_args_is_help=True
)


@commands.command("check")
def check(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing where all is well.")] = False,
) -> None:
    """Read every rule book; exit code 1 with every gap, overlap and wrong field."""
    with plain_errors():
        for file, book in rule_books.shipped_books(settings().workflows_dir):
            uncertain = len(at(book, clock.today()).uncertain())
            if not quiet:
                say("rules_admin.checked", file=file, values=len(book.values), uncertain=uncertain)


@commands.command("load")
def load() -> None:
    """Bring rule books whose content is new into force; the same as at every start."""
    with plain_errors(), opened() as world:
        with world.transaction() as session:
            found = rule_books.load_shipped(session, world.settings.workflows_dir)
        for version in found:
            state = text(f"rules_admin.state.{version.state}", language())
            say("rules_admin.loaded", area=version.area, number=version.number, state=state)
        if not found:
            say("rules_admin.nothing_new")
