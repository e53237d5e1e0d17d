"""The handful of errors that every layer speaks; none of them knows HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it is, and (through its text key) how to mend it.

    ``key`` names a text of the message catalogues, ``params`` fill it, ``place`` is the path of the
    field (``plan.0.amount``), or ``file#element`` for a programme.
    """

    key: str
    params: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    place: str = ""


class GrantFlowError(Exception):
    """Something went wrong."""

    default_key = "errors.unknown"

    def __init__(self, key: str | None = None, /, **params: Any) -> None:
        self.key = key or self.default_key
        self.params = params
        super().__init__(f"{self.key} {params}" if params else self.key)


class NotFound(GrantFlowError):
    """There is no such thing, or you may not know of it."""

    default_key = "errors.not_found"


class NotAllowed(GrantFlowError):
    """You may not do this."""

    default_key = "errors.not_allowed"


class Conflict(GrantFlowError):
    """Somebody else was faster, or this was already done."""

    default_key = "errors.conflict"


class Temporary(GrantFlowError):
    """It did not work now; it may work later."""

    default_key = "errors.temporary"


class Faults(GrantFlowError):
    """An error that carries a list of problems, all of them at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(None)
        self.args = ("; ".join(f"{p.place}: {p.key} {dict(p.params)}" for p in self.problems),)


class Invalid(Faults):
    """Some answers need another look."""

    default_key = "errors.invalid"


class BadProgramme(Faults):
    """A programme does not fit together."""

    default_key = "errors.bad_programme"
