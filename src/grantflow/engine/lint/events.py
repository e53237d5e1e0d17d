"""Rules about events: which may stand where, and what they need to be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grantflow.engine.elements import EVENTS, condition_of, event_kind, payload_of, referenced
from grantflow.engine.lint.context import Context
from grantflow.engine.lint.diagram import Level
from grantflow.engine.lint.feel import feel, variable
from grantflow.engine.rewrite import is_event_subprocess
from grantflow.engine.timers import parse_cycle, parse_duration, parse_moment
from grantflow.engine.xml import child, children, local, text
from grantflow.errors import Problem

_ALLOWED = {
    "intermediateCatchEvent": {"timer", "message", "signal"},
    "intermediateThrowEvent": {"", "message", "signal", "escalation"},
    "endEvent": {"", "message", "signal", "error", "escalation", "terminate"},
    "boundaryEvent": {"timer", "message", "signal", "error", "escalation"},
}
_HOSTS = (
    "userTask", "serviceTask", "callActivity", "subProcess", "receiveTask", "scriptTask",
    "businessRuleTask",
)  # fmt: skip
_TIMES = ("timeDuration", "timeDate", "timeCycle")


def check(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    """All rules of this file for one node."""
    kind = local(node)
    if kind in ("sendTask", "receiveTask"):
        yield from _named(level, node, node, "message")
    elif kind == "startEvent" or kind in _ALLOWED:
        yield from _event(level, node, context)
    if kind == "boundaryEvent":
        yield from _boundary(level, node)
    for name in payload_of(node):
        yield from variable(level, node, name, context)
    if when := condition_of(node):
        yield from _condition(level, node, when, context)


def _condition(level: Level, node: Any, when: str, context: Context) -> Iterator[Problem]:
    """Only what comes with a payload can be chosen among; the condition is FEEL."""
    if local(node) != "receiveTask" and event_kind(node) not in ("message", "signal"):
        yield level.problem("unknown_property", node, property="when")
    elif not when.startswith("="):
        yield level.problem("when_no_feel", node, value=when)
    else:
        yield from feel(level, node, when, context)


def _allowed(level: Level, node: Any) -> set[str]:
    if local(node) != "startEvent":
        return _ALLOWED[local(node)]
    if is_event_subprocess(level.scope):
        return {"timer", "message", "signal", "error", "escalation"}
    return {"", "message"} if level.is_process else {""}


def _event(level: Level, node: Any, context: Context) -> Iterator[Problem]:
    definitions = [each for each in children(node) if local(each) in EVENTS]
    if len(definitions) > 1:
        yield level.problem("several_events", node)
    kind = EVENTS[local(definitions[0])] if definitions else ""
    if kind not in _allowed(level, node) and not _foreign(node):
        yield level.problem("event_here", node, kind=kind or "none")
    elif kind == "timer":
        yield from _timer(level, node, definitions[0], context)
    elif kind in ("message", "signal", "error"):
        yield from _named(level, node, definitions[0], kind)


def _foreign(node: Any) -> bool:
    """Another rule has refused this kind of event already."""
    return any(local(e).endswith("EventDefinition") and local(e) not in EVENTS for e in node)


def _named(level: Level, node: Any, definition: Any, kind: str) -> Iterator[Problem]:
    catches_all = kind == "error" and local(node) in ("boundaryEvent", "startEvent")
    if not referenced(definition, kind) and not catches_all:
        yield level.problem(f"no_{kind}", node)


def _repeats(level: Level, node: Any) -> bool:
    """Whether a repeating timer may stand here: where it does not interrupt."""
    if local(node) == "boundaryEvent":
        return bool(node.get("cancelActivity") == "false")
    return is_event_subprocess(level.scope) and bool(node.get("isInterrupting") == "false")


def _timer(level: Level, node: Any, definition: Any, context: Context) -> Iterator[Problem]:
    times = [(name, text(child(definition, name))) for name in _TIMES]
    told = [(name, value) for name, value in times if value]
    if len(told) != 1:
        yield level.problem("no_time", node)
        return
    name, value = told[0]
    if name == "timeCycle" and not _repeats(level, node):
        yield level.problem("cycle_here", node)
    if value.startswith("="):
        yield from feel(level, node, value, context)
    elif name == "timeCycle":
        if parse_cycle(value) is None:
            yield level.problem("bad_cycle", node, value=value)
    elif parse_duration(value) is None and parse_moment(value) is None:
        yield level.problem("bad_time", node, value=value)


def _boundary(level: Level, node: Any) -> Iterator[Problem]:
    host = level.by_id.get(node.get("attachedToRef", ""))
    if host is None or local(host) not in _HOSTS or is_event_subprocess(host):
        yield level.problem("bad_host", node)
    elif child(node, "errorEventDefinition") is not None:
        if node.get("cancelActivity") == "false":
            yield level.problem("error_goes_on", node)
        if local(host) != "subProcess":
            yield level.problem("error_host", node)
    elif child(node, "escalationEventDefinition") is not None and local(host) != "subProcess":
        yield level.problem("error_host", node)
