"""Goes through the fields of a form together with the answers, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grantflow.forms.field import Field, Kind


@dataclass(frozen=True)
class Spot:
    """A field at one place of the answers.

    ``holder`` is the mapping its answer stands in; ``rows`` are those around it, outermost first.
    """

    field: Field
    place: str
    holder: dict[str, Any]
    rows: tuple[Mapping[str, Any], ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def mark(self) -> str:
        """A name of this spot that no other spot has."""
        return ".".join(map(str, self.numbers)) + ":" + self.field.id

    @property
    def value(self) -> Any:
        """The answer, or None."""
        return self.holder.get(self.field.key)


def join(prefix: str, *parts: object) -> str:
    """The place below a prefix."""
    return ".".join([prefix, *map(str, parts)]).lstrip(".")


def nested(field: Field) -> bool:
    """Whether a group keeps its answers under a name of its own."""
    return field.kind is Kind.GROUP and field.key != ""


@dataclass(frozen=True)
class _Around:
    """Where a walk is: the place, the rows and row numbers around it, and what it leaves out."""

    place: str = ""
    rows: tuple[Mapping[str, Any], ...] = ()
    numbers: tuple[int, ...] = ()
    without: frozenset[str] = frozenset()


def spots(
    fields: Iterable[Field], answers: dict[str, Any], without: frozenset[str] = frozenset()
) -> Iterator[Spot]:
    """Every field with its place, in the order of the form, groups before what is in them.

    Spots whose mark is in ``without`` are left out with everything inside them.
    """
    return _spots(fields, answers, _Around(without=without))


def _spots(fields: Iterable[Field], answers: dict[str, Any], around: _Around) -> Iterator[Spot]:
    for field in fields:
        place = join(around.place, field.key) if field.key else around.place
        spot = Spot(field, place, answers, around.rows, around.numbers)
        if spot.mark in around.without:
            continue
        yield spot
        if field.kind is Kind.GROUP:
            inner = mapping(answers.get(field.key)) if nested(field) else answers
            yield from _spots(field.children, inner, replace(around, place=place))
        elif field.kind is Kind.ROWS:
            yield from _row_spots(spot, around)


def _row_spots(spot: Spot, around: _Around) -> Iterator[Spot]:
    for number, row in enumerate(row_list(spot.value)):
        below = _Around(
            join(spot.place, number), (*around.rows, row), (*around.numbers, number), around.without
        )
        yield from _spots(spot.field.children, row, below)


def all_fields(fields: Iterable[Field]) -> Iterator[Field]:
    """Every field once, however deep."""
    for field in fields:
        yield field
        yield from all_fields(field.children)


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def row_list(value: Any) -> list[dict[str, Any]]:
    """The rows of a repeating group; what is no row counts as an empty one."""
    return [mapping(row) for row in value] if isinstance(value, list) else []
