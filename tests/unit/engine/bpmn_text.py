"""Small diagrams as text for tests.

``diagram(node("userTask", "u"), flows=["s u e"])`` draws everything; a flow ``"g e: x > 1"`` has a
condition, ``"g e default"`` is the default way of ``g``. Start ``s`` and end ``e`` are there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from grantflow.decisions import DecisionTable
from grantflow.engine import Instance, Step, parse

NOW = datetime(2026, 1, 30, 9, tzinfo=UTC)
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:sw="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:other="http://example.org/other" id="all">'
)
ROOT = "".join(
    [
        *(f'<message id="{name}" name="{name}"/>' for name in ("m1", "m2")),
        '<signal id="s1" name="s1"/>',
        '<error id="e1" name="Fehler" errorCode="broken"/>',
        '<error id="e2" name="Anderer" errorCode="other"/>',
        '<escalation id="x1" name="x1" escalationCode="x1"/>',
    ]
)


def props(**values: str) -> str:
    """GrantFlow properties."""
    inside = "".join(
        f"<sw:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in values.items()
    )
    return f"<extensionElements><sw:properties>{inside}</sw:properties></extensionElements>"


def node(tag: str, own: str, inside: str = "", **attributes: str) -> str:
    """One element."""
    text = "".join(f" {k}={quoteattr(v)}" for k, v in attributes.items())
    return f'<{tag} id="{own}"{text}>{inside}</{tag}>'


def user(own: str, inside: str = "", **values: str) -> str:
    """A user task of a clerk."""
    values = {"form": "none", "role": "CLERK", **values}
    return node("userTask", own, props(**values) + inside, name=f"Aufgabe {own}")


def effect(own: str, name: str = "note", inside: str = "", **values: str) -> str:
    """A service task."""
    return node("serviceTask", own, props(effect=name, **values) + inside, name=f"Wirkung {own}")


def script(own: str, text: str) -> str:
    """A script task."""
    return node("scriptTask", own, f"<script>{escape(text)}</script>")


def timer(text: str, kind: str = "timeDuration") -> str:
    """A timer definition."""
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def event(kind: str, name: str = "") -> str:
    """Any other event definition."""
    reference = f' {kind}Ref="{name}"' if name else ""
    return f"<{kind}EventDefinition{reference}/>"


def each(collection: str, item: str, *, sequential: bool = False, inside: str = "") -> str:
    """A multi-instance over a list."""
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<loopDataInputRef>{collection}</loopDataInputRef>"
        f'<inputDataItem name="{item}"/>{inside}</multiInstanceLoopCharacteristics>'
    )


def results(collection: str, item: str) -> str:
    """What a multi-instance gathers."""
    return (
        f"<loopDataOutputRef>{collection}</loopDataOutputRef>"
        f'<outputDataItem name="{item}"/>'
    )  # fmt: skip


def flows(*lines: str) -> tuple[str, dict[str, str]]:
    """Sequence flows, and the default flow of each gateway that has one."""
    found, defaults = [], {}
    for line in lines:
        path, _, condition = line.partition(":")
        names = path.split()
        default = names[-1] == "default"
        names = names[:-1] if default else names
        for source, target in pairwise(names):
            own = f"{source}_{target}"
            if default:
                defaults[source] = own
            inside = (
                f"<conditionExpression>{escape(condition.strip())}</conditionExpression>"
                if condition
                else ""
            )
            found.append(
                f'<sequenceFlow id="{own}" sourceRef="{source}" targetRef="{target}">'
                f"{inside}</sequenceFlow>"
            )
    return "".join(found), defaults


def level(
    *nodes: str, lines: tuple[str, ...] | list[str], ends: bool = True, mark: str = ""
) -> str:
    """The inside of a process or sub-process."""
    drawn, defaults = flows(*lines)
    text = "".join(nodes)
    if ends:
        text = node("startEvent", f"s{mark}") + text + node("endEvent", f"e{mark}")
    for gateway, flow in defaults.items():
        text = text.replace(f'id="{gateway}"', f'id="{gateway}" default="{flow}"', 1)
    return text + drawn


def sub(own: str, *nodes: str, lines: list[str], inside: str = "", **attributes: str) -> str:
    """A sub-process with start ``s_<id>`` and end ``e_<id>``."""
    return node(
        "subProcess", own, inside + level(*nodes, lines=lines, mark=f"_{own}"), **attributes
    )


def hanging(own: str, start: str, *nodes: str, lines: list[str], goes_on: bool = False) -> str:
    """An event sub-process; its start event is ``s_<id>``."""
    begin = node("startEvent", f"s_{own}", start, isInterrupting=str(not goes_on).lower())
    finish = node("endEvent", f"e_{own}")
    inside = level(begin, *nodes, finish, lines=lines, ends=False)
    return node("subProcess", own, inside, triggeredByEvent="true")


def border(own: str, host: str, definition: str, *, goes_on: bool = False) -> str:
    """A boundary event."""
    cancels = str(not goes_on).lower()
    return node("boundaryEvent", own, definition, attachedToRef=host, cancelActivity=cancels)


def diagram(
    *nodes: str,
    lines: list[str],
    process: str = "p",
    root: str = ROOT,
    ends: bool = True,
    executable: str = "true",
    drawn: bool = True,
) -> bytes:
    """A whole file with one process, everything drawn."""
    inside = level(*nodes, lines=lines, ends=ends)
    marks = f' isExecutable="{executable}"' if executable else ""
    body = f'<process id="{process}" name="Ablauf"{marks}>{inside}</process>'
    return (HEAD + root + body + (_drawing(body) if drawn else "") + "</definitions>").encode()


def _kind(tag: str) -> str:
    return "Edge" if tag == "sequenceFlow" else "Shape"


def _drawing(body: str) -> str:
    ids = re.findall(r'<(\w+) id="([^"]+)"', body)
    shapes = "".join(
        f'<di:BPMN{_kind(tag)} id="{own}_di" bpmnElement="{own}"/>'
        for tag, own in ids
        if tag != "process"
    )
    return f'<di:BPMNDiagram id="di">{shapes}</di:BPMNDiagram>'


class Run:
    """Walks through a diagram, storing and loading before every action."""

    def __init__(
        self,
        xml: bytes,
        data: dict[str, Any] | None = None,
        tables: Mapping[str, DecisionTable] = MappingProxyType({}),
    ) -> None:
        self.definition = parse({"p.bpmn": xml}, tables)["p"]
        self.now = NOW
        self.instance = Instance.start(self.definition, data or {}, NOW)
        self.asked = self.instance.pending()
        self.step: Step = self.instance.step()

    def load(self) -> Instance:
        return Instance.load(self.definition, self.step.state, self.now)

    def act(self, action: Any) -> Any:
        instance = self.load()
        found = action(instance)
        self.asked = instance.pending()
        self.gone = instance.cancelled()
        self.step = instance.step()
        return found

    def complete(self, element: str, **data: Any) -> None:
        task = next(t for t in self.step.tasks if t.element_id == element)
        self.act(lambda i: i.complete(task.id, data))

    def message(self, name: str, **payload: Any) -> bool:
        return self.act(lambda i: i.message(name, payload))

    def fire(self, moment: datetime) -> int:
        self.now = moment
        return self.act(lambda i: i.fire_due())

    @property
    def open(self) -> list[str]:
        """The open tasks by element."""
        return [task.element_id for task in self.step.tasks]

    @property
    def path(self) -> list[str]:
        """What the last action has passed."""
        return [p.element_id for p in self.step.passed if not p.cancelled]
