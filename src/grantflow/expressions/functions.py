"""The names of FEEL's functions, to offer those that look like a misspelt one."""

from __future__ import annotations

FUNCTIONS = (
    "abs", "after", "all", "any", "append", "before", "ceiling", "concatenate", "contains", "count",
    "date", "day of week", "day of year", "decimal", "distinct values", "duration",
    "during", "ends with", "even", "exp", "finishes", "flatten", "floor", "get entries",
    "get value", "includes", "index of", "insert before", "list contains", "log", "lower case",
    "matches", "max", "mean", "median", "meets", "min", "mode", "modulo", "month of year", "not",
    "now", "number", "odd", "overlaps", "product", "remove", "replace", "reverse", "round down",
    "round half down", "round half up", "round up", "split", "sqrt", "starts with", "stddev",
    "string", "string join", "string length", "sublist", "substring", "substring after",
    "substring before", "sum", "time", "today", "union", "upper case", "week of year",
)  # fmt: skip
