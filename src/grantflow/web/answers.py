"""Puts given answers together for reading: lists of short answers between groups and tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grantflow.forms import FieldView

_SILENT = frozenset({"text", "separator", "spacer", "table"})


@dataclass(frozen=True)
class Part:
    """Answers that stand in one list (``answers``), or one group or repeating group (``block``)."""

    kind: str
    fields: tuple[FieldView, ...] = ()
    field: FieldView | None = None


def batch_answers(fields: Iterable[FieldView]) -> list[Part]:
    """The visible fields in order, neighbouring answers together."""
    parts: list[Part] = []
    waiting: list[FieldView] = []
    for one in fields:
        if one.hidden or one.kind in _SILENT:
            continue
        if one.kind in ("group", "dynamiclist"):
            _flush(parts, waiting)
            parts.append(Part("block", field=one))
        else:
            waiting.append(one)
    _flush(parts, waiting)
    return parts


def _flush(parts: list[Part], waiting: list[FieldView]) -> None:
    if waiting:
        parts.append(Part("answers", tuple(waiting)))
        waiting.clear()
