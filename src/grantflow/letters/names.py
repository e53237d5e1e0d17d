"""Reads a letter's templates without running them: does every name they use exist?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from jinja2 import nodes

from grantflow.letters.model import LetterDeadline, LetterModel
from grantflow.texts.near import close_names

ANY = object()  # anything may follow: answers, facts, local variables
LEAF = object()  # a plain value without parts
# Deadlines that a letter may state. The end of the remedy period is not among them: an instruction
# with a wrong date would open the one-year period (§ 58 Abs. 2 VwGO).
DEADLINES = frozenset({"response", "fixed", "statement_of_use", "interim_statement"})


@dataclass(frozen=True)
class Items:
    """The type of a list of things."""

    of: Any


@dataclass(frozen=True)
class Keyed:
    """The type of a mapping whose keys are known."""

    names: frozenset[str]
    of: Any


@dataclass(frozen=True)
class Unknown:
    """A name that does not exist, with its line and names that look alike."""

    name: str
    line: int
    near: str = ""


@dataclass
class _Scope:
    types: dict[str, Any]
    blocks: frozenset[str]
    macros: set[str] = field(default_factory=set)
    found: list[Unknown] = field(default_factory=list)

    def miss(self, name: str, line: int, known: Iterable[str] = ()) -> Any:
        self.found.append(Unknown(name, line, close_names(name, known)))
        return ANY

    def inner(self, **types: Any) -> _Scope:
        return _Scope({**self.types, **types}, self.blocks, self.macros, self.found)


def unknown_names(
    tree: nodes.Template, facts: frozenset[str], blocks: frozenset[str]
) -> list[Unknown]:
    """Every name, field, fact and text block that a template uses and that does not exist."""
    types = {**_roots(), "facts": Keyed(facts, ANY)}
    scope = _Scope(types, blocks)
    _walk(tree, scope)
    return scope.found


@lru_cache
def _roots() -> Mapping[str, Any]:
    letter = frozenset({"title", "kind", "signature", "nature"})
    return {
        **_types(LetterModel),
        "deadline": Keyed(DEADLINES, LetterDeadline),
        "letter": Keyed(letter, LEAF),
        "subject": LEAF,
        "reference_line": LEAF,
        "answers": ANY,
        "computations": ANY,
    }


@lru_cache
def _types(value: type[Any]) -> Mapping[str, Any]:
    hints = get_type_hints(value)
    return {each.name: _simplified(hints[each.name]) for each in fields(value)}


def _simplified(hint: Any) -> Any:
    """A type hint of the model as dataclass, Items, LEAF or ANY."""
    if is_dataclass(hint):
        return hint
    origin, parameters = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        known = [each for each in parameters if each is not type(None)]
        return _simplified(known[0])
    if origin is tuple:
        return Items(_simplified(parameters[0]))
    return LEAF


def _walk(node: nodes.Node, scope: _Scope) -> None:
    handler = _HANDLERS.get(type(node))
    if handler is not None:
        handler(node, scope)
        return
    if isinstance(node, nodes.Expr):
        _type(node, scope)
        return
    for child in node.iter_child_nodes():
        _walk(child, scope)


def _walk_all(body: list[nodes.Node], scope: _Scope) -> None:
    for node in body:
        _walk(node, scope)


def _for(node: nodes.For, scope: _Scope) -> None:
    over = _type(node.iter, scope)
    inner = scope.inner(loop=ANY, **_targets(node.target, over.of if _is_items(over) else ANY))
    if node.test is not None:
        _type(node.test, inner)
    _walk_all(node.body, inner)
    _walk_all(node.else_, scope)


def _is_items(found: Any) -> bool:
    return isinstance(found, Items)


def _targets(target: nodes.Node, of: Any) -> dict[str, Any]:
    if isinstance(target, nodes.Name):
        return {target.name: of}
    return {name.name: ANY for name in target.find_all(nodes.Name)}


def _assign(node: nodes.Assign, scope: _Scope) -> None:
    found = _type(node.node, scope)
    scope.types |= _targets(node.target, found)


def _with(node: nodes.With, scope: _Scope) -> None:
    inner = scope.inner()
    for target, value in zip(node.targets, node.values, strict=True):
        inner.types |= _targets(target, _type(value, scope))
    _walk_all(node.body, inner)


def _macro(node: nodes.Macro, scope: _Scope) -> None:
    scope.macros.add(node.name)
    names = {argument.name: ANY for argument in node.args}
    _walk_all(node.body, scope.inner(**names))


def _foreign(node: nodes.Node, scope: _Scope) -> None:
    """A letter does not inherit from or import other templates."""
    scope.miss(type(node).__name__.lower(), node.lineno)


def _type(node: nodes.Node, scope: _Scope) -> Any:
    """The type of an expression; unknown names are noted on the way."""
    reader = _READERS.get(type(node))
    if reader is not None:
        return reader(node, scope)
    kinds = [_type(child, scope) for child in node.iter_child_nodes()]
    return kinds[0] if isinstance(node, nodes.CondExpr | nodes.Or) and kinds else ANY


def _name(node: nodes.Name, scope: _Scope) -> Any:
    if node.name in scope.types:
        return scope.types[node.name]
    return scope.miss(node.name, node.lineno, scope.types)


def _part(node: nodes.Getattr, scope: _Scope) -> Any:
    return _field(_type(node.node, scope), node.attr, node, scope)


def _item(node: nodes.Getitem, scope: _Scope) -> Any:
    owner = _type(node.node, scope)
    if isinstance(owner, Items):
        return owner.of
    if isinstance(node.arg, nodes.Const):
        return _field(owner, str(node.arg.value), node, scope)
    return ANY


def _field(owner: Any, name: str, node: nodes.Node, scope: _Scope) -> Any:
    if owner is ANY:
        return ANY
    if isinstance(owner, Keyed):
        return owner.of if name in owner.names else scope.miss(name, node.lineno, owner.names)
    parts = _types(owner) if isinstance(owner, type) else {}
    return parts[name] if name in parts else scope.miss(name, node.lineno, parts)


def _call(node: nodes.Call, scope: _Scope) -> Any:
    """Only ``block("name")`` and the template's own macros are called."""
    called = node.node.name if isinstance(node.node, nodes.Name) else ""
    if called != "block" and called not in scope.macros:
        return scope.miss(f"{called or '?'}()", node.lineno)
    for argument in node.args:
        _type(argument, scope)
        if called == "block":
            _block(argument, scope)
    return ANY


def _block(argument: nodes.Expr, scope: _Scope) -> None:
    name = argument.value if isinstance(argument, nodes.Const) else None
    if name not in scope.blocks:
        scope.miss(f"block({name!r})", argument.lineno)


_HANDLERS: Mapping[type[nodes.Node], Callable[[Any, _Scope], None]] = {
    nodes.For: _for,
    nodes.Assign: _assign,
    nodes.With: _with,
    nodes.Macro: _macro,
    nodes.Extends: _foreign,
    nodes.Import: _foreign,
    nodes.FromImport: _foreign,
    nodes.Block: _foreign,
}
_READERS: Mapping[type[nodes.Node], Callable[[Any, _Scope], Any]] = {
    nodes.Name: _name,
    nodes.Getattr: _part,
    nodes.Getitem: _item,
    nodes.Call: _call,
}
