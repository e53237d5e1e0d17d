"""What FEEL in forms, diagrams and decision tables of a programme knows of programme.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from grantflow.programmes.definition import FundingLine, ProgrammeFile


def constants(file: ProgrammeFile) -> dict[str, Any]:
    """The terms of the funding lines by the names FEEL uses; they are never stored in a case.

    Rates are shares, maxima and minima euro; null is what programme.toml leaves open. The lint
    refuses answers and variables of the same name, which would hide them.
    """
    lines = [{name: of(line) for name, of in _TERMS.items()} for line in file.funding_lines]
    return {"programme_lines": lines}


def _number(value: Decimal | None) -> float | None:
    """FEEL compares numbers; money is decided by the rules."""
    return None if value is None else float(value)


_TERMS: Mapping[str, Callable[[FundingLine], Any]] = {
    "code": lambda line: line.code,
    "title": lambda line: line.title.de,
    "title_en": lambda line: line.title.en,
    "financing_type": lambda line: line.financing,
    "rate": lambda line: _number(line.rate),
    "maximum": lambda line: _number(line.maximum),
    "maximum_per_year": lambda line: _number(line.maximum_per_year),
    "minimum": lambda line: _number(line.minimum),
    "max_months": lambda line: line.max_months,
}
LINE_TERMS = tuple(_TERMS)
PROGRAMME_VARIABLES: Mapping[str, tuple[str, ...]] = {"programme_lines": LINE_TERMS}
