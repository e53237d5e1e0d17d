"""Checks raw answers against a form and says everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as data_field
from typing import Any

from grantflow.errors import Invalid, Problem
from grantflow.expressions import FeelError, evaluate_all
from grantflow.forms import checks, compute, values
from grantflow.forms.field import SILENT, Field, Kind, Option
from grantflow.forms.walk import Spot, join, mapping, nested, spots

Options = Mapping[str, Sequence[Option]]


def options_of(field: Field, options: Options) -> Sequence[Option]:
    """What can be chosen: fixed in the form, given by name, or (files) by the field's path.

    Of fixed choices the case may offer some only (``offered``); without a case all are shown.
    """
    if field.kind is Kind.FILES:
        return options.get(field.path, ())
    if field.options_from:
        return options.get(field.options_from, ())
    if field.offered not in options:
        return field.options
    offered = {option.value for option in options[field.offered]}
    return [option for option in field.options if option.value in offered]


@dataclass
class Reading:
    """Raw answers turned into values, with what could not be turned."""

    options: Options
    prefilled: Mapping[str, Any]
    language: str = "de"
    problems: dict[str, Problem] = data_field(default_factory=dict)
    blank_rows: set[str] = data_field(default_factory=set)

    def read(
        self, fields: Sequence[Field], raw: Mapping[str, Any], prefix: str = ""
    ) -> dict[str, Any]:
        """The values of these fields; every field is there, unanswered ones are empty."""
        self._refuse_unknown(fields, raw, prefix)
        return self._answers(fields, raw, prefix)

    def _answers(
        self, fields: Sequence[Field], raw: Mapping[str, Any], prefix: str
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field in fields:
            place = join(prefix, field.key)
            if field.kind is Kind.GROUP and not nested(field):
                found.update(self._answers(field.children, raw, prefix))
            elif field.kind is Kind.GROUP:
                found[field.key] = self._group(field, raw.get(field.key), place)
            elif field.kind is Kind.ROWS:
                found[field.key] = self._rows(field, raw.get(field.key), place)
            elif field.kind is Kind.EXPRESSION:
                found[field.key] = None
            elif field.holds_answer:
                found[field.key] = self._value(field, raw.get(field.key), place)
        return found

    def _wrong(self, place: str, key: str, **params: Any) -> None:
        self.problems.setdefault(place, Problem(key, params, place))

    def _value(self, field: Field, raw: Any, place: str) -> Any:
        if field.readonly:
            raw = self.prefilled.get(field.path, field.default)
        if values.is_blank(raw) and not (field.holds_one and isinstance(raw, list | dict)):
            return values.empty(field)
        try:
            return values.read(field, raw, options_of(field, self.options), self.language)
        except values.Wrong as wrong:
            self._wrong(place, wrong.key, **wrong.params)
            return values.empty(field)

    def _group(self, field: Field, raw: Any, place: str) -> dict[str, Any]:
        if raw is not None and not isinstance(raw, dict):
            self._wrong(place, "forms.type_group")
        return self.read(field.children, mapping(raw), place)

    def _rows(self, field: Field, raw: Any, place: str) -> list[dict[str, Any]]:
        if raw is None or raw == "":
            return []
        if not isinstance(raw, list) or not all(isinstance(row, dict) for row in raw):
            self._wrong(place, "forms.type_rows")
            return []
        if len(raw) > field.limits.most_rows:
            self._wrong(place, "forms.too_many_rows", most=field.limits.most_rows)
            return []
        rows = []
        for number, row in enumerate(raw):
            if values.is_blank(row):
                self.blank_rows.add(join(place, number))
            rows.append(self.read(field.children, row, join(place, number)))
        return rows

    def _refuse_unknown(self, fields: Sequence[Field], raw: Mapping[str, Any], prefix: str) -> None:
        known = names(fields)
        for name in raw:
            if name not in known:
                self._wrong(join(prefix, str(name)[:80]), "forms.unknown", name=str(name)[:80])


def names(fields: Sequence[Field]) -> frozenset[str]:
    """The names that stand directly in the answers of these fields."""
    found: set[str] = set()
    for field in fields:
        if field.kind is Kind.GROUP and not nested(field):
            found |= names(field.children)
        elif field.key:
            found.add(field.key)
    return frozenset(found)


def validate(
    fields: Sequence[Field],
    levels: Sequence[frozenset[str]],
    raw: Mapping[str, Any],
    context: Mapping[str, Any],
    options: Options,
    prefilled: Mapping[str, Any],
    language: str = "de",
) -> dict[str, Any]:
    """The values that are kept, from answers as that language writes them.

    Raises Invalid with every problem, in the order of the form.
    """
    reading = Reading(options, prefilled, language)
    answers = reading.read(fields, raw)
    compute.fill(fields, levels, answers, context)
    hidden = compute.hidden(fields, answers, context)
    if _drop(fields, answers, hidden):
        compute.fill(fields, levels, answers, context)
    problems = _in_order(fields, answers, hidden, reading, context)
    if problems:
        raise Invalid(problems)
    _drop_blank_rows(fields, answers, reading.blank_rows)
    return answers


def _drop(fields: Sequence[Field], answers: dict[str, Any], hidden: frozenset[str]) -> bool:
    """Empty what is hidden; says whether anything was there."""
    if not hidden:
        return False
    shown = {spot.mark for spot in spots(fields, answers, hidden)}
    gone = [spot for spot in spots(fields, answers) if spot.mark not in shown]
    dropped = False
    for spot in gone:
        if spot.field.key and spot.field.kind is not Kind.GROUP and spot.field.kind not in SILENT:
            dropped = dropped or not values.is_blank(spot.value)
            spot.holder[spot.field.key] = values.empty(spot.field)
    return dropped


def _in_order(
    fields: Sequence[Field],
    answers: dict[str, Any],
    hidden: frozenset[str],
    reading: Reading,
    context: Mapping[str, Any],
) -> list[Problem]:
    found = dict(reading.problems)
    shown = [spot for spot in spots(fields, answers, hidden) if _counts(spot, reading.blank_rows)]
    for spot in shown:
        missing = _missing(spot)
        if missing is not None:
            found.setdefault(spot.place, missing)
    for problem in _unmatched(shown, found):
        found.setdefault(problem.place, problem)
    found |= {one.place: one for one in checks.broken(fields, answers, context, shown, set(found))}
    everywhere = {spot.place for spot in spots(fields, answers)}
    places = dict.fromkeys(spot.place for spot in shown)
    unknown = [problem for place, problem in found.items() if place not in everywhere]
    return [found[place] for place in places if place in found] + unknown


def _counts(spot: Spot, blank_rows: set[str]) -> bool:
    """Rows in which nothing was written are as if they were not there."""
    return not any(spot.place.startswith(f"{row}.") for row in blank_rows)


def _missing(spot: Spot) -> Problem | None:
    field, value = spot.field, spot.value
    if field.kind is Kind.ROWS:
        written = [row for row in value or [] if not values.is_blank(row)]
        if len(written) < max(field.limits.fewest_rows, int(field.limits.required)):
            least = max(field.limits.fewest_rows, 1)
            return Problem("forms.rows_missing", {"count": least}, spot.place)
        return None
    if not field.limits.required or not field.holds_answer or field.readonly:
        return None
    if values.is_blank(value):
        return Problem(_missing_key(field), {}, spot.place)
    return None


def _missing_key(field: Field) -> str:
    if field.kind is Kind.CHECKBOX:
        return "forms.required_checkbox"
    if field.kind is Kind.FILES:
        return "forms.required_file"
    choices = (Kind.SELECT, Kind.RADIO, Kind.CHECKLIST, Kind.TAGLIST)
    return "forms.required_choice" if field.kind in choices else "forms.required"


def _unmatched(shown: Sequence[Spot], found: Mapping[str, Problem]) -> list[Problem]:
    """Patterns run in the isolate with its time limit, because a pattern can be catastrophic."""
    asked = [
        spot
        for spot in shown
        if spot.field.limits.pattern and spot.value and spot.place not in found
    ]
    if not asked:
        return []
    return [
        Problem("forms.pattern", {}, spot.place)
        for spot, matches in zip(asked, _matches(asked), strict=True)
        if matches is not True
    ]


def _matches(asked: Sequence[Spot]) -> Sequence[Any]:
    items = [("matches(value, pattern)", _match_context(spot)) for spot in asked]
    try:
        return evaluate_all(items, strict=False)
    except FeelError:  # took too long; such an answer is not what the pattern is meant for
        return [None] * len(asked)


def _match_context(spot: Spot) -> dict[str, Any]:
    return {"value": spot.value, "pattern": spot.field.limits.pattern}


def _drop_blank_rows(fields: Sequence[Field], answers: dict[str, Any], blank: set[str]) -> None:
    for spot in list(spots(fields, answers)):
        if spot.field.kind is Kind.ROWS and spot.value:
            spot.holder[spot.field.key] = [
                row
                for number, row in enumerate(spot.value)
                if join(spot.place, number) not in blank
            ]
