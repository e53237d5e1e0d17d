"""What is wrong with a letter's source, all of it at once, before anybody writes to anyone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import TemplateSyntaxError, nodes

from grantflow.errors import Problem
from grantflow.letters import sandbox
from grantflow.letters.compose import LAYOUT
from grantflow.letters.names import Unknown, unknown_names
from grantflow.letters.source import BODY, SETTINGS, LetterSource, parts

REMEDY_BLOCK = "blocks/remedy.html"
# Markup that could run, load or hide something; letters need none of it.
_FORBIDDEN = re.compile(
    r"<\s*(script|iframe|object|embed|link|style|base|meta|form)\b|\bon\w+\s*=|url\s*\(|"
    r"""(?:src|href|data)\s*=\s*["']?\s*(?:https?|file|ftp|javascript):""",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"<\s*img\b(?![^>]*\balt\s*=)", re.IGNORECASE)
_SCOPED = re.compile(r"<\s*th\b(?![^>]*\bscope\s*=)", re.IGNORECASE)


def lint(source: LetterSource) -> list[Problem]:
    """Every fault of a letter: unknown names with their line, blocks, remedy, forbidden markup."""
    rules = (_templates, _needs, _block_use, _remedy, _markup)
    return [problem for rule in rules for problem in rule(source)]


def _templates(source: LetterSource) -> Iterator[Problem]:
    facts = frozenset(source.facts + source.optional_facts)
    for part in parts(source):
        try:
            tree = sandbox.environment().parse(part.text)
            sandbox.compiled(part.text)
        except TemplateSyntaxError as error:
            params = {"line": error.lineno, "reason": error.message or ""}
            yield Problem("letters.syntax", params, part.place)
            continue
        blocks = frozenset(source.blocks) if part.place.endswith(BODY) else frozenset()
        for unknown in unknown_names(tree, facts, blocks):
            yield _unknown(unknown, unknown.line, part.place)
        yield from _includes(tree, part.place)


def _needs(source: LetterSource) -> Iterator[Problem]:
    """The paths in ``needs``, the mandatory content and the cover exist in the model, too."""
    facts = frozenset(source.facts + source.optional_facts)
    place = f"letters/{source.name}/{SETTINGS}#needs"
    for path in _paths(source):
        try:
            tree = sandbox.environment().parse("{{ " + path + " }}")
        except TemplateSyntaxError as error:
            yield Problem("letters.syntax", {"line": 1, "reason": error.message or ""}, place)
            continue
        for unknown in unknown_names(tree, facts, frozenset()):
            yield _unknown(unknown, 1, place)


def _unknown(found: Unknown, line: int, place: str) -> Problem:
    key = "letters.unknown_name_near" if found.near else "letters.unknown_name"
    return Problem(key, {"line": line, "reason": found.name, "near": found.near}, place)


def _paths(source: LetterSource) -> list[str]:
    named = [*source.needs, *(field for point in source.content for field in point.fields)]
    if source.cover is not None:
        named += [source.cover.amount, source.cover.date]
    return [path.strip() for one in named for path in one.split("|") if path.strip()]


def _includes(tree: nodes.Template, place: str) -> Iterator[Problem]:
    """A body may include shipped blocks by their literal name, never the layout itself."""
    includes = list(tree.find_all(nodes.Include))
    shipped = set(sandbox.environment().list_templates()) - {LAYOUT} if includes else set()
    for include in includes:
        name = include.template.value if isinstance(include.template, nodes.Const) else "?"
        if name not in shipped or not name.startswith("blocks/"):
            params = {"line": include.lineno, "name": name}
            yield Problem("letters.unknown_include", params, place)


def _block_use(source: LetterSource) -> Iterator[Problem]:
    place = f"letters/{source.name}/{BODY}"
    for name in source.blocks:
        if not re.search(rf"""block\(\s*["']{re.escape(name)}["']\s*\)""", source.body):
            yield Problem("letters.unused_block", {"name": name}, place)


def _remedy(source: LetterSource) -> Iterator[Problem]:
    place = f"letters/{source.name}/{BODY}"
    shown = REMEDY_BLOCK in source.body
    if source.remedy and not shown:
        yield Problem("letters.remedy_not_shown", {"block": REMEDY_BLOCK}, place)
    if shown and not source.remedy:
        yield Problem("letters.remedy_not_declared", {}, place)


def _markup(source: LetterSource) -> Iterator[Problem]:
    place = f"letters/{source.name}/{BODY}"
    rules = (
        (_FORBIDDEN, "letters.forbidden_markup"),
        (_IMAGE, "letters.image_without_alt"),
        (_SCOPED, "letters.header_without_scope"),
    )
    for rule, key in rules:
        for match in rule.finditer(source.body):
            line = source.body.count("\n", 0, match.start()) + 1
            yield Problem(key, {"line": line, "found": match.group(0).strip()}, place)
