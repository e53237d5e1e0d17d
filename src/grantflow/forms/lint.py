"""Looks for faults in a form that its author can mend: structure, FEEL, words, double names."""

from __future__ import annotations

from collections.abc import Iterator

from grantflow.errors import NOTHING, Problem
from grantflow.expressions import Entries, FeelError, check, evaluate
from grantflow.forms import trial
from grantflow.forms.field import CHOICES, SILENT, Field, Kind
from grantflow.forms.form import Form
from grantflow.forms.parse import read
from grantflow.forms.walk import all_fields


def lint(schema: bytes, name: str, known: Entries = NOTHING) -> list[Problem]:
    """Every problem of a schema; place is ``file#component``.

    ``known`` are names that FEEL knows besides the answers, each with the entries of its rows.
    """
    form, problems = read(schema, name)
    return problems + (list(_form_problems(form, known)) if form is not None else [])


def _form_problems(form: Form, known: Entries) -> Iterator[Problem]:
    for field in all_fields(form.fields):
        place = f"{form.name}#{field.id}"
        yield from _formula_problems(field, place, known)
        if field.key in known:
            yield Problem("forms.lint.hides_terms", {"key": field.key}, place)
        yield from _word_problems(field, place)
        if field.routing and not field.holds_answer and field.kind is not Kind.EXPRESSION:
            yield Problem("forms.lint.routing", {"key": field.key}, place)
    yield from _routing_in_rows(form)
    yield from _routing_twice(form)
    yield from trial.problems(form)


def _formula_problems(field: Field, place: str, known: Entries) -> Iterator[Problem]:
    if field.kind is Kind.EXPRESSION and not field.expression:
        yield Problem("forms.lint.no_expression", {}, place)
    for formula in (field.hide, field.expression, field.prefill, field.check):
        problem = check(formula, known) if formula else None
        if problem is not None:
            yield Problem(problem.key, problem.params, place)
    if field.limits.pattern and not _compiles(field.limits.pattern):
        yield Problem("forms.lint.pattern", {"pattern": field.limits.pattern}, place)


def _compiles(pattern: str) -> bool:
    try:
        evaluate("matches(value, pattern)", {"value": "", "pattern": pattern})
    except FeelError:
        return False
    return True


def _word_problems(field: Field, place: str) -> Iterator[Problem]:
    if field.kind not in SILENT and not field.label.de and field.kind is not Kind.GROUP:
        yield Problem("forms.lint.label", {"key": field.key}, place)
    yield from _check_problems(field, place)
    if field.kind in CHOICES and field.default is not None and not field.options_from:
        known = {option.value for option in field.options}
        given = field.default if isinstance(field.default, list) else [field.default]
        if not known.issuperset(map(str, given)):
            yield Problem("forms.lint.default", {"value": str(field.default)}, place)


def _check_problems(field: Field, place: str) -> Iterator[Problem]:
    """A rule needs words for whoever breaks it, and a place in the answers to say them at."""
    if field.check and not field.check_message.de:
        yield Problem("forms.lint.check_message", {"key": field.key}, place)
    if field.check and not field.key:
        yield Problem("forms.lint.check_place", {}, place)


def _routing_in_rows(form: Form) -> Iterator[Problem]:
    for rows in all_fields(form.fields):
        if rows.kind is not Kind.ROWS:
            continue
        for field in all_fields(rows.children):
            if field.routing:
                place = f"{form.name}#{field.id}"
                yield Problem("forms.lint.routing_in_rows", {"key": field.key}, place)


def _routing_twice(form: Form) -> Iterator[Problem]:
    seen: set[str] = set()
    for field in all_fields(form.fields):
        if field.routing and field.key in seen:
            yield Problem("forms.lint.key_twice", {"key": field.key}, f"{form.name}#{field.id}")
        if field.routing:
            seen.add(field.key)
