"""What changed between two revisions of answers to a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from grantflow.forms.field import Field, Kind, Option
from grantflow.forms.validate import Options, options_of
from grantflow.forms.walk import Spot, spots

_NOTHING: Options = MappingProxyType({})


@dataclass(frozen=True)
class Change:
    """One answer that is different now; ``before`` or ``after`` is None where there was none."""

    field: Field
    place: str
    numbers: tuple[int, ...]
    before: Any
    after: Any
    options: Sequence[Option] = ()

    def label(self, language: str) -> str:
        """The label of the field, with the number of its row."""
        row = "".join(f" {number + 1}" for number in self.numbers)
        return self.field.label(language) + row

    def shown(self, value: Any, language: str) -> Any:
        """A value as people know it: the labels of what was chosen, the names of files."""
        if isinstance(value, list):
            return ", ".join(str(self.shown(item, language)) for item in value)
        if isinstance(value, dict):
            return value.get("name", "")
        labels = {option.value: option.words(language) for option in self.options}
        return labels.get(value, value) if isinstance(value, str) else value


def changes(
    fields: Sequence[Field],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    options: Options = _NOTHING,
) -> list[Change]:
    """Every changed answer, in the order of the newer form; rows are compared by their number.

    ``options`` are the choices that no form knows by itself.
    """
    before = {spot.place: spot for spot in _answers(fields, old)}
    after = {spot.place: spot for spot in _answers(fields, new)}
    places = [*after, *(place for place in before if place not in after)]
    found = []
    for place in places:
        was, now = before.get(place), after.get(place)
        spot = now or was
        assert spot is not None
        values = (was.value if was else None, now.value if now else None)
        if (values[0] or None) != (values[1] or None):
            known = options_of(spot.field, options)
            found.append(Change(spot.field, place, spot.numbers, *values, known))
    return found


def _answers(fields: Sequence[Field], answers: Mapping[str, Any]) -> list[Spot]:
    return [
        spot
        for spot in spots(fields, dict(answers))
        if spot.field.kind is Kind.EXPRESSION
        or (spot.field.holds_answer and spot.field.kind is not Kind.ROWS)
    ]
