"""Keeps what a page did not show: hidden fields send nothing, and are to come back as they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from grantflow.forms.field import Field, Kind
from grantflow.forms.walk import mapping, nested


def kept(
    fields: Iterable[Field], raw: Mapping[str, Any], before: Mapping[str, Any], gone: frozenset[str]
) -> dict[str, Any]:
    """Posted answers, and those of ``before`` for fields that were hidden then (marks ``gone``).

    What was shown and sent nothing (a box without a tick) stays empty.
    """
    found = deepcopy(dict(raw))
    _keep(fields, found, before, gone, inside=False)
    return found


def _keep(
    fields: Iterable[Field],
    into: dict[str, Any],
    before: Mapping[str, Any],
    gone: frozenset[str],
    *,
    inside: bool,
) -> None:
    for field in fields:
        hidden = inside or f":{field.id}" in gone
        if field.kind is Kind.GROUP:
            held, earlier = into, before
            if nested(field):
                earlier = mapping(before.get(field.key))
                held = into.setdefault(field.key, {}) if earlier else {}
            _keep(field.children, mapping(held), earlier, gone, inside=hidden)
        elif hidden and field.key and field.key not in into and field.key in before:
            into[field.key] = deepcopy(before[field.key])
