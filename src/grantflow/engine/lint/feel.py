"""Rules about FEEL wherever it stands: it compiles, and every name in it is set somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from grantflow.engine.lint.context import Context
from grantflow.engine.lint.diagram import Level
from grantflow.errors import Problem
from grantflow.expressions import FUNCTIONS, FeelError, check, is_builtin, stopped, variables
from grantflow.texts import Said
from grantflow.texts.near import close_names


def feel(
    level: Level, node: Any, expression: str, context: Context, further: Iterable[str] = ()
) -> Iterator[Problem]:
    """What is wrong with an expression that stands at a node."""
    found = check(expression, context.known.constants)
    if found is not None:
        said = Said(found.key, found.params)
        yield level.problem("bad_expression", node, expression=expression, reason=said)
        return
    for name in context.unset(variables(expression) - set(further)):
        yield _unknown(level, node, name, expression, context)
    if reason := stopped(expression, {}):  # it compiles, but would never end
        yield level.problem("bad_expression", node, expression=expression, reason=reason)


def _unknown(level: Level, node: Any, name: str, expression: str, context: Context) -> Problem:
    """A name that nothing sets; called like a function it was meant as one."""
    called = re.search(rf"(?<![\w.]){re.escape(name)}\s*\(", expression) is not None
    near = close_names(name, FUNCTIONS if called else context.variables)
    code = "unknown_function" if called else "unknown_variable"
    params = {"variable": name, "expression": expression}
    return level.problem(f"{code}_near" if near else code, node, **params, near=near)


def variable(level: Level, node: Any, name: str, context: Context) -> Iterator[Problem]:
    """What is wrong with the name of a variable that a node sets."""
    try:
        taken = is_builtin(name)
    except FeelError:
        taken = True
    if not name.isidentifier() or not name.isascii() or taken:
        yield level.problem("bad_variable", node, variable=name)
    if name in context.known.constants:
        yield level.problem("hides_terms", node, variable=name)
