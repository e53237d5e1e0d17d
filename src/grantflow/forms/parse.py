"""Reads a form-js schema into a Form; says everything that is wrong with it at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as data_field
from functools import lru_cache, partial
from typing import Any

from grantflow.errors import BadProgramme, Problem
from grantflow.forms import component
from grantflow.forms.component import formula, mapping, written
from grantflow.forms.field import SILENT, Field, Kind, Words
from grantflow.forms.form import Form
from grantflow.forms.order import levels_of
from grantflow.forms.walk import join
from grantflow.texts.wrong_values import unreadable

LARGEST = 1_000_000  # octets of a schema
DEEPEST = 5  # groups within groups
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")


@lru_cache(maxsize=2048)  # versions of programmes share most of their forms
def parse(schema: bytes, name: str) -> Form:
    """The form in a schema. Raises BadProgramme with every problem; place is ``file#component``."""
    form, problems = read(schema, name)
    if form is None or problems:
        raise BadProgramme(problems)
    return form


def read(schema: bytes, name: str) -> tuple[Form | None, list[Problem]]:
    """The form as far as it can be read, and its problems."""
    reader = _Reader(name)
    tree = reader.json(schema)
    if tree is None:
        return None, reader.problems
    fields = reader.fields(tree.get("components"), "", 0)
    levels, cycle = levels_of(fields)
    for field_id in cycle:
        reader.wrong(field_id, "forms.lint.cycle")
    words = _title(tree, name)
    return Form(name, words, fields, levels), reader.problems


def _title(tree: Mapping[str, Any], name: str) -> Words:
    title, properties = tree.get("title"), mapping(tree.get("properties"))
    if isinstance(title, dict):
        return Words(str(title.get("de") or name), str(title.get("en") or ""))
    english = tree.get("title_en") or properties.get("title_en") or ""
    return Words(str(title or properties.get("title") or name), str(english))


@dataclass
class _Reader:
    name: str
    problems: list[Problem] = data_field(default_factory=list)
    ids: set[str] = data_field(default_factory=set)

    def wrong(self, place: str, key: str, /, **params: Any) -> None:
        self.problems.append(Problem(key, params, f"{self.name}#{place}" if place else self.name))

    def json(self, schema: bytes) -> Mapping[str, Any] | None:
        if len(schema) > LARGEST:
            self.wrong("", "forms.lint.too_large", most=LARGEST)
            return None
        try:
            tree = json.loads(schema)
        except (ValueError, RecursionError) as error:
            self.wrong("", "forms.lint.json", reason=unreadable(error))
            return None
        if not isinstance(tree, dict) or not isinstance(tree.get("components"), list):
            self.wrong("", "forms.lint.no_components")
            return None
        return tree

    def fields(self, components: Any, path: str, depth: int) -> tuple[Field, ...]:
        if depth > DEEPEST:
            self.wrong(path, "forms.lint.too_deep", most=DEEPEST)
            return ()
        if not isinstance(components, list):
            self.wrong(path, "forms.lint.no_components")
            return ()
        found = []
        for one in components:
            built = self._field(one, path, depth) if isinstance(one, dict) else None
            if built is not None:
                found.append(built)
            elif not isinstance(one, dict):
                self.wrong(path, "forms.lint.component")
        self._unique_keys(found, path)
        return tuple(found)

    def _unique_keys(self, fields: list[Field], path: str) -> None:
        seen: set[str] = set()
        for field in _flat(fields):
            if field.key and field.key in seen:
                self.wrong(field.id, "forms.lint.key_twice", key=join(path, field.key))
            seen.add(field.key)

    def _field(self, given: Mapping[str, Any], path: str, depth: int) -> Field | None:
        stated = written(given.get("type"))
        if stated == "button":
            return None  # the page has its own buttons
        field_id = self._id(given, stated)
        try:
            kind = Kind(stated)
        except ValueError:
            self.wrong(field_id, "forms.lint.type", type=stated)
            return None
        key = self._key(given, kind, field_id)
        below = join(path, key) if key else path
        children: tuple[Field, ...] = ()
        if kind in (Kind.GROUP, Kind.ROWS):
            children = self.fields(given.get("components"), below, depth + 1)
        return self._built(given, kind, field_id, key, below, children)

    def _id(self, given: Mapping[str, Any], kind: str) -> str:
        wanted = written(given.get("id") or given.get("key") or given.get("path") or kind)
        found, number = wanted, 1
        while found in self.ids:
            number += 1
            found = f"{wanted}-{number}"
        self.ids.add(found)
        return found

    def _key(self, given: Mapping[str, Any], kind: Kind, field_id: str) -> str:
        if kind in SILENT:
            return ""
        named = given.get("path") if kind in (Kind.GROUP, Kind.ROWS) else given.get("key")
        key = written(named or (given.get("key") if kind is Kind.ROWS else ""))
        if kind is Kind.GROUP and not key:
            return ""
        if not KEY.fullmatch(key):
            self.wrong(field_id, "forms.lint.key", key=key)
        return key

    def _built(
        self,
        given: Mapping[str, Any],
        kind: Kind,
        field_id: str,
        key: str,
        path: str,
        children: tuple[Field, ...],
    ) -> Field:
        properties = mapping(given.get("properties"))
        appearance = mapping(given.get("appearance"))
        unit = appearance.get("suffixAdorner") or appearance.get("prefixAdorner")
        wrong = partial(self.wrong, field_id)
        hide = mapping(given.get("conditional")).get("hide")
        said = properties.get("check_message")
        return Field(
            id=field_id,
            kind=kind,
            key=key,
            path=path,
            label=_words(component.label(given), properties.get("label_en")),
            hint=_words(given.get("description"), properties.get("description_en")),
            text=_words(given.get("text"), properties.get("text_en")),
            unit=_words(unit, properties.get("unit_en")),
            limits=component.limits(given, kind, wrong),
            format=component.shape(given, kind, wrong),
            options=component.options(given, kind, wrong),
            options_from=written(given.get("valuesKey")),
            offered=component.offered(given, kind, wrong),
            hide=formula(hide),
            expression=formula(given.get("expression")),
            prefill=formula(properties.get("prefill")),
            check=formula(properties.get("check")),
            check_message=_words(said, properties.get("check_message_en")),
            default=given.get("defaultValue"),
            readonly=bool(given.get("readonly") or given.get("disabled")),
            routing=written(properties.get("routing")) == "true",
            width=component.width(given),
            heading=kind is Kind.GROUP and given.get("showOutline") is True,
            source=formula(given.get("dataSource")) if kind is Kind.TABLE else "",
            mode=written(properties.get("receipts")),
            statement=written(properties.get("statement")),
            children=children,
        )  # fmt: skip


def _words(german: Any, english: Any) -> Words:
    return Words(written(german), written(english))


def _flat(fields: list[Field] | tuple[Field, ...]) -> Iterator[Field]:
    """Fields whose answers stand side by side: groups without a name share their parent's."""
    for field in fields:
        if field.kind is Kind.GROUP and not field.key:
            yield from _flat(field.children)
        else:
            yield field
