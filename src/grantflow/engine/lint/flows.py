"""Rules about sequence flows and gateways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grantflow.engine.elements import event_kind
from grantflow.engine.lint.diagram import Flow, Level, reachable
from grantflow.engine.xml import local
from grantflow.errors import Problem

_DECIDING = ("exclusiveGateway", "inclusiveGateway")
_SPLITTING = (*_DECIDING, "parallelGateway", "eventBasedGateway")
_JOINING = ("inclusiveGateway", "parallelGateway")


def check(level: Level) -> Iterator[Problem]:
    """All rules of this file for one level."""
    for flow in level.flows:
        yield from _flow(level, flow)
    for node in level.nodes:
        leaving = level.outgoing(node.get("id", ""))
        if len(leaving) > 1 and local(node) not in _SPLITTING:
            yield level.problem("several_out", node)
        if local(node) in _DECIDING:
            yield from _deciding(level, node, leaving)
        if local(node) in _JOINING:
            yield from _joining(level, node)
        if local(node) == "eventBasedGateway":
            yield from _first_event(level, node, leaving)


def _flow(level: Level, flow: Flow) -> Iterator[Problem]:
    source = level.by_id.get(flow.source)
    if source is None or flow.target not in level.by_id:
        yield level.problem("loose_flow", flow.node, source=flow.source, target=flow.target)
    elif flow.condition and local(source) not in _DECIDING:
        yield level.problem("ignored_condition", flow.node, expression=flow.condition)
    elif flow.condition and source.get("default") == flow.id:
        yield level.problem("default_condition", flow.node, expression=flow.condition)


def _deciding(level: Level, node: Any, leaving: list[Flow]) -> Iterator[Problem]:
    default = node.get("default")
    if len(leaving) > 1 or any(flow.condition for flow in leaving):
        if default not in [flow.id for flow in leaving]:
            yield level.problem("no_default", node)
        for flow in leaving:
            if not flow.condition and flow.id != default:
                target = level.by_id.get(flow.target)
                name = flow.target if target is None else target.get("name") or flow.target
                yield level.problem("no_condition", node, flow=flow.id, target=name)


def _joining(level: Level, node: Any) -> Iterator[Problem]:
    """A join that waits for a way in from before and one from behind it would wait for ever."""
    own = node.get("id", "")
    entering = level.incoming(own)
    behind = reachable(level, {flow.target for flow in level.outgoing(own)})
    back = [flow.source in behind for flow in entering]
    if any(back) and not all(back):
        yield level.problem("join_in_loop", node)


def _first_event(level: Level, node: Any, leaving: list[Flow]) -> Iterator[Problem]:
    if len(leaving) < 2:
        yield level.problem("one_event", node)
    for flow in leaving:
        target = level.by_id.get(flow.target)
        if target is None:
            continue
        catches = local(target) == "receiveTask" or (
            local(target) == "intermediateCatchEvent"
            and event_kind(target) in ("timer", "message", "signal")
        )
        alone = len(level.incoming(flow.target)) == 1 and not level.boundary(flow.target)
        if not catches or not alone:
            yield level.problem("not_an_event", target, gateway=node.get("name") or node.get("id"))
