"""The shipped diagrams are drawn for readers: complete, straight, without crossings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

ROOT = Path(__file__).parents[3]
DIAGRAMS = sorted([*ROOT.glob("workflows/**/*.bpmn"), *ROOT.glob("tests/programmes/**/*.bpmn")])
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
PROPERTY = "{http://spiffworkflow.org/bpmn/schema/1.0/core}property"
NODES = ("Task", "Event", "Gateway", "Activity")
Point = tuple[float, float]
Line = tuple[Point, Point]

each_diagram = pytest.mark.parametrize(
    "path", DIAGRAMS, ids=lambda p: str(p.relative_to(ROOT)).replace("/", ".")
)


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@dataclass(frozen=True)
class Drawing:
    process: Any
    boxes: dict[str, Box]
    edges: dict[str, list[Point]]

    def nodes(self) -> Iterator[Any]:
        return (n for n in self.process if etree.QName(n).localname.endswith(NODES))

    def flows(self) -> list[Any]:
        return list(self.process.iter(f"{BPMN}sequenceFlow"))

    def lines(self, flow: str) -> list[Line]:
        return list(pairwise(self.edges[flow]))


@lru_cache
def drawing(path: Path) -> Drawing:
    root = etree.parse(path).getroot()
    boxes = {}
    for shape in root.iter(f"{DI}BPMNShape"):
        x, y, w, h = (
            float(shape.find(f"{DC}Bounds").get(k)) for k in ("x", "y", "width", "height")
        )
        boxes[shape.get("bpmnElement")] = Box(x, y, x + w, y + h)
    edges = {
        edge.get("bpmnElement"): [
            (float(p.get("x")), float(p.get("y"))) for p in edge.iter(WAYPOINT)
        ]
        for edge in root.iter(f"{DI}BPMNEdge")
    }
    return Drawing(root.find(f"{BPMN}process"), boxes, edges)


def is_flat(line: Line) -> bool:
    return line[0][1] == line[1][1]


def cross(one: Line, other: Line) -> bool:
    """Whether two lines at right angles cut each other, or two parallel ones lie on each other."""
    if is_flat(one) != is_flat(other):
        flat, steep = (one, other) if is_flat(one) else (other, one)
        left, right = sorted((flat[0][0], flat[1][0]))
        top, bottom = sorted((steep[0][1], steep[1][1]))
        return left + 1 < steep[0][0] < right - 1 and top + 1 < flat[0][1] < bottom - 1
    along, across = (0, 1) if is_flat(one) else (1, 0)
    if one[0][across] != other[0][across]:
        return False
    (a, b), (c, d) = (sorted((p[along], q[along])) for p, q in (one, other))
    return min(b, d) - max(a, c) > 2


def passes(line: Line, box: Box) -> bool:
    (x1, x2), (y1, y2) = (sorted((line[0][i], line[1][i])) for i in (0, 1))
    inside = x1 < box.right - 1 and x2 > box.left + 1
    return inside and y1 < box.bottom - 1 and y2 > box.top + 1


def test_crossing_and_covering_lines_are_found() -> None:
    flat, steep = ((0.0, 0.0), (10.0, 0.0)), ((5.0, -5.0), (5.0, 5.0))
    assert cross(flat, steep)
    assert cross(flat, ((4.0, 0.0), (20.0, 0.0)))
    assert not cross(flat, ((10.0, 0.0), (20.0, 0.0)))
    assert not cross(flat, ((5.0, 3.0), (5.0, 9.0)))


@each_diagram
def test_the_process_is_called_like_its_file(path: Path) -> None:
    process = drawing(path).process
    assert process.get("id") == path.stem
    assert process.get("isExecutable") == "true"


@each_diagram
def test_every_step_and_every_flow_is_drawn(path: Path) -> None:
    drawn = drawing(path)
    assert {n.get("id") for n in drawn.nodes()} <= set(drawn.boxes)
    assert {f.get("id") for f in drawn.flows()} == set(drawn.edges)


@each_diagram
def test_every_step_lies_inside_its_lane(path: Path) -> None:
    drawn = drawing(path)
    lanes = list(drawn.process.iter(f"{BPMN}lane"))
    placed = {ref.text: lane.get("id") for lane in lanes for ref in lane.iter(f"{BPMN}flowNodeRef")}
    assert not lanes or set(placed) == {n.get("id") for n in drawn.nodes()}
    for node, lane in placed.items():
        box = drawn.boxes[node]
        middle = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        assert drawn.boxes[lane].holds(*middle), (node, lane)


@each_diagram
def test_lines_run_straight_and_do_not_cross(path: Path) -> None:
    drawn = drawing(path)
    for flow in drawn.edges:
        for start, end in drawn.lines(flow):
            assert start[0] == end[0] or start[1] == end[1], f"{flow} is slanted"
    for one, other in combinations(drawn.edges, 2):
        for a, b in product(drawn.lines(one), drawn.lines(other)):
            assert not cross(a, b), f"{one} and {other} cross"


@each_diagram
def test_no_line_runs_through_a_step(path: Path) -> None:
    drawn = drawing(path)
    hosts = {n.get("id"): n.get("attachedToRef") for n in drawn.nodes()}
    for flow in drawn.flows():
        ends = {flow.get("sourceRef"), flow.get("targetRef"), hosts[flow.get("sourceRef")]}
        others = {n for n, host in hosts.items() if n not in ends and host not in ends}
        for line, other in product(drawn.lines(flow.get("id")), others):
            assert not passes(line, drawn.boxes[other]), f"{flow.get('id')} runs through {other}"


@each_diagram
def test_steps_and_lanes_do_not_overlap(path: Path) -> None:
    drawn = drawing(path)
    steps = [n.get("id") for n in drawn.nodes() if n.get("attachedToRef") is None]
    for one, other in combinations(steps, 2):
        a, b = drawn.boxes[one], drawn.boxes[other]
        apart = a.right < b.left or b.right < a.left or a.bottom < b.top or b.bottom < a.top
        assert apart, f"{one} lies on {other}"


@each_diagram
def test_every_name_is_there_in_german_and_in_english(path: Path) -> None:
    named = [drawing(path).process, *drawing(path).nodes(), *drawing(path).flows()]
    for one in named:
        own = one.find(f"{BPMN}extensionElements")
        english = (
            {p.get("name"): p.get("value") for p in own.iter(PROPERTY)} if own is not None else {}
        )
        assert bool(one.get("name")) == bool(english.get("name_en")), one.get("id")
    tasks = [n for n in drawing(path).nodes() if etree.QName(n).localname.endswith("Task")]
    assert all(n.get("name") for n in tasks)
