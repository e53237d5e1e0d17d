"""FEEL, the language of conditions and rules, evaluated inside limits."""

from grantflow.expressions.language import (
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

__all__ = [
    "FeelError",
    "check",
    "check_unary",
    "evaluate",
    "evaluate_all",
    "is_builtin",
    "unary_test",
    "unary_tests",
    "variables",
    "variables_unary",
]
