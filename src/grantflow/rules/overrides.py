"""A programme's own values on top of the rule book of its area, checked like those of a book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from grantflow.errors import Problem
from grantflow.rules.base_rate_book import NAME as BASE_RATE
from grantflow.rules.profiles import Version, faults, seams
from grantflow.rules.value_schema import shape_of, unknown, version_faults

FIELD = "profile_overrides"


def override_faults(given: Mapping[str, Any], file: str) -> list[Problem]:
    """Everything that is wrong with the own values of a programme; each fault names its value.

    An own value is a table of value, source, confidence, and where it does not always apply from
    and until, or a list of such tables without gap or overlap. Base rates (§ 247 BGB) are nobody's
    own.
    """
    return [
        problem
        for name, own in given.items()
        for problem in _faults(name, own, f"{file}#{FIELD}.{name}")
    ]


def _faults(name: str, own: Any, place: str) -> Iterator[Problem]:
    listed = own if isinstance(own, list) else [own]
    if name == BASE_RATE:
        yield Problem("rules.override_base_rate", {"name": name}, place)
    elif shape_of(name) is None:
        yield unknown(name, place)
    elif not all(isinstance(one, Mapping) for one in listed):
        yield Problem("rules.override_plain", {"name": name}, place)
    else:
        versions, wrong = _read(name, listed, place)
        yield from wrong or seams(name, versions, place)
        yield from version_faults(name, versions, place)


def _read(
    name: str, listed: list[Mapping[str, Any]], place: str
) -> tuple[tuple[Version, ...], list[Problem]]:
    """The entries that can be read, and what is wrong with the fields of the others."""
    versions, wrong = [], list[Problem]()
    for number, one in enumerate(listed):
        always = {} if number else {"from": date.min}
        try:
            versions.append(Version.model_validate({**always, **one}))
        except ValidationError as error:
            entry = f"{number}." if len(listed) > 1 else ""
            wrong += faults(error, place, f"{FIELD}.{name}.{entry}")
    return tuple(versions), wrong
