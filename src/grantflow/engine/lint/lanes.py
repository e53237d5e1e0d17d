"""Which lane an element lies in."""

from __future__ import annotations

from typing import Any

from grantflow.engine.elements import innermost_lane, lanes_of
from grantflow.engine.xml import local


def lane_of(node: Any) -> str:
    """The name of the innermost lane around a node; empty when there is none."""
    process = node
    while local(process) != "process":
        process = process.getparent()
    return innermost_lane(node, lanes_of(process))
