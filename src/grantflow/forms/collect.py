"""From the names and values of a posted form to nested raw answers, and what of them is a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grantflow.forms.field import Field, Kind
from grantflow.forms.walk import mapping, nested

DEPTH = 8
DRAFT_TEXT = 100_000  # characters of one draft value; more is cut
MOST_VALUES = 20_000


def nest(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Names like ``plan.0.amount`` become nested answers; repeated names become lists.

    Names that begin with an underscore belong to the page, not to the form. Files are left out.
    """
    tree: dict[str, Any] = {}
    for count, (name, value) in enumerate(items):
        if count >= MOST_VALUES:
            break
        if name.startswith("_") or not isinstance(value, str | int | float | bool | None):
            continue
        parts = name.split(".")
        if len(parts) <= DEPTH and all(parts):
            _put(tree, parts, value)
    return {name: _rows(value) for name, value in tree.items()}


def _put(tree: dict[str, Any], parts: Sequence[str], value: Any) -> None:
    for part in parts[:-1]:
        below = tree.setdefault(part, {})
        if below == "":  # the marker that a list was on the page
            below = tree[part] = {}
        if not isinstance(below, dict):
            return
        tree = below
    last = parts[-1]
    if last not in tree:
        tree[last] = value
    elif isinstance(tree[last], list):
        tree[last].append(value)
    elif not isinstance(tree[last], dict):
        tree[last] = [tree[last], value]


def _rows(value: Any) -> Any:
    """Mappings whose names are all numbers are rows, in the order of their numbers."""
    if not isinstance(value, dict):
        return value
    inner = {name: _rows(part) for name, part in value.items()}
    if inner and all(name.isdecimal() and len(name) < 6 for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def shape(fields: Iterable[Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give known fields their shape (one value or a list); unknown names stay as they are."""
    shaped = dict(raw)
    for field in fields:
        if field.kind is Kind.GROUP and not nested(field):
            shaped = shape(field.children, shaped)
        elif field.key in shaped:
            shaped[field.key] = _shape_value(field, shaped[field.key])
    return shaped


def _shape_value(field: Field, value: Any) -> Any:
    if field.kind is Kind.GROUP:
        return shape(field.children, value) if isinstance(value, dict) else value
    if field.kind is Kind.ROWS:
        if value == "":
            return []  # the marker that says the list was on the page, though empty
        if isinstance(value, list):
            rows = [row for row in value if row != ""]
            return [shape(field.children, row) if isinstance(row, dict) else row for row in rows]
        return value
    if field.is_many:
        values = value if isinstance(value, list) else [value]
        return [item for item in values if item != ""]
    if field.kind is Kind.CHECKBOX and value == ["", "true"]:
        return "true"  # a box with a tick sends its marker, too
    return value


def clean(fields: Iterable[Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """What of the raw answers belongs to the form, cut to a size that a draft may have."""
    kept: dict[str, Any] = {}
    for field in fields:
        if field.kind is Kind.GROUP and not nested(field):
            kept.update(clean(field.children, raw))
        elif field.key in raw and (field.holds_answer or field.kind is Kind.GROUP):
            kept[field.key] = _clean_value(field, raw[field.key])
    return kept


def _clean_value(field: Field, value: Any) -> Any:
    if field.kind is Kind.GROUP:
        return clean(field.children, mapping(value))
    if field.kind is Kind.ROWS:
        rows = value if isinstance(value, list) else []
        return [clean(field.children, mapping(row)) for row in rows[: field.limits.most_rows]]
    if field.is_many:
        values = value if isinstance(value, list) else [value]
        return [_clean_scalar(item) for item in values[:1000]]
    return _clean_scalar(value)


def _clean_scalar(value: Any) -> Any:
    if isinstance(value, str):
        return value[:DRAFT_TEXT].replace("\x00", "")
    if isinstance(value, dict):  # a file: only its id and name
        return {name: str(value[name])[:300] for name in ("id", "name") if name in value}
    return value if isinstance(value, int | float | bool | None) else None
