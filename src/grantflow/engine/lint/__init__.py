"""Everything that is wrong with the diagrams of a programme, all at once, with how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grantflow.decisions import DecisionTable
from grantflow.engine.lint import activities, drawing, events, expressions, flows, loops, structure
from grantflow.engine.lint.context import Context, EffectRule, LintContext
from grantflow.engine.lint.diagram import Diagram, read
from grantflow.engine.parse import parse
from grantflow.errors import BadProgramme, Problem

__all__ = ["EffectRule", "LintContext", "lint"]


def lint(
    files: Mapping[str, bytes], decisions: Mapping[str, DecisionTable], known: LintContext
) -> list[Problem]:
    """Every fault of the diagrams; an empty list means that they may be published.

    ``place`` is ``file#element``; every ``key`` is a text of the area ``lint`` in both languages
    that says what is wrong and how to mend it.
    """
    problems: list[Problem] = []
    diagrams: list[Diagram] = []
    for file, raw in files.items():
        try:
            diagrams.append(read(raw, file))
        except BadProgramme as error:
            problems += error.problems
    context = Context.of(diagrams, decisions, known, whole=len(diagrams) == len(files))
    problems += structure.across(diagrams)
    for diagram in diagrams:
        problems += _of(diagram, context)
    if not problems:
        problems += _parsed(files, decisions)
    return list(_once(problems))


def _of(diagram: Diagram, context: Context) -> Iterator[Problem]:
    yield from structure.of_file(diagram)
    yield from drawing.check(diagram)
    for level in diagram.levels:
        yield from structure.of_level(level)
        yield from flows.check(level)
        for node in level.nodes:
            yield from events.check(level, node, context)
            yield from activities.check(level, node, context)
            yield from loops.check(level, node, context)
            yield from expressions.check(level, node, context)


def _parsed(
    files: Mapping[str, bytes], decisions: Mapping[str, DecisionTable]
) -> Iterable[Problem]:
    """The last word is the parser's: what the rules let pass must run."""
    try:
        parse(files, decisions)
    except BadProgramme as error:
        return error.problems
    return ()


def _once(problems: Iterable[Problem]) -> Iterator[Problem]:
    seen: set[tuple[str, str, str]] = set()
    for problem in problems:
        mark: tuple[str, str, Any] = (problem.place, problem.key, str(dict(problem.params)))
        if mark not in seen:
            seen.add(mark)
            yield problem
