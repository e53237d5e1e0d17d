"""Rules about the picture: what has no shape cannot be shown, edited or followed."""

from __future__ import annotations

from collections.abc import Iterator

from grantflow.engine.lint.diagram import Diagram
from grantflow.engine.xml import BPMNDI
from grantflow.errors import Problem


def check(diagram: Diagram) -> Iterator[Problem]:
    """Every element needs a shape and every flow an edge."""
    shapes = _drawn(diagram, "BPMNShape")
    edges = _drawn(diagram, "BPMNEdge")
    if not shapes:
        yield Problem("lint.no_drawing", {}, diagram.file)
        return
    for level in diagram.levels:
        for node in level.nodes:
            if node.get("id", "") not in shapes:
                yield level.problem("not_drawn", node)
        for flow in level.flows:
            if flow.id not in edges:
                yield level.problem("not_drawn", flow.node)


def _drawn(diagram: Diagram, kind: str) -> set[str]:
    return {each.get("bpmnElement", "") for each in diagram.root.iter(f"{{{BPMNDI}}}{kind}")}
