"""Random block-structured diagrams as BPMN, for tests that walk through them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax.saxutils import quoteattr

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

MESSAGES = ("m1", "m2", "m3")
SIGNALS = ("s1", "s2")
ESCALATIONS = ("x1", "x2")
ERRORS = ("e1", "e2")
CHOICES = ("c1", "c2", "c3")  # whole numbers from 0 to 2, for conditions
VALUES = ("x", "y", "z")  # anything
LISTS = ("items", "more_items")
DURATIONS = ("P1D", "P3D", "PT36H", "P1M", "=length")
PREFIX = "http://www.omg.org/spec/BPMN/20100524/MODEL"

Block = tuple  # (kind, details...); drawn by ``blocks``, drawn as XML by ``Drawing``


# ---- what can be drawn


def leaves() -> SearchStrategy[Block]:
    """Single activities and events."""
    return st.one_of(
        st.just(("user",)),
        st.just(("user",)),
        st.just(("effect",)),
        st.just(("script",)),
        st.just(("call",)),
        st.tuples(st.just("receive"), st.sampled_from(MESSAGES)),
        st.tuples(st.just("catch"), events(["timer", "message", "signal"])),
        st.tuples(st.just("throw"), events(["message", "signal", "escalation"])),
    )


def events(kinds: list[str]) -> SearchStrategy[tuple[str, str]]:
    """An event kind with its name or time."""
    names = {
        "timer": st.sampled_from(DURATIONS),
        "cycle": st.sampled_from(("R2/P1D", "R/P7D", "R3/PT12H")),
        "message": st.sampled_from(MESSAGES),
        "signal": st.sampled_from(SIGNALS),
        "error": st.sampled_from(ERRORS),
        "escalation": st.sampled_from(ESCALATIONS),
    }
    return st.one_of(*(st.tuples(st.just(kind), names[kind]) for kind in kinds))


def hosts(inner: SearchStrategy[Block]) -> SearchStrategy[Block]:
    """Activities that can bear boundary events and loops."""
    return st.one_of(
        st.just(("user",)),
        st.just(("effect",)),
        st.just(("call",)),
        st.tuples(st.just("sub"), inner, st.sampled_from(("none", "none", "error", "terminate"))),
    )


def _compound(inner: SearchStrategy[Block]) -> SearchStrategy[Block]:
    several = st.lists(inner, min_size=2, max_size=3)
    border = st.tuples(
        events(["timer", "message", "signal", "escalation", "error", "cycle"]),
        st.booleans(),
        inner,
    )
    hanging = st.tuples(events(["timer", "message", "signal", "cycle"]), st.booleans(), inner)
    return st.one_of(
        st.tuples(st.just("seq"), several),
        st.tuples(st.just("xor"), several),
        st.tuples(st.just("inclusive"), several),
        st.tuples(st.just("parallel"), several),
        st.tuples(st.just("fan"), several, inner),
        st.tuples(st.just("loop"), inner),
        st.tuples(st.just("first"), st.lists(
            st.tuples(events(["timer", "message", "signal"]), inner), min_size=2, max_size=3,
            unique_by=lambda way: way[0],
        )),
        st.tuples(
            st.just("each"), hosts(inner), st.booleans(), st.sampled_from(LISTS), st.booleans()
        ),
        st.tuples(st.just("while"), hosts(inner), st.sampled_from(CHOICES)),
        st.tuples(st.just("border"), hosts(inner), st.lists(border, min_size=1, max_size=2),
                  st.booleans()),
        st.tuples(st.just("level"), inner, st.lists(hanging, min_size=1, max_size=2)),
    )  # fmt: skip


def blocks() -> SearchStrategy[Block]:
    """Whole diagrams."""
    return st.recursive(leaves(), _compound, max_leaves=9)


# ---- how it is drawn


@dataclass
class Drawing:
    """Writes blocks as BPMN; every element gets an id of its own."""

    count: int = 0
    nodes: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    def node(self, kind: str, tag: str, inside: str = "", **attributes: str) -> str:
        """Add an element and return its id."""
        own = self.id(kind)
        self.add(own, tag, inside, **attributes)
        return own

    def add(self, own: str, tag: str, inside: str = "", **attributes: str) -> None:
        text = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        self.nodes.append(f'<{tag} id="{own}"{text}>{inside}</{tag}>')
        self.shapes.append(f'<di:BPMNShape id="{own}_di" bpmnElement="{own}"/>')

    def flow(self, source: str, target: str, condition: str = "") -> str:
        own = self.id("flow")
        inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
        self.nodes.append(
            f'<sequenceFlow id="{own}" sourceRef="{source}" targetRef="{target}">'
            f"{inside}</sequenceFlow>"
        )
        self.shapes.append(f'<di:BPMNEdge id="{own}_di" bpmnElement="{own}"/>')
        return own

    # A block is drawn by the method of its name and gives its first and its last element.

    def draw(self, block: Block, *, loop: str = "") -> tuple[str, str]:
        return getattr(self, f"draw_{block[0]}")(*block[1:], **({"loop": loop} if loop else {}))

    def single(self, own: str) -> tuple[str, str]:
        return own, own

    def draw_user(self, loop: str = "") -> tuple[str, str]:
        inside = properties(form="none", role="CLERK", item="=c1 + 1", due="P14D") + loop
        return self.single(self.node("user", "userTask", inside, name="Aufgabe"))

    def draw_effect(self, loop: str = "") -> tuple[str, str]:
        inside = properties(effect="note", text="=c2", result="x") + loop
        return self.single(self.node("effect", "serviceTask", inside))

    def draw_script(self) -> tuple[str, str]:
        script = "<script>c1 = if c1 > 1 then 0 else c1 + 1\ny = [c1, c2]</script>"
        return self.single(self.node("script", "scriptTask", script))

    def draw_call(self, loop: str = "") -> tuple[str, str]:
        return self.single(self.node("call", "callActivity", loop, calledElement="child"))

    def draw_receive(self, message: str) -> tuple[str, str]:
        inside = properties(payload="z,c1")
        return self.single(self.node("receive", "receiveTask", inside, messageRef=message))

    def draw_catch(self, event: tuple[str, str]) -> tuple[str, str]:
        return self.single(self.node("catch", "intermediateCatchEvent", definition(event)))

    def draw_throw(self, event: tuple[str, str]) -> tuple[str, str]:
        inside = definition(event, payload="y,c2")
        return self.single(self.node("throw", "intermediateThrowEvent", inside))

    def draw_seq(self, parts: list[Block]) -> tuple[str, str]:
        ends = [self.draw(part) for part in parts]
        for (_, last), (first, _) in pairwise(ends):
            self.flow(last, first)
        return ends[0][0], ends[-1][1]

    def _ways(self, split: str, join: str, parts: list[Block], conditional: bool) -> str:
        default = ""
        for number, part in enumerate(parts):
            first, last = self.draw(part)
            condition = f"c{number + 1} &gt; 0" if conditional and number else ""
            flow = self.flow(split, first, condition)
            default = default or flow
            self.flow(last, join)
        return default

    def draw_xor(self, parts: list[Block]) -> tuple[str, str]:
        return self._gateway("exclusiveGateway", parts)

    def draw_inclusive(self, parts: list[Block]) -> tuple[str, str]:
        return self._gateway("inclusiveGateway", parts)

    def _gateway(self, tag: str, parts: list[Block]) -> tuple[str, str]:
        split, join = self.id("split"), self.node("join", tag)
        default = self._ways(split, join, parts, conditional=True)
        self.add(split, tag, default=default)
        return split, join

    def draw_parallel(self, parts: list[Block]) -> tuple[str, str]:
        split, join = self.node("split", "parallelGateway"), self.node("join", "parallelGateway")
        self._ways(split, join, parts, conditional=False)
        return split, join

    def draw_fan(self, parts: list[Block], other: Block) -> tuple[str, str]:
        """A split in a split; all ways meet in one join only."""
        split, inner = self.node("split", "parallelGateway"), self.node("split", "parallelGateway")
        join = self.node("join", "parallelGateway")
        self._ways(inner, join, parts, conditional=False)
        self.flow(split, inner)
        first, last = self.draw(other)
        self.flow(split, first)
        self.flow(last, join)
        return split, join

    def draw_loop(self, part: Block) -> tuple[str, str]:
        merge, out = self.node("merge", "exclusiveGateway"), self.id("again")
        first, last = self.draw(part)
        self.flow(merge, first)
        self.flow(last, out)
        after = self.node("after", "scriptTask", "<script>c3 = if c3 &gt; 1 then 0 else 2</script>")
        default = self.flow(out, after)
        self.flow(out, merge, "c3 &gt; 0")
        self.add(out, "exclusiveGateway", default=default)
        return merge, after

    def draw_first(self, ways: list[tuple[tuple[str, str], Block]]) -> tuple[str, str]:
        gateway = self.node("gateway", "eventBasedGateway")
        merge = self.node("merge", "exclusiveGateway")
        for event, part in ways:
            caught = self.node("catch", "intermediateCatchEvent", definition(event))
            first, last = self.draw(part)
            self.flow(gateway, caught)
            self.flow(caught, first)
            self.flow(last, merge)
        return gateway, merge

    def draw_each(
        self, host: Block, sequential: bool, source: str, results: bool
    ) -> tuple[str, str]:
        # Only people and effects are sure to set x in every round.
        results = results and host[0] in ("user", "effect")
        output = "<loopDataOutputRef>found</loopDataOutputRef>" if results else ""
        item = '<outputDataItem name="x"/>' if results else ""
        loop = (
            f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
            f"<loopDataInputRef>{source}</loopDataInputRef>{output}"
            f'<inputDataItem name="item"/>{item}</multiInstanceLoopCharacteristics>'
        )
        return self.draw(host, loop=loop)

    def draw_while(self, host: Block, choice: str) -> tuple[str, str]:
        loop = (
            '<standardLoopCharacteristics loopMaximum="4">'
            f"<loopCondition>{choice} &gt; 0</loopCondition></standardLoopCharacteristics>"
        )
        return self.draw(host, loop=loop)

    def draw_sub(self, part: Block, ending: str, loop: str = "") -> tuple[str, str]:
        return self.single(self._sub(lambda: self._body(part, ending), loop))

    def _sub(self, body, loop: str = "", **attributes: str) -> str:
        own = self.id("sub")
        outside, self.nodes = self.nodes, []
        body()
        inside, self.nodes = "".join(self.nodes), outside
        self.add(own, "subProcess", loop + inside, **attributes)
        return own

    def _body(self, part: Block, ending: str = "none") -> None:
        start = self.node("start", "startEvent")
        first, last = self.draw(part)
        self.flow(start, first)
        if ending == "none":
            self.flow(last, self.node("end", "endEvent"))
            return
        inside = (
            "<terminateEventDefinition/>" if ending == "terminate" else definition(("error", "e1"))
        )
        choice = self.id("choice")
        self.flow(last, choice)
        default = self.flow(choice, self.node("end", "endEvent"))
        self.flow(choice, self.node("end", "endEvent", inside), "c1 = 1")
        self.add(choice, "exclusiveGateway", default=default)

    def draw_border(self, host: Block, borders: list[tuple], rejoin: bool) -> tuple[str, str]:
        own, _ = self.draw(host)
        after = self.node("merge", "exclusiveGateway")
        self.flow(own, after)
        for event, interrupting, part in borders:
            # These arise in sub-processes only; errors interrupt, repeating timers must not.
            arises = host[0] == "sub" or event[0] not in ("escalation", "error")
            kind = event if arises else ("message", "m1")
            cancels = kind[0] == "error" or (interrupting and kind[0] != "cycle")
            inside = definition(kind)
            border = self.node(
                "border", "boundaryEvent", inside, attachedToRef=own,
                cancelActivity=str(cancels).lower(),
            )  # fmt: skip
            first, last = self.draw(part)
            self.flow(border, first)
            self.flow(last, after if rejoin and cancels else self.node("end", "endEvent"))
        return own, after

    def draw_level(self, part: Block, hanging: list[tuple]) -> tuple[str, str]:
        """A sub-process with event sub-processes in it."""

        def body() -> None:
            self._body(part)
            for event, interrupting, inner in hanging:
                self.hang(event, interrupting, inner)

        return self.single(self._sub(body))

    def hang(self, event: tuple[str, str], interrupting: bool, part: Block) -> None:
        cancels = interrupting and event[0] != "cycle"

        def body() -> None:
            start = self.node(
                "start", "startEvent", definition(event), isInterrupting=str(cancels).lower()
            )
            first, last = self.draw(part)
            self.flow(start, first)
            self.flow(last, self.node("end", "endEvent"))

        self._sub(body, triggeredByEvent="true")


def properties(**values: str) -> str:
    """GrantFlow properties as XML."""
    inside = "".join(
        f"<sw:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in values.items()
    )
    return (
        f"<extensionElements><sw:properties>{inside}</sw:properties></extensionElements>"
        if values
        else ""
    )


def definition(event: tuple[str, str], payload: str = "z,c1") -> str:
    """An event definition, with the variables it carries."""
    kind, name = event
    if kind == "timer":
        return f"<timerEventDefinition><timeDuration>{name}</timeDuration></timerEventDefinition>"
    if kind == "cycle":
        return f"<timerEventDefinition><timeCycle>{name}</timeCycle></timerEventDefinition>"
    return properties(payload=payload) + f'<{kind}EventDefinition {kind}Ref="{name}"/>'


@dataclass(frozen=True)
class Case:
    """A diagram ready to parse."""

    xml: bytes


@st.composite
def diagrams(draw: DrawFn) -> Case:
    """A process with one block in it, sometimes with event sub-processes around it."""
    block = draw(blocks())
    hanging = draw(
        st.lists(
            st.tuples(events(["timer", "message", "signal", "cycle"]), st.booleans(), leaves()),
            max_size=1,
        )
    )
    drawing = Drawing()
    drawing._body(block)
    for each in hanging:
        drawing.hang(*each)
    root = [
        *(f'<message id="{name}" name="{name}"/>' for name in MESSAGES),
        *(f'<signal id="{name}" name="{name}"/>' for name in SIGNALS),
        *(f'<escalation id="{n}" name="{n}" escalationCode="{n}"/>' for n in ESCALATIONS),
        *(f'<error id="{n}" name="{n}" errorCode="{n}"/>' for n in ERRORS),
        '<process id="walk" name="Walk" isExecutable="true">',
        *drawing.nodes,
        "</process>",
        '<di:BPMNDiagram id="di">',
        *drawing.shapes,
        "</di:BPMNDiagram>",
    ]
    head = (
        f'<definitions xmlns="{PREFIX}" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
        'xmlns:sw="http://spiffworkflow.org/bpmn/schema/1.0/core" id="all">'
    )
    return Case((head + "".join(root) + "</definitions>").encode())
