"""Reading a vectors file: JSON with ``vectors``, each with input, config and expected values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from grantflow.errors import Faults, Problem

_SAID = frozenset({"legalBasis", "confidence", "note", "title"})
_KNOWN = _SAID | {"id", "area", "jurisdiction", "input", "config", "expected"}


class Unreadable(Faults):
    """The vectors file cannot be read; every problem names the field."""

    default_key = "rules_verify.unreadable"


@dataclass(frozen=True)
class Vector:
    """One case: what is given, how the rules are set, and every value that must come out."""

    id: str
    area: str
    jurisdiction: str
    given: Mapping[str, Any]
    expected: Mapping[str, Any]
    title: str = ""
    strange: tuple[str, ...] = ()  # fields of the vector that the format does not know


@dataclass(frozen=True)
class Document:
    """A vectors file: its cases, and the base rates and holidays it was written with."""

    vectors: tuple[Vector, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path) -> Document:
    """The vectors of a file. Unreadable names every field that is missing or of a wrong type."""
    try:
        written = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _refused("rules_verify.no_file", str(path), reason=str(error.strerror)) from error
    except UnicodeDecodeError as error:
        raise _refused("rules_verify.not_json", str(path), reason=str(error)) from error
    return parse(written, path.name)


def parse(written: str, name: str) -> Document:
    """The same from text; ``name`` is the place of faults in the whole file."""
    try:
        found = json.loads(
            written,
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_without_doubles,
        )
    except (ValueError, RecursionError) as error:
        raise _refused("rules_verify.not_json", name, reason=str(error)) from error
    rows = found.get("vectors") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not rows:
        raise _refused("rules_verify.no_vectors", "vectors")
    meta = found.get("meta", {}) if isinstance(found, dict) else {}
    if not isinstance(meta, dict):
        raise _refused("rules_verify.not_object", "meta")
    problems = [p for number, row in enumerate(rows) for p in _faults(row, f"vectors.{number}")]
    problems += _doubles(rows) if not problems else []
    if problems:
        raise Unreadable(problems)
    return Document(tuple(_vector(row) for row in rows), meta)


def _no_constant(written: str) -> Any:
    raise ValueError(written)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a field that is written twice is refused, because one of them would be lost."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f'"{key}" is there twice')
        found[key] = value
    return found


def _faults(row: Any, place: str) -> list[Problem]:
    if not isinstance(row, dict):
        return [Problem("rules_verify.not_object", {}, place)]
    problems = [
        Problem("rules_verify.no_text", {}, f"{place}.{name}")
        for name in ("id", "area")
        if not isinstance(row.get(name), str) or not row[name].strip()
    ]
    problems += [
        Problem("rules_verify.no_text", {}, f"{place}.{name}")
        for name in ("jurisdiction", "title")
        if not isinstance(row.get(name, ""), str)
    ]
    for name, least in (("input", 1), ("config", 0), ("expected", 1)):
        value = row.get(name, {})
        if not isinstance(value, dict) or len(value) < least:
            problems.append(Problem("rules_verify.not_object", {}, f"{place}.{name}"))
    return problems


def _doubles(rows: list[dict[str, Any]]) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for number, row in enumerate(rows):
        if row["id"] in seen:
            place = f"vectors.{number}.id"
            problems.append(Problem("rules_verify.id_twice", {"id": row["id"]}, place))
        seen.add(row["id"])
    return problems


def _vector(row: Mapping[str, Any]) -> Vector:
    config = row.get("config", {})
    both = sorted(set(row["input"]) & set(config))
    strange = [*sorted(set(row) - _KNOWN), *(f"config.{name}" for name in both)]
    return Vector(
        id=row["id"],
        area=row["area"],
        jurisdiction=row.get("jurisdiction", ""),
        given={**row["input"], **config},
        expected=row["expected"],
        title=row.get("title", ""),
        strange=tuple(strange),
    )


def _refused(key: str, place: str, **params: str) -> Unreadable:
    return Unreadable([Problem(key, params, place)])
