"""What a form works out by itself in FEEL: computed fields, and which fields are hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from grantflow.expressions import evaluate_all
from grantflow.forms.amounts import as_number, to_cents
from grantflow.forms.field import Field, Kind
from grantflow.forms.walk import Spot, mapping, nested, row_list, spots

Context = Mapping[str, Any]


def feel_data(fields: Iterable[Field], answers: Mapping[str, Any], blank: Any) -> dict[str, Any]:
    """The answers as FEEL sees them: every name is there, amounts are numbers.

    ``blank`` stands for a number that was not given: 0 where something is summed, None where a
    condition asks whether there is one.
    """
    data: dict[str, Any] = {}
    for field in fields:
        value = answers.get(field.key)
        if field.kind is Kind.GROUP and not nested(field):
            data.update(feel_data(field.children, answers, blank))
        elif field.kind is Kind.GROUP:
            data[field.key] = feel_data(field.children, mapping(value), blank)
        elif field.kind is Kind.ROWS:
            rows = row_list(value)
            data[field.key] = [feel_data(field.children, row, blank) for row in rows]
        elif field.key:
            data[field.key] = _feel_value(field, value, blank)
    return data


def _feel_value(field: Field, value: Any, blank: Any) -> Any:
    if value is None:
        return blank if field.is_numeric else None
    return as_number(Decimal(value)) if field.is_money and isinstance(value, str) else value


def scope(spot: Spot, top: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """What an expression sees: the case's values, the form's answers, and its own row in front."""
    found = {**context, **top}
    for row in spot.rows:
        found = {**found, **row, "parent": found}
    return found if spot.holder is top or spot.rows else {**found, **spot.holder}


def fill(
    fields: Sequence[Field],
    levels: Sequence[frozenset[str]],
    answers: dict[str, Any],
    context: Context,
) -> None:
    """Work out every computed field and put it into the answers (changed in place).

    Levels hold the ids of fields that do not need each other; one isolate call for each level.
    """
    if not levels:
        return
    data = feel_data(fields, answers, 0)
    for level in levels:
        places = [spot for spot in spots(fields, data) if spot.field.id in level]
        asked = [(spot.field.expression, scope(spot, data, context)) for spot in places]
        results = dict(
            zip((spot.mark for spot in places), evaluate_all(asked, strict=False), strict=True)
        )
        for spot in places:
            spot.holder[spot.field.key] = results[spot.mark]
        for spot in spots(fields, answers):
            if spot.mark in results:
                spot.holder[spot.field.key] = kept(spot.field, results[spot.mark])


def kept(field: Field, result: Any) -> Any:
    """The result of an expression as it is kept: amounts as text with two decimals."""
    if isinstance(result, bool) or not isinstance(result, int | float | Decimal):
        return result if not field.is_money else None
    value = Decimal(str(result))
    return str(to_cents(value)) if field.is_money else as_number(round(value, 6))


def hidden(fields: Sequence[Field], answers: dict[str, Any], context: Context) -> frozenset[str]:
    """The places of the fields whose condition hides them now; one isolate call."""
    data = feel_data(fields, answers, None)
    places = [spot for spot in spots(fields, data) if spot.field.hide]
    if not places:
        return frozenset()
    asked = [(spot.field.hide, scope(spot, data, context)) for spot in places]
    results = evaluate_all(asked, strict=False)
    return frozenset(
        spot.mark for spot, result in zip(places, results, strict=True) if result is True
    )
