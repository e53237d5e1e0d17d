"""A form taken apart: its fields, however deep, and its own title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grantflow.programmes.differences.parts import Part, Reading
from grantflow.texts import Said, Worded

FORM = "form"
_ASIDE = frozenset(("id", "components", "layout", "exporter", "schemaVersion"))


def read(schema: Any) -> Reading:
    """The parts of a form-js schema; the order of the fields counts."""
    given = schema if isinstance(schema, Mapping) else {}
    fields = list(_fields(given, ""))
    title = _own(given, "title") or FORM
    name = Worded(title, _own(given, "title_en") or title)
    parts = {FORM: Part(FORM, FORM, name, dict(_values(given)))}
    layout = {}
    for own, inside, field in fields:
        found = dict(_values(field)) | ({"inside": inside} if inside else {})
        parts[own] = Part(own, str(field.get("type", "")), _name(field, own), found)
        layout[own] = str(sorted(_mapping(field.get("layout")).items()))
    return Reading(parts, layout, tuple(own for own, _, _ in fields))


def _fields(holder: Mapping[str, Any], inside: str) -> Iterator[tuple[str, str, Any]]:
    components = holder.get("components")
    for number, field in enumerate(components if isinstance(components, list) else ()):
        if isinstance(field, Mapping):
            named = field.get("id") or field.get("key") or field.get("path")
            own = str(named or f"{inside}.{field.get('type')}.{number}")
            yield own, inside, field
            yield from _fields(field, own)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _own(given: Mapping[str, Any], name: str) -> str:
    return str(_mapping(given.get("properties")).get(name) or "")


def _name(field: Mapping[str, Any], own: str) -> Said:
    german = str(field.get("label") or field.get("key") or own)
    return Worded(german, _own(field, "label_en") or german)


def _values(given: Mapping[str, Any], way: str = "") -> Iterator[tuple[str, str]]:
    for key, value in sorted(given.items()):
        if not way and key in _ASIDE:
            continue
        if isinstance(value, Mapping):
            yield from _values(value, f"{way}{key}.")
        elif value is not None and value != "":
            yield f"{way}{key}", _said(value)


def _said(value: Any) -> str:
    """A value in one line: choices as label and value, truth as FEEL writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "; ".join(_said(each) for each in value)
    if isinstance(value, Mapping):
        label, known = value.get("label"), value.get("value")
        if label is not None and known is not None:
            return f"{label} ({known})"
        return ", ".join(f"{key}: {_said(each)}" for key, each in sorted(value.items()))
    return str(value)
