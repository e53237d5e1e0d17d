"""How many tasks SpiffWorkflow would predict for a level: it unfolds every path ahead."""

from __future__ import annotations

import sys
from typing import Any

from grantflow.engine.lint.diagram import Level
from grantflow.engine.xml import local

_CHOICES = ("exclusiveGateway", "inclusiveGateway", "eventBasedGateway")
_AT_AN_END = 3  # the end event itself and what closes the level behind it
ENDLESS = sys.maxsize


def predicted(level: Level) -> int:
    """The number of predicted tasks; huge where a path goes round without any choice."""
    following: dict[str, list[str]] = {}
    for flow in level.flows:
        following.setdefault(flow.source, []).append(flow.target)
    for node in level.nodes:
        if node.get("attachedToRef"):
            following.setdefault(node.get("attachedToRef"), []).append(node.get("id", ""))
    counts: dict[str, int] = {}
    starts = [n.get("id", "") for n in level.nodes if local(n) == "startEvent"]
    return sum(_count(level, following, start, counts) for start in starts)


def _count(
    level: Level, following: dict[str, list[str]], start: str, counts: dict[str, int]
) -> int:
    """Depth first without recursion; a node that is met again while open closes a circle."""
    todo: list[tuple[str, bool]] = [(start, False)]
    being_counted: set[str] = set()
    while todo:
        here, done = todo.pop()
        ahead = _ahead(level.by_id.get(here), following.get(here, []))
        if done:
            being_counted.discard(here)
            own = _AT_AN_END if here in level.by_id and not following.get(here) else 1
            counts[here] = min(ENDLESS, own + sum(counts.get(n, 2) for n in ahead))
        elif here in being_counted:
            return ENDLESS
        elif here not in counts:
            being_counted.add(here)
            todo.append((here, True))
            todo += [(n, False) for n in ahead]
    return counts.get(start, 0)


def _ahead(node: Any, following: list[str]) -> list[str]:
    """What is predicted for certain; behind a choice only a glimpse is, which is not followed."""
    return [] if node is None or local(node) in _CHOICES else following
