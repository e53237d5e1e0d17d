"""Rules about service tasks: the effect exists, and it is told what it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grantflow.engine.lint.context import Context, EffectRule
from grantflow.engine.lint.diagram import Level
from grantflow.engine.lint.feel import variable
from grantflow.engine.xml import properties
from grantflow.errors import Problem

_OWN = frozenset(("effect", "result", "name_en"))


def check_effect(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    """All rules of this file for one service task."""
    own = properties(node)
    effect = own.get("effect", "")
    if not effect:
        yield level.problem("no_effect", node)
        return
    rule = context.known.effects.get(effect)
    if rule is None:
        allowed = ", ".join(sorted(context.known.effects))
        yield level.problem("unknown_effect", node, effect=effect, allowed=allowed)
        return
    params = {name: value for name, value in own.items() if name not in _OWN}
    yield from _params(level, node, effect, rule, params)
    yield from _references(level, node, params, context)
    if "result" in own:
        yield from variable(level, node, own["result"], context)


def _params(
    level: Level, node: Any, effect: str, rule: EffectRule, params: Mapping[str, str]
) -> Iterator[Problem]:
    for name in rule.required:
        if not params.get(name):
            yield level.problem("missing_param", node, effect=effect, property=name)
    if rule.one_of and sum(name in params for name in rule.one_of) != 1:
        yield level.problem("one_param", node, effect=effect, properties=", ".join(rule.one_of))
    for name in sorted(set(params) - set(rule.required) - set(rule.optional)):
        if not rule.open:
            yield level.problem("unknown_param", node, effect=effect, property=name)
    for name, allowed in rule.choices.items():
        value = params.get(name, "")
        if value and not value.startswith("=") and value not in allowed:
            yield level.problem(
                "bad_choice", node, property=name, value=value, allowed=", ".join(allowed)
            )


def _references(
    level: Level, node: Any, params: Mapping[str, str], context: Context
) -> Iterator[Problem]:
    known = context.known
    places: Mapping[str, tuple[str, frozenset[str]]] = {
        "letter": ("letter", known.letters),
        "process": ("process", context.processes),
        "status": ("status", known.statuses),
        "to": ("role", known.roles | {"applicant"}),
    }
    for name, (what, values) in places.items():
        value = params.get(name, "")
        if value and not value.startswith("=") and values and value not in values:
            yield level.problem(f"unknown_{what}", node, **{what: value})
    for name in ("reasons_from", "answers_from"):
        source = params.get(name, "")
        form = source.split(".")[0]
        if source and not source.startswith("=") and form not in known.forms:
            yield level.problem("unknown_form", node, form=form)
