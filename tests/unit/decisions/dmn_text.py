"""Decision tables as DMN text for tests."""

from __future__ import annotations

from xml.sax.saxutils import escape

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def cell(tag: str, text: str) -> str:
    return f"<{tag}><text>{escape(text)}</text></{tag}>"


def table(
    rules: list[tuple[list[str], list[str]]],
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
    inputs: tuple[str, ...] = ("x",),
    outputs: tuple[str, ...] = ("result",),
    values: str = "",
    default: str = "",
    own: str = "d",
    requires: tuple[str, ...] = (),
) -> str:
    """One decision."""
    needs = "".join(
        f'<informationRequirement><requiredDecision href="#{name}"/></informationRequirement>'
        for name in requires
    )
    asked = "".join(
        f'<input id="{own}_in_{n}" label="{escape(text)}">{cell("inputExpression", text)}</input>'
        for n, text in enumerate(inputs)
    )
    told = "".join(
        f'<output id="{own}_out_{n}" name="{name}">'
        + (cell("outputValues", values) if values else "")
        + (cell("defaultOutputEntry", default) if default else "")
        + "</output>"
        for n, name in enumerate(outputs)
    )
    rows = "".join(
        f'<rule id="{own}_rule_{n}"><description>Regel {n}</description>'
        + "".join(cell("inputEntry", t) for t in tests)
        + "".join(cell("outputEntry", a) for a in answers)
        + "</rule>"
        for n, (tests, answers) in enumerate(rules, 1)
    )
    gathered = f' aggregation="{aggregation}"' if aggregation else ""
    return (
        f'<decision id="{own}" name="Tabelle {own}">{needs}'
        f'<decisionTable id="{own}_t" hitPolicy="{policy}"{gathered}>{asked}{told}{rows}'
        "</decisionTable></decision>"
    )


def dmn(*decisions: str, namespace: str = NAMESPACE) -> bytes:
    """A whole file."""
    return f'<definitions xmlns="{namespace}" id="f">{"".join(decisions)}</definitions>'.encode()
