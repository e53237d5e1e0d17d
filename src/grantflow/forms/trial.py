"""Tries the FEEL of a form before anybody fills it in: nothing answered, and as much as it takes.

That an expression compiles does not say that it ends in time: it may run over every pair of rows,
or count up to a number that people enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from grantflow.errors import Problem
from grantflow.expressions import check, stopped
from grantflow.forms.compute import feel_data, scope
from grantflow.forms.field import CHOICES, Field, Kind
from grantflow.forms.form import Form
from grantflow.forms.walk import Spot, nested, spots
from grantflow.texts import Said, Worded

_LARGE = 1_000_000  # a number whose field sets no limit
_INNER_ROWS = 3  # rows within rows
# Long enough to show a pattern that tries every way to read a text.
_TEXT = "a" * 40 + "!"
_PLAIN: Mapping[Kind, Any] = {
    Kind.TEXTFIELD: _TEXT,
    Kind.TEXTAREA: _TEXT,
    Kind.DATE: "2026-01-15",
    Kind.CHECKBOX: True,
    Kind.EXPRESSION: 1,
    Kind.FILES: [],
}


def problems(form: Form) -> Iterator[Problem]:
    """Every formula that ends with a limit of the isolate, once; place is ``form#field``."""
    told: set[tuple[str, str]] = set()
    for answers in (dict[str, Any](), _full(form.fields)):
        for field, formula, seen in _formulas(form.fields, answers):
            if (field.id, formula) not in told and check(formula) is None:
                reason = stopped(formula, seen)
                if reason is not None:
                    told.add((field.id, formula))
                    yield _problem(form, field, reason)


def _problem(form: Form, field: Field, reason: Said) -> Problem:
    german = field.label("de") or field.key or field.id
    label = Worded(german, field.label("en") or german)
    params = {"form": form.name, "field": label, "reason": reason}
    return Problem("forms.lint.trial", params, f"{form.name}#{field.id}")


def _formulas(
    fields: Sequence[Field], answers: dict[str, Any]
) -> Iterator[tuple[Field, str, Mapping[str, Any]]]:
    """Each formula once, with what it sees in the first row it stands in."""
    for blank in (0, None):
        data = feel_data(fields, answers, blank)
        for spot in _first_spots(fields, data):
            field = spot.field
            # Sums count what is missing as zero; conditions ask whether it is there.
            found = (field.expression,) if blank == 0 else (field.hide, field.check, field.prefill)
            for formula in filter(None, found):
                yield field, formula, scope(spot, data, {})


def _first_spots(fields: Sequence[Field], data: dict[str, Any]) -> Iterable[Spot]:
    found: dict[str, Spot] = {}
    for spot in spots(fields, data):
        found.setdefault(spot.field.id, spot)
    return found.values()


def _full(fields: Sequence[Field], outermost: bool = True) -> dict[str, Any]:
    """As many answers as the form takes, each as large as it may be."""
    answers: dict[str, Any] = {}
    for field in fields:
        if field.kind is Kind.GROUP and not nested(field):
            answers |= _full(field.children, outermost)
        elif field.kind is Kind.GROUP:
            answers[field.key] = _full(field.children, outermost)
        elif field.kind is Kind.ROWS:
            rows = field.limits.most_rows if outermost else _INNER_ROWS
            answers[field.key] = [_full(field.children, False)] * rows
        elif field.key:
            answers[field.key] = _answer(field)
    return answers


def _answer(field: Field) -> Any:
    if field.is_numeric:
        most = field.limits.most
        return str(most or _LARGE) if field.is_money else most or _LARGE
    if field.kind in CHOICES:
        values = [option.value for option in field.options]
        return values if field.is_many else next(iter(values), None)
    return _PLAIN.get(field.kind)
