"""Keeps what a page did not show: hidden fields send nothing, and are to come back as they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from grantflow.forms.field import Field, Kind
from grantflow.forms.walk import Spot, mapping, nested, row_list


def kept(
    fields: Iterable[Field], raw: Mapping[str, Any], before: Mapping[str, Any], gone: frozenset[str]
) -> dict[str, Any]:
    """Posted answers, and those of ``before`` for fields that were hidden then (marks ``gone``).

    What was shown and sent nothing (a box without a tick) stays empty.
    """
    found = deepcopy(dict(raw))
    _keep(fields, found, before, _Page(gone))
    return found


@dataclass(frozen=True)
class _Page:
    """What was hidden on the page, at which row of it, and whether all around was hidden."""

    gone: frozenset[str]
    numbers: tuple[int, ...] = ()
    hidden: bool = False

    def hides(self, field: Field) -> bool:
        return self.hidden or Spot(field, "", {}, numbers=self.numbers).mark in self.gone


def _keep(
    fields: Iterable[Field],
    into: dict[str, Any],
    before: Mapping[str, Any],
    page: _Page,
) -> None:
    for field in fields:
        hidden = page.hides(field)
        if field.kind is Kind.GROUP:
            held, earlier = into, before
            if nested(field):
                earlier = mapping(before.get(field.key))
                held = into.setdefault(field.key, {}) if earlier else {}
            _keep(field.children, mapping(held), earlier, replace(page, hidden=hidden))
        elif hidden and field.key and field.key not in into and field.key in before:
            into[field.key] = deepcopy(before[field.key])
        elif field.kind is Kind.ROWS:
            _keep_rows(field, into.get(field.key), row_list(before.get(field.key)), page)


def _keep_rows(field: Field, posted: Any, before: Sequence[Mapping[str, Any]], page: _Page) -> None:
    """Rows come and go by a button of their own: the rows of a page are those of ``before``."""
    if not isinstance(posted, list) or len(posted) != len(before):
        return
    for number, (row, earlier) in enumerate(zip(posted, before, strict=True)):
        _keep(field.children, mapping(row), earlier, replace(page, numbers=(*page.numbers, number)))
