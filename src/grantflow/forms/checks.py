"""Rules between the answers of a form: ``properties.check`` in FEEL, with words of its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from grantflow.errors import Problem
from grantflow.expressions import FeelError, evaluate_all
from grantflow.forms.compute import Context, feel_data, scope
from grantflow.forms.field import Field, Kind
from grantflow.forms.walk import Spot, all_fields, spots
from grantflow.texts import Worded

_NAME = re.compile(r"[A-Za-z_]\w*")


def broken(
    fields: Sequence[Field],
    answers: Mapping[str, Any],
    context: Context,
    asked_at: Iterable[Spot],
    wrong: Collection[str],
) -> Iterator[Problem]:
    """The rules that are not kept at these spots; ``wrong`` are places with a problem already.

    A rule about something that was not given is kept. One that reads a computed field is judged
    where nothing that went into that is wrong, because it counts missing numbers as zero.
    """
    needs = _needs(fields)
    marks = {spot.mark for spot in asked_at if _is_due(spot, wrong, needs)}
    data = feel_data(fields, answers, None)
    due = [spot for spot in spots(fields, data) if spot.mark in marks]
    for spot, kept in zip(due, _results(due, data, context), strict=True):
        if kept is False:
            said = spot.field.check_message
            yield Problem("forms.check", {"message": Worded(said.de, said("en"))}, spot.place)


def _is_due(spot: Spot, wrong: Collection[str], needs: Mapping[str, frozenset[str]]) -> bool:
    if not spot.field.check or spot.place in wrong:
        return False
    read = needs[spot.field.id]
    return not any(
        place.rpartition(".")[2] in read for place in wrong if not _elsewhere(spot, place)
    )


def _elsewhere(spot: Spot, place: str) -> bool:
    """Whether a place lies in another row of a list that the spot is in."""
    for own, other in zip(spot.place.split("."), place.split("."), strict=False):
        if own != other:
            return own.isdecimal() and other.isdecimal()
    return False


def _needs(fields: Sequence[Field]) -> Mapping[str, frozenset[str]]:
    """Id of each field with a rule -> the names that computed fields behind the rule read."""
    every = list(all_fields(fields))
    behind = {one.key: one.expression for one in every if one.kind is Kind.EXPRESSION}
    return {one.id: _read(one, behind) for one in every if one.check}


def _read(field: Field, behind: Mapping[str, str]) -> frozenset[str]:
    found: set[str] = set()
    todo = [field.expression, *(behind.get(name, "") for name in _NAME.findall(field.check))]
    while todo:
        new = set(_NAME.findall(todo.pop())) - found
        found |= new
        todo += [behind[name] for name in new if name in behind]
    return frozenset(found)


def _results(due: Sequence[Spot], data: Mapping[str, Any], context: Context) -> Sequence[Any]:
    if not due:
        return []
    try:
        return evaluate_all([(s.field.check, scope(s, data, context)) for s in due], strict=False)
    except FeelError:  # took too long: nothing can be said about these answers
        return [False] * len(due)
