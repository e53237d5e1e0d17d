"""The text of a script task: lines ``name = FEEL``."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*=(?!=)\s*(\S.*)", re.DOTALL)


@dataclass(frozen=True)
class Assignment:
    """One line of a script."""

    name: str
    expression: str


class NotAScript(Exception):
    """A line that is not ``name = expression``; ``args[0]`` is the line."""


def parse_script(script: str) -> tuple[Assignment, ...]:
    """The assignments of a script in order.

    A line that is indented goes on with the expression above it; blank lines and lines that begin
    with ``//`` are skipped. Raises NotAScript.
    """
    statements: list[str] = []
    for line in textwrap.dedent(script.expandtabs(4)).strip().splitlines():
        if not line.strip() or line.lstrip().startswith("//"):
            continue
        if line[0] == " " and statements:
            statements[-1] += "\n" + line.strip()
        else:
            statements.append(line.strip())
    found = []
    for statement in statements:
        match = _LINE.fullmatch(statement)
        if match is None:
            raise NotAScript(statement)
        found.append(Assignment(match[1], match[2].strip()))
    return tuple(found)
