"""Builds the view of a form from its fields, the answers so far and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grantflow.errors import Problem
from grantflow.forms import compute, formats, values
from grantflow.forms.amounts import NotANumber, as_decimal, places, write_number
from grantflow.forms.field import Field, Kind, Option
from grantflow.forms.validate import Options, Reading, options_of
from grantflow.forms.view import Choice, Fault, FieldView, FormView, RowView, every
from grantflow.forms.walk import Spot, join, mapping, nested, row_list


@dataclass(frozen=True)
class Showing:
    """How a form is to be shown."""

    name: str
    title: str
    fields: tuple[Field, ...]
    levels: tuple[frozenset[str], ...]
    language: str
    readonly: bool


def show(
    showing: Showing,
    raw: Mapping[str, Any],
    problems: Sequence[Problem],
    context: Mapping[str, Any],
    options: Options,
    prefilled: Mapping[str, Any],
) -> FormView:
    """The form with these answers (kept ones or a raw draft) and these problems."""
    if showing.readonly:
        typed = dict(raw)  # kept answers show what was computed when they were handed in
    else:
        typed = Reading(options, prefilled, showing.language).read(showing.fields, raw)
        compute.fill(showing.fields, showing.levels, typed, context)
    hidden = compute.hidden(showing.fields, typed, context)
    by_place = {problem.place: problem for problem in reversed(problems)}
    shower = _Shower(options, by_place, hidden, showing.language, showing.readonly, context)
    shown = shower.fields(showing.fields, raw, typed)
    return FormView(showing.name, showing.title, shown, _faults(shown, problems), showing.readonly)


def hidden(
    fields: Sequence[Field],
    levels: tuple[frozenset[str], ...],
    raw: Mapping[str, Any],
    context: Mapping[str, Any],
    options: Options,
    language: str,
) -> frozenset[str]:
    """The marks of the fields that are hidden where these are the answers, in that language."""
    typed = Reading(options, {}, language).read(fields, raw)
    compute.fill(fields, levels, typed, context)
    return compute.hidden(fields, typed, context)


def _faults(shown: Sequence[FieldView], problems: Sequence[Problem]) -> tuple[Fault, ...]:
    fields = {field.place: field for field in every(shown) if field.field.key}
    found = []
    for problem in problems:
        field = fields.get(problem.place)
        label = _named_in_rows(field, fields) if field else problem.place
        found.append(Fault(problem, label, field.id if field else ""))
    return tuple(found)


def _named_in_rows(field: FieldView, fields: Mapping[str, FieldView]) -> str:
    """The label, and in a list which of its rows: ``Positionen 2: Betrag``."""
    parts = field.place.split(".")
    number = next((i for i in reversed(range(len(parts))) if parts[i].isdecimal()), 0)
    rows = fields.get(".".join(parts[:number])) if number else None
    return f"{rows.label} {int(parts[number]) + 1}: {field.label}" if rows else field.label


@dataclass(frozen=True)
class _Shower:
    """Builds the views of one form."""

    raw_options: Options
    problems: Mapping[str, Problem]
    hidden: frozenset[str]
    language: str
    readonly: bool
    context: Mapping[str, Any]

    def fields(
        self,
        fields: Sequence[Field],
        raw: Mapping[str, Any],
        typed: Mapping[str, Any],
        prefix: str = "",
        numbers: tuple[int, ...] = (),
    ) -> tuple[FieldView, ...]:
        return tuple(self.field(field, raw, typed, prefix, numbers) for field in fields)

    def field(
        self,
        field: Field,
        raw: Mapping[str, Any],
        typed: Mapping[str, Any],
        prefix: str,
        numbers: tuple[int, ...],
    ) -> FieldView:
        place = join(prefix, field.key) if field.key else prefix
        mark = Spot(field, place, {}, numbers=numbers).mark
        value, meant = _fitting(field, raw.get(field.key)), typed.get(field.key)
        options = options_of(field, self.raw_options)
        return FieldView(
            field=field,
            place=place,
            id=html_id(place if field.key else join(place, field.id)),  # a text may stand in rows
            label=field.label(self.language),
            hint=field.hint(self.language),
            value=self._shown(field, value, meant),
            typed=meant,
            problem=self.problems.get(place) if field.key else None,
            hidden=mark in self.hidden,
            readonly=self.readonly or field.readonly,
            choices=self._choices(field, value, options),
            files=self._files(field, value, options),
            fields=self._inner(field, raw, typed, place, numbers),
            rows=self._rows(field, value, meant, place, numbers),
            text=field.text(self.language),
            unit=field.unit(self.language),
        )  # fmt: skip

    def _inner(
        self,
        field: Field,
        raw: Mapping[str, Any],
        typed: Mapping[str, Any],
        place: str,
        numbers: tuple[int, ...],
    ) -> tuple[FieldView, ...]:
        if field.kind is not Kind.GROUP:
            return ()
        if nested(field):
            raw, typed = mapping(raw.get(field.key)), mapping(typed.get(field.key))
        return self.fields(field.children, raw, typed, place, numbers)

    def _rows(
        self, field: Field, value: Any, meant: Any, place: str, numbers: tuple[int, ...]
    ) -> tuple[RowView, ...]:
        if field.kind is not Kind.ROWS:
            return ()
        typed_rows = row_list(meant)
        found = []
        for number, row in enumerate(row_list(value)):
            typed = typed_rows[number] if number < len(typed_rows) else {}
            below = join(place, number)
            inner = self.fields(field.children, row, typed, below, (*numbers, number))
            found.append(RowView(number + 1, below, inner))
        return tuple(found)

    def _shown(self, field: Field, value: Any, meant: Any) -> Any:
        if field.kind is Kind.EXPRESSION:
            return meant
        if field.kind is Kind.TABLE:
            return row_list(self.context.get(field.source))
        if field.kind is Kind.CHECKBOX:
            return bool(meant)
        if field.kind is Kind.NUMBER:
            return self._number(field, value)
        if field.kind is Kind.DATE:
            return meant or ("" if value is None else str(value))
        if field.format == "iban" and meant:
            return formats.write_iban(str(meant))
        if field.is_many or field.kind in (Kind.ROWS, Kind.GROUP):
            return value
        return "" if value is None else str(value)

    def _number(self, field: Field, value: Any) -> str:
        """Sound numbers are written as the language does, anything else as it was typed."""
        if values.is_blank(value):
            return ""
        decimals = 2 if field.is_money else field.limits.decimals
        decimals = None if field.is_year else decimals  # 2027, not 2.027
        try:
            number = as_decimal(value, self.language)
        except NotANumber:
            return str(value)  # refused, not decided by writing it anew
        if isinstance(value, str) and decimals is not None and places(number) > decimals:
            return value  # a decimal too many is refused; rounded nobody would see why
        return write_number(number, self.language, decimals)

    def _choices(self, field: Field, value: Any, options: Sequence[Option]) -> tuple[Choice, ...]:
        if field.kind is Kind.FILES:
            return ()
        picked = {str(item) for item in (value if isinstance(value, list) else [value])}
        return tuple(
            Choice(option.value, option.words(self.language), option.value in picked)
            for option in options
        )

    def _files(self, field: Field, value: Any, options: Sequence[Option]) -> tuple[Choice, ...]:
        if field.kind is not Kind.FILES:
            return ()
        given = value if isinstance(value, list) else []
        known = {option.value: option.label for option in options}
        if self.readonly:  # an answer keeps the names of its files
            known = {**_named(given), **known}
        ids = [_id_of(item) for item in given]
        return tuple(
            Choice(item, known[item], True) for item in dict.fromkeys(ids) if item in known
        )


def _fitting(field: Field, value: Any) -> Any:
    """What was typed, as far as one field of a page can show it again."""
    several = isinstance(value, list | dict)
    return None if several and field.holds_one else value


def _named(given: Sequence[Any]) -> dict[str, str]:
    return {item["id"]: item.get("name", "") for item in given if isinstance(item, dict)}


def _id_of(item: Any) -> str:
    return str(item.get("id", "")) if isinstance(item, dict) else str(item)


def html_id(place: str) -> str:
    """The id of the element for a place; also the target of links in the error summary."""
    return "f-" + place.replace(".", "-")
