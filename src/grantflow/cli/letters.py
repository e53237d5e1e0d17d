"""letters check: are these PDF files what letters must be?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from grantflow import letters
from grantflow.cli.console import console, problem_table, say
from grantflow.errors import Problem

commands = typer.Typer(help="Check finished letters.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(help="PDF files.", show_default=False)]

_MEGABYTE = 1024 * 1024
_MOST = 50  # megabytes; a letter with a logo has less than one


@commands.callback()
def _group() -> None:
    """Keep ``check`` a command of its own while it is the only one."""


@commands.command("check")
def check(files: Files) -> None:
    """Check PDF/A-3, PDF/UA-1, tags, tables, fonts, data and seal; exit code 1 if one is faulty."""
    faulty = sum(_shown(file, _problems(file)) for file in files)
    say("letters_pdf.files.counted", checked=len(files), faulty=faulty)
    if faulty:
        raise typer.Exit(1)


def _shown(file: Path, problems: Sequence[Problem]) -> bool:
    """Print what was found; whether there was anything."""
    if not problems:
        say("letters_pdf.files.fine", style="green", name=file)
        return False
    console.print(f"✗ {escape(str(file))}", style="bold red")
    console.print(problem_table(problems))
    return True


def _problems(file: Path) -> list[Problem]:
    if file.is_dir():
        return [Problem("letters_pdf.files.folder")]
    if not file.exists():
        return [Problem("letters_pdf.files.missing")]
    try:
        if not file.is_file():  # a pipe or a device may never end
            return [Problem("letters_pdf.files.not_regular")]
        size = file.stat().st_size
        if size > _MOST * _MEGABYTE:
            params = {"size": size // _MEGABYTE, "most": _MOST}
            return [Problem("letters_pdf.files.too_large", params)]
        return letters.check(file.read_bytes())
    except OSError as error:
        return [Problem("letters_pdf.files.unreadable", {"reason": error.strerror or str(error)})]
