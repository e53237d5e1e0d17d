"""Rules about FEEL wherever it stands: it compiles, and every name in it is set somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from grantflow.engine.lint.context import Context
from grantflow.engine.lint.diagram import Level
from grantflow.errors import Problem
from grantflow.expressions import FeelError, check, is_builtin, variables
from grantflow.texts import Said


def feel(
    level: Level, node: Any, expression: str, context: Context, further: Iterable[str] = ()
) -> Iterator[Problem]:
    """What is wrong with an expression that stands at a node."""
    found = check(expression)
    if found is not None:
        reason = Said(found.key, found.params)
        yield level.problem("bad_expression", node, expression=expression, reason=reason)
        return
    for name in sorted(variables(expression) - context.variables - set(further)):
        yield level.problem("unknown_variable", node, variable=name, expression=expression)


def variable(level: Level, node: Any, name: str) -> Iterator[Problem]:
    """What is wrong with the name of a variable that a node sets."""
    try:
        taken = is_builtin(name)
    except FeelError:
        taken = True
    if not name.isidentifier() or not name.isascii() or taken:
        yield level.problem("bad_variable", node, variable=name)
