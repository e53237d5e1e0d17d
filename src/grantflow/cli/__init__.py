"""The command line: everything an operator or a manager's git repository needs."""

from __future__ import annotations

import typer

from grantflow.cli import cases, demo, doctor, jobs, programmes, serving, users

app = typer.Typer(
    name="grantflow",
    help="GrantFlow: grant management whose lifecycle is drawn, checked and printed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

serving.register(app)
demo.register(app)
doctor.register(app)
app.add_typer(programmes.commands, name="programmes")
app.add_typer(cases.commands, name="case")
app.add_typer(jobs.commands, name="jobs")
app.add_typer(users.commands, name="users")
