"""The parts of a file as people know them, and what became of each between two versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from grantflow.texts import Said, Worded, catalogue

NAME = "name"
_TRUTH = {"true": "differences.yes", "false": "differences.no"}


@dataclass(frozen=True)
class Part:
    """An element, field, column or row; ``headings`` name values that have words of their own."""

    id: str
    kind: str
    name: Said
    values: Mapping[str, str]
    headings: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind_said(self) -> Said:
        """What kind of part it is, in words."""
        known = f"differences.kind.{self.kind}" in catalogue("de")
        return Said(f"differences.kind.{self.kind if known else 'other'}", {})


@dataclass(frozen=True)
class Reading:
    """A file taken apart: parts by id, how each is drawn, and the order where order counts."""

    parts: Mapping[str, Part]
    layout: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    def shown(self, value: str) -> str:
        """A value as people know it: an id as the name of the part it refers to."""
        if value in _TRUTH:
            return Said(_TRUTH[value], {})
        return self.parts[value].name if value in self.parts else value


@dataclass(frozen=True)
class Alteration:
    """One value of a part; empty where there was or is none."""

    label: Said
    old: str
    new: str


@dataclass(frozen=True)
class Difference:
    """What became of one part, or (without a part) of the whole drawing, order or spelling."""

    kind: Literal["added", "removed", "changed", "order", "layout", "spelling", "other"]
    part: Part | None = None
    alterations: tuple[Alteration, ...] = ()


def compare(before: Reading, after: Reading) -> Iterator[Difference]:
    """Every part that was added, removed or changed; moves and the order in one line each."""
    for own, part in after.parts.items():
        if own not in before.parts:
            yield Difference("added", part, tuple(_all_values(part, after)))
        else:
            found = tuple(_alterations(own, before, after))
            if found:
                yield Difference("changed", part, found)
    for own, part in before.parts.items():
        if own not in after.parts:
            yield Difference("removed", part)
    both = [own for own in after.parts if own in before.parts]
    if _common(before.order, both) != _common(after.order, both):
        yield Difference("order")
    if any(before.layout.get(own) != after.layout.get(own) for own in both):
        yield Difference("layout")


def _common(order: tuple[str, ...], both: list[str]) -> list[str]:
    known = set(both)
    return [own for own in order if own in known]


def _all_values(part: Part, reading: Reading) -> Iterator[Alteration]:
    for key, value in part.values.items():
        if key != NAME:
            yield Alteration(_label(part, key), "", reading.shown(value))


def _alterations(own: str, before: Reading, after: Reading) -> Iterator[Alteration]:
    old, new = before.parts[own], after.parts[own]
    for key in dict.fromkeys((*new.values, *old.values)):
        was, now = old.values.get(key, ""), new.values.get(key, "")
        if was == now:
            continue
        shown = before.shown(was), after.shown(now)
        # Two things of the same name are told apart by their ids.
        if shown[0] == shown[1]:
            shown = f"{shown[0]} ({was})", f"{shown[1]} ({now})"
        yield Alteration(_label(new if key in new.values else old, key), *shown)


def _label(part: Part, key: str) -> Said:
    if key in part.headings:
        return Worded(part.headings[key], part.headings[key])
    for way in (key.replace(".", "_"), key.rpartition(".")[2]):
        named = f"differences.property.{way}"
        if named in catalogue("de"):
            return Said(named, {})
    return Said("differences.property_other", {"name": key})
