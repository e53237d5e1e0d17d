"""A form: what can be done with answers to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from grantflow.errors import Problem
from grantflow.expressions import evaluate_all
from grantflow.forms import collect, compare, following, show, unseen, validate
from grantflow.forms.amounts import as_decimal, as_number
from grantflow.forms.field import Field, Kind, Option, Words
from grantflow.forms.view import FormView
from grantflow.forms.walk import all_fields, row_list, spots

Context = Mapping[str, Any]
Options = Mapping[str, Sequence[Option]]
DECIDING = (Kind.RADIO, Kind.SELECT)
"""One of several ways; amounts, days and lists are not decided anew by being typed again."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Form:
    """The fields of one form-js schema; ``levels`` is the order in which computed fields depend."""

    name: str
    words: Words
    fields: tuple[Field, ...]
    levels: tuple[frozenset[str], ...] = ()

    @property
    def title(self) -> dict[str, str]:
        """The title by language."""
        return {"de": self.words("de"), "en": self.words("en")}

    @cached_property
    def every_field(self) -> tuple[Field, ...]:
        """All fields, however deep."""
        return tuple(all_fields(self.fields))

    def collect(self, items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        """Raw nested answers out of the names and values of a posted form."""
        return collect.shape(self.fields, collect.nest(items))

    def clean_draft(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """What of raw answers may be kept as a draft: known fields only, nothing huge."""
        return collect.clean(self.fields, collect.shape(self.fields, raw))

    def validate(
        self,
        raw: Mapping[str, Any],
        *,
        context: Context = _NOTHING,
        options: Options = _NOTHING,
        language: str = "de",
    ) -> dict[str, Any]:
        """The answers as they are kept: every field is there, amounts are text like ``1234.56``.

        ``context`` is what expressions may use besides the answers; ``options`` are choices by
        name, and for a file field by its path the documents that were handed in; ``language`` is
        that of whoever wrote the answers. Hidden fields are emptied. Raises Invalid with every
        problem; its place is like ``plan.0.amount``.
        """
        shaped = collect.shape(self.fields, raw)
        prefilled = self.prefill(context)
        given = (self.fields, self.levels, shaped, context, options, prefilled)
        return validate.validate(*given, language)

    def prefill(self, context: Context = _NOTHING) -> dict[str, Any]:
        """Values the form begins with, by the path of the field (defaults and ``prefill``)."""
        asked = [field for field in self.every_field if field.prefill]
        results = evaluate_all([(one.prefill, context) for one in asked], strict=False)
        found = {
            field.path: field.default for field in self.every_field if field.default is not None
        }
        filled = zip(asked, results, strict=True)
        return found | {field.path: result for field, result in filled if result is not None}

    def start(self, context: Context = _NOTHING) -> dict[str, Any]:
        """The raw answers a person finds when they open the form for the first time."""
        prefilled = self.prefill(context)
        answers: dict[str, Any] = {}
        _put_first(self.fields, answers, prefilled)
        return answers

    def renewed(self, answers: Mapping[str, Any], context: Context = _NOTHING) -> dict[str, Any]:
        """Earlier raw answers as they are found now: what nobody may change follows the context."""
        found = deepcopy(dict(answers))
        if not any(field.readonly for field in self.every_field):
            return found
        prefilled = self.prefill(context)
        for spot in spots(self.fields, found):
            if spot.field.readonly and spot.field.holds_answer:
                spot.holder[spot.field.key] = prefilled.get(spot.field.path)
        return found

    def followed(
        self, answers: Mapping[str, Any], before: Context, after: Context, language: str = "de"
    ) -> dict[str, Any]:
        """Drafted raw answers when the context changes: what still is as it was proposed follows.

        What somebody has changed since stays as they wrote it, in ``language``.
        """
        was, now = self.prefill(before), self.prefill(after)
        found = deepcopy(dict(answers))
        for spot in list(spots(self.fields, found)):
            path = spot.field.path
            if path in was and path in now and not spot.rows:
                given = (spot.value, was[path], now[path])
                spot.holder[spot.field.key] = following.follow(*given, language)
        return found

    def repeated(self, answers: Mapping[str, Any], context: Context = _NOTHING) -> dict[str, Any]:
        """Earlier raw answers for somebody who does the same again: they decide anew.

        A choice the process branches on is as in an unanswered form, so that no decision is made by
        leaving it as it was; everything else is as in ``renewed``.
        """
        found = self.renewed(answers, context)
        prefilled = self.prefill(context)
        for spot in spots(self.fields, found):
            if spot.field.routing and spot.field.kind in DECIDING and spot.field.limits.required:
                spot.holder[spot.field.key] = prefilled.get(spot.field.path)
        return found

    def with_unseen(
        self,
        raw: Mapping[str, Any],
        before: Mapping[str, Any],
        context: Context = _NOTHING,
        options: Options = _NOTHING,
        language: str = "de",
    ) -> dict[str, Any]:
        """Posted answers with those of ``before`` where a field was hidden and could send none."""
        gone = show.hidden(self.fields, self.levels, before, context, options, language)
        return unseen.kept(self.fields, raw, before, gone)

    def blank_row(self, path: str) -> dict[str, Any]:
        """A new row of the repeating group with this path, with its defaults."""
        field = next(one for one in self.every_field if one.path == path)
        answers: dict[str, Any] = {}
        _put_first(field.children, answers, self.prefill())
        return answers

    def view(
        self,
        answers: Mapping[str, Any],
        *,
        problems: Sequence[Problem] = (),
        language: str = "de",
        context: Context = _NOTHING,
        options: Options = _NOTHING,
        readonly: bool = False,
    ) -> FormView:
        """The form for a page. Kept answers are shown with ``readonly``, drafts without."""
        showing = show.Showing(
            self.name, self.words(language), self.fields, self.levels, language, readonly
        )
        shaped = collect.shape(self.fields, answers)
        prefilled = {} if readonly else self.prefill(context)
        return show.show(showing, shaped, problems, context, options, prefilled)

    def routing(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The values the process may branch on; amounts are numbers, unanswered ones None."""
        found: dict[str, Any] = {}
        for spot in spots(self.fields, dict(answers)):
            if spot.field.routing and not spot.rows:
                found[spot.field.key] = _routing_value(spot.field, spot.value)
        return found

    def routing_names(self) -> frozenset[str]:
        """The names ``routing`` gives."""
        return frozenset(field.key for field in self.every_field if field.routing)

    def file_fields(self) -> tuple[Field, ...]:
        """The fields that take files."""
        return tuple(field for field in self.every_field if field.kind is Kind.FILES)

    def field(self, path: str) -> Field | None:
        """The field with this path (``plan.amount``), or None."""
        return next((one for one in self.every_field if one.key and one.path == path), None)

    def picked(self, answers: Mapping[str, Any], options_from: str) -> list[str]:
        """What answers choose in the fields whose choices have this name, in the form's order."""
        values = (
            spot.value
            for spot in spots(self.fields, dict(answers))
            if spot.field.options_from == options_from
        )
        return [str(one) for value in values for one in _each(value)]

    def diff(
        self, old: Mapping[str, Any], new: Mapping[str, Any], options: Options = _NOTHING
    ) -> list[compare.Change]:
        """What changed between two revisions of answers, in the order of the form."""
        return compare.changes(self.fields, old, new, options)


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _routing_value(field: Field, value: Any) -> Any:
    if field.kind is Kind.ROWS:
        return [
            {
                inner.key: _routing_value(inner, row.get(inner.key))
                for inner in field.children
                if inner.key
            }
            for row in row_list(value)
        ]
    if field.is_money and value is not None:
        return as_number(as_decimal(value))
    return value


def _put_first(
    fields: Iterable[Field], answers: dict[str, Any], prefilled: Mapping[str, Any]
) -> None:
    for field in fields:
        if field.kind is Kind.GROUP:
            inner = answers.setdefault(field.key, {}) if field.key else answers
            _put_first(field.children, inner, prefilled)
        elif field.kind is Kind.ROWS and field.path not in prefilled:
            count = max(1, field.limits.fewest_rows)
            answers[field.key] = [_first_row(field, prefilled) for _ in range(count)]
        elif field.path in prefilled and field.key:
            answers[field.key] = prefilled[field.path]


def _first_row(field: Field, prefilled: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    _put_first(field.children, row, prefilled)
    return row
