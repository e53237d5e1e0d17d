"""What the pages about money say when something is refused, with the fields it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request

from grantflow.errors import Faults, GrantFlowError, Problem
from grantflow.texts import text
from grantflow.web import formats
from grantflow.web.deps import visitor


@dataclass(frozen=True)
class Refusal:
    """Sentences for the top of the page and for single fields, and what had been typed."""

    general: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.general or self.fields)


NOTHING = Refusal()


def refusal(
    request: Request,
    error: GrantFlowError,
    fields: tuple[str, ...] = (),
    typed: Mapping[str, str] | None = None,
) -> Refusal:
    """The words of an error; problems of the named fields go beside these."""
    language = visitor(request).language
    found = list(error.problems) if isinstance(error, Faults) else []
    if not found:
        found = [Problem(error.key, error.params)]
    beside = {p.place: say(p, language) for p in reversed(found) if p.place in fields}
    general = tuple(say(p, language) for p in found if p.place not in fields)
    return Refusal(general, beside, dict(typed or {}))


def say(problem: Problem, language: str) -> str:
    """A problem as a sentence, amounts and days written as the language does."""
    return text(problem.key, language, **formats.words(problem.params, problem.key, language))
