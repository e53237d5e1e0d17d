"""Rules between the answers of a form: ``properties.check`` in FEEL, with words of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from grantflow.errors import Problem
from grantflow.expressions import FeelError, evaluate_all
from grantflow.forms.compute import Context, feel_data, scope
from grantflow.forms.field import Field, Kind
from grantflow.forms.walk import Spot, spots
from grantflow.texts import Worded


def broken(
    fields: Sequence[Field],
    answers: Mapping[str, Any],
    context: Context,
    asked_at: Iterable[Spot],
    wrong: Collection[str],
) -> Iterator[Problem]:
    """The rules that are not kept at these spots; ``wrong`` are places with a problem already.

    A rule about something that was not given is kept. A computed field is judged only where
    nothing is wrong, because it counts missing numbers as zero.
    """
    marks = {spot.mark for spot in asked_at if _is_due(spot, wrong)}
    data = feel_data(fields, answers, None)
    due = [spot for spot in spots(fields, data) if spot.mark in marks]
    for spot, kept in zip(due, _results(due, data, context), strict=True):
        if kept is False:
            said = spot.field.check_message
            yield Problem("forms.check", {"message": Worded(said.de, said("en"))}, spot.place)


def _is_due(spot: Spot, wrong: Collection[str]) -> bool:
    if not spot.field.check or spot.place in wrong:
        return False
    return spot.field.kind is not Kind.EXPRESSION or not wrong


def _results(due: Sequence[Spot], data: Mapping[str, Any], context: Context) -> Sequence[Any]:
    if not due:
        return []
    try:
        return evaluate_all([(s.field.check, scope(s, data, context)) for s in due], strict=False)
    except FeelError:  # took too long: nothing can be said about these answers
        return [False] * len(due)
