"""users add: accounts for staff."""

from __future__ import annotations

from typing import Annotated

import typer

from grantflow.cli.console import plain_errors, say
from grantflow.cli.world import opened
from grantflow.services import people
from grantflow.services.policy import SYSTEM

commands = typer.Typer(help="Accounts of staff.", no_args_is_help=True)


@commands.callback()
def main() -> None:
    """Accounts of staff."""


@commands.command("add")
def add(
    email: Annotated[str, typer.Argument(help="Address to sign in with.")],
    name: Annotated[str, typer.Option(help="Name as shown in letters.")],
    authority: Annotated[str, typer.Option(help="Key of the authority.")],
    role: Annotated[list[str], typer.Option(help="Role code; may be given several times.")],
    programme: Annotated[str | None, typer.Option(help="Only for this programme.")] = None,
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)
    ] = "",
) -> None:
    """Add an account with roles; an existing account gets the roles added."""
    with plain_errors(), opened() as world:
        with world.transaction() as session:
            people.add_staff(session, SYSTEM, email, name, password, authority, role, programme)
        say("cli.users.added", style="green", email=email, roles=", ".join(role))
