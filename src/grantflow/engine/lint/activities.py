"""Rules about tasks: forms, roles, effects, decisions, called processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grantflow.engine.elements import names
from grantflow.engine.lint.context import Context, form_of
from grantflow.engine.lint.diagram import Level
from grantflow.engine.lint.effects import check_effect
from grantflow.engine.lint.feel import variable
from grantflow.engine.lint.lanes import lane_of
from grantflow.engine.script import NotAScript, parse_script
from grantflow.engine.timers import parse_duration, parse_moment
from grantflow.engine.xml import child, local, properties, text
from grantflow.errors import Problem

_ANYWHERE = frozenset(("name_en",))
USER_PROPERTIES = frozenset(
    (
        "form", "role", "assignee", "item", "due", "not_by", "declaration", "letter", "public",
        "shows", "closes",
    )
)  # fmt: skip
_PROPERTIES = {
    "userTask": USER_PROPERTIES,
    "businessRuleTask": frozenset(("decision",)),
    "startEvent": frozenset(("payload",)),
    "intermediateCatchEvent": frozenset(("payload", "when")),
    "boundaryEvent": frozenset(("payload", "when")),
    "receiveTask": frozenset(("payload", "when")),
    "intermediateThrowEvent": frozenset(("payload",)),
    "endEvent": frozenset(("payload",)),
    "sendTask": frozenset(("payload",)),
}
DECLARATIONS = ("conflict_of_interest",)


def check(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    """All rules of this file for one node."""
    kind = local(node)
    if kind == "serviceTask":
        yield from check_effect(level, node, context)
    else:
        allowed = _PROPERTIES.get(kind, frozenset()) | _ANYWHERE
        for name in sorted(set(properties(node)) - allowed):
            yield level.problem("unknown_property", node, property=name)
    rule = _RULES.get(kind)
    if rule is not None:
        yield from rule(level, node, context)


def _user(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    own = properties(node)
    if not node.get("name"):
        yield level.problem("no_name", node)
    form = form_of(node)
    if form != "none" and not form.startswith("=") and form not in context.known.forms:
        yield level.problem("unknown_form", node, form=form)
    yield from _role(level, node, own, context)
    yield from _due(level, node, own.get("due", ""))
    for other in names(own.get("not_by")):
        if context.whole and other not in context.user_tasks:
            yield level.problem("unknown_not_by", node, other=other)
    yield from _choices(level, node, own)
    if not own.get("shows", "=").startswith("="):
        yield level.problem("shows_no_expression", node, value=own["shows"])
    letter = own.get("letter", "")
    if letter and not letter.startswith("=") and letter not in context.known.letters:
        yield level.problem("unknown_letter", node, letter=letter)


def _role(level: Level, node: Any, own: dict[str, str], context: Context) -> Iterator[Problem]:
    role = own.get("role", "")
    if role.startswith("="):
        return
    if role:
        if role not in context.known.roles:
            yield level.problem("unknown_role", node, role=role)
        return
    lane = lane_of(node)
    if not lane:
        yield level.problem("no_lane", node)
    elif context.known.lanes is not None and lane not in context.known.lanes:
        yield level.problem("unknown_lane", node, lane=lane)


def _due(level: Level, node: Any, due: str) -> Iterator[Problem]:
    literal = due and not due.startswith("=")
    if literal and parse_duration(due) is None and parse_moment(due) is None:
        yield level.problem("bad_time", node, value=due)


def _choices(level: Level, node: Any, own: dict[str, str]) -> Iterator[Problem]:
    declaration = own.get("declaration")
    if declaration is not None and declaration not in DECLARATIONS:
        allowed = ", ".join(DECLARATIONS)
        yield level.problem(
            "bad_choice", node, property="declaration", value=declaration, allowed=allowed
        )
    for name in ("public", "closes"):
        value = own.get(name, "true")
        if value not in ("true", "false"):
            yield level.problem(
                "bad_choice", node, property=name, value=value, allowed="true, false"
            )


def _decision(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    decision = properties(node).get("decision", "")
    if not decision:
        yield level.problem("no_decision", node)
    elif context.known.decisions is None:
        return
    elif decision not in context.known.decisions or decision not in context.tables:
        yield level.problem("unknown_decision", node, decision=decision)
    else:
        for name in context.unset(context.tables[decision].variables()):
            yield level.problem("unknown_input", node, variable=name, decision=decision)


def _call(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    called = node.get("calledElement", "")
    if not called:
        yield level.problem("no_process", node)
    elif called not in context.processes:
        yield level.problem("unknown_process", node, process=called)


def _script(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    script = text(child(node, "script"))
    if not script:
        yield level.problem("no_script", node)
    try:
        assignments = parse_script(script)
    except NotAScript as error:
        yield level.problem("bad_script", node, line=str(error))
        return
    for each in assignments:
        yield from variable(level, node, each.name, context)


_RULES = {
    "userTask": _user,
    "businessRuleTask": _decision,
    "callActivity": _call,
    "scriptTask": _script,
}
