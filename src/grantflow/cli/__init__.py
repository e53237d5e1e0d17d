"""The command line: everything an operator or a manager's git repository needs."""

from __future__ import annotations

import typer

from grantflow.cli import (
    cases,
    demo,
    doctor,
    jobs,
    letters,
    payments,
    profiles,
    programmes,
    rules,
    serving,
    users,
)
from grantflow.cli.console import plain_errors
from grantflow.settings import settings

app = typer.Typer(
    name="grantflow",
    help="GrantFlow: grant management whose lifecycle is drawn, checked and printed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _settings() -> None:
    """Refuse a setting that makes no sense in one sentence, before anything else is done."""
    with plain_errors():
        settings()


serving.register(app)
demo.register(app)
doctor.register(app)
app.add_typer(programmes.commands, name="programmes")
app.add_typer(profiles.commands, name="profiles")
app.add_typer(cases.commands, name="case")
app.add_typer(jobs.commands, name="jobs")
app.add_typer(payments.commands, name="payments")
app.add_typer(users.commands, name="users")
app.add_typer(rules.commands, name="rules")
app.add_typer(letters.commands, name="letters")
