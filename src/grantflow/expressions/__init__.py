"""FEEL, the language of conditions and rules, evaluated inside limits."""

from grantflow.expressions.functions import FUNCTIONS
from grantflow.expressions.language import (
    Entries,
    FeelError,
    check,
    check_unary,
    evaluate,
    evaluate_all,
    is_builtin,
    unary_test,
    unary_tests,
    variables,
    variables_unary,
)
from grantflow.expressions.trial import stopped

__all__ = [
    "FUNCTIONS",
    "Entries",
    "FeelError",
    "check",
    "check_unary",
    "evaluate",
    "evaluate_all",
    "is_builtin",
    "stopped",
    "unary_test",
    "unary_tests",
    "variables",
    "variables_unary",
]
