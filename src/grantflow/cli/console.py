"""How the command line speaks: one console, translated errors, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grantflow import texts
from grantflow.errors import Faults, GrantFlowError, Problem
from grantflow.settings import Settings
from grantflow.texts.wrong_values import wrong_values

WIDE = 130  # columns where the output goes to a file or pipe
console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
errors = Console(stderr=True, highlight=False)


def language() -> str:
    """German, unless the terminal speaks another language."""
    spoken = os.environ.get("GRANTFLOW_LANGUAGE") or os.environ.get("LANG") or "de"
    return "en" if spoken.lower().startswith("en") else "de"


def say(key: str, /, style: str = "", **params: Any) -> None:
    """Print a text of the catalogue."""
    console.print(escape(texts.text(key, language(), **params)), style=style)


def told(key: str, params: Mapping[str, Any]) -> str:
    """The text for an error; a reason inside the reason is translated too."""
    filled = dict(params)
    if "detail_key" in filled:
        filled["detail"] = texts.text(filled["detail_key"], language(), **filled["detail_params"])
    return texts.text(key, language(), **filled)


def problem_table(problems: Iterable[Problem]) -> Table:
    """Faults as a table of places and sentences."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for problem in problems:
        place, sentence = escape(problem.place), escape(told(problem.key, problem.params))
        table.add_row(f"[bold]{place}[/bold]", sentence)
    return table


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what the program knows into one clear sentence and exit code 1."""
    try:
        yield
    except Faults as error:
        errors.print("✗ " + escape(texts.text(error.default_key, language())), style="bold red")
        errors.print(problem_table(error.problems))
        raise typer.Exit(1) from None
    except GrantFlowError as error:
        errors.print("✗ " + escape(told(error.key, error.params)), style="bold red")
        raise typer.Exit(1) from None
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        for one in wrong_values(error):
            name = f"GRANTFLOW_{one.field.replace('.', '_')}".upper()
            said = {"name": name, "reason": one.reason}
            errors.print("✗ " + escape(told("cli.bad_setting", said)), style="bold red")
        raise typer.Exit(1) from None
