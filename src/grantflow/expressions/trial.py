"""Whether an expression ends within its limits, asked before anybody depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grantflow.expressions.language import FeelError, evaluate, unary_tests
from grantflow.texts import Said

_TRIES = 3


def stopped(expression: str, context: Mapping[str, Any], *, unary: bool = False) -> Said | None:
    """Why an expression comes to no end with this context, None when it does.

    A ``unary`` test is tried with null. What never ends fails each time; what a busy machine was
    too slow for does not.
    """
    error = FeelError("expressions.failed", expression=expression)
    for _ in range(_TRIES):
        try:
            if unary:
                unary_tests([(expression, None, context)], strict=False)
            else:
                evaluate(expression, context, strict=False)
        except FeelError as found:
            error = found
        else:
            return None
    return Said(error.key, error.params)
