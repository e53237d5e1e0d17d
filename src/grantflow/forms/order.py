"""In which order computed fields are worked out, so that each finds what it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grantflow.expressions import FeelError, variables
from grantflow.forms.field import Field, Kind
from grantflow.forms.walk import all_fields


def levels_of(
    fields: Sequence[Field],
) -> tuple[tuple[frozenset[str], ...], tuple[str, ...]]:
    """Ids of computed fields in batches that need only those before, and the ids in a circle."""
    computed = [field for field in all_fields(fields) if field.kind is Kind.EXPRESSION]
    needs = {field.id: _needs(field, computed) for field in computed}
    levels: list[frozenset[str]] = []
    done: set[str] = set()
    while len(done) < len(needs):
        ready = frozenset(one for one in needs if one not in done and needs[one] <= done)
        if not ready:
            return tuple(levels), tuple(one for one in needs if one not in done)
        levels.append(ready)
        done |= ready
    return tuple(levels), ()


def _needs(field: Field, computed: Sequence[Field]) -> set[str]:
    """The computed fields this one reads, by their name or by that of the list around them."""
    names = _names(field.expression)
    around = field.path.split(".")[:-1]
    found = set()
    for other in computed:
        inside_own_list = other.path.split(".")[:-1] == around
        reads = other.key in names if inside_own_list else _reads(field, other, around, names)
        if other is not field and reads:
            found.add(other.id)
    return found | ({field.id} if field.key in names else set())


def _reads(field: Field, other: Field, around: list[str], names: frozenset[str]) -> bool:
    """Whether it names the list (or group) around the other field and that field's key."""
    named = re.search(rf"\b{re.escape(other.key)}\b", field.expression) is not None
    return named and _root(other, around) in names


def _root(field: Field, around: list[str]) -> str:
    """The first part of a path that an expression in ``around`` would have to name."""
    parts = field.path.split(".")
    return parts[len(around)] if parts[: len(around)] == around else parts[0]


def _names(expression: str) -> frozenset[str]:
    try:
        return variables(expression)
    except FeelError:
        return frozenset()  # the lint says what is wrong with it
