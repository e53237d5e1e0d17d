"""Decision tables (DMN): parse, check, and ask them."""

from grantflow.decisions.evaluate import DecisionError, Outcome, evaluate
from grantflow.decisions.lint import lint
from grantflow.decisions.parse import parse
from grantflow.decisions.table import DecisionTable, Input, Output, Rule

__all__ = [
    "DecisionError",
    "DecisionTable",
    "Input",
    "Outcome",
    "Output",
    "Rule",
    "evaluate",
    "lint",
    "parse",
]
