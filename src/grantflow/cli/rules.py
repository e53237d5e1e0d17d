"""rules verify: a vectors file of the funder's legal unit against the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from grantflow.cli.console import console, errors, language, problem_table, say, told
from grantflow.rules.verify import document, run
from grantflow.rules.verify.compare import Difference

commands = typer.Typer(help="Rules of law and money.", no_args_is_help=True)
UNREADABLE = 2


@commands.callback()
def _group() -> None:
    """Rules of law and money."""


@commands.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="Vectors file (JSON).")],
    verbose: Annotated[bool, typer.Option("--verbose", help="Name passed vectors too.")] = False,
) -> None:
    """Compare every expected field of a vectors file with what the rules say.

    Exit code 0 when everything is as expected, 1 when something differs, 2 when the file cannot
    be read.
    """
    try:
        read = document.read(file)
    except document.Unreadable as error:
        errors.print("✗ " + escape(told(error.default_key, {})), style="bold red")
        errors.print(problem_table(error.problems))
        raise typer.Exit(UNREADABLE) from None
    results = run.verify(read)
    for result in results:
        if result.passed and verbose:
            say("rules_verify.passed", style="green", id=result.vector.id, rule=result.rule)
        if not result.passed:
            _print_failed(result)
    failed = sum(not result.passed for result in results)
    # The closing line is read by scripts and is the same in every language.
    console.print(f"{len(results) - failed} passed, {failed} failed")
    if failed:
        raise typer.Exit(1)


def _print_failed(result: run.Result) -> None:
    vector = result.vector
    said = {"id": _printable(vector.id), "title": _printable(vector.title)}
    say("rules_verify.failed", style="bold red", **said)
    for difference in result.differences:
        place = escape(_printable(difference.place))
        console.print(f"  [bold]{place}[/bold]: {escape(_printable(_sentence(difference)))}")


def _printable(written: str) -> str:
    """Halves of characters, which JSON allows and no terminal can show, written out."""
    return written.encode("utf-8", "backslashreplace").decode()


def _sentence(difference: Difference) -> str:
    values = {"expected": difference.expected, "actual": difference.actual}
    return told(difference.key, {**values, "lang": language(), **difference.params})
