"""Differences by meaning: what a manager must see, and what an editor only writes differently."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.engine.bpmn_text import diagram, event, node, timer, user

from grantflow.programmes.differences import Difference, differences, plainly

DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="D">
<decision id="risk" name="Risiko"><decisionTable id="t" hitPolicy="FIRST">
<input id="i" label="Betrag"><inputExpression id="ie"><text>amount</text></inputExpression></input>
<output id="o" label="Ergebnis" name="result"/>{rules}</decisionTable></decision></definitions>"""


def _bpmn(*nodes: str, flows: list[str]) -> bytes:
    return diagram(*nodes, lines=flows, drawn=False)


Told = tuple[str, str, dict[str, tuple[str, str]]]


def _said(found: tuple[Difference, ...] | None) -> list[Told]:
    assert found is not None
    return [
        (
            each.kind,
            str(each.part.name) if each.part else "",
            {str(a.label): (str(a.old), str(a.new)) for a in each.alterations},
        )
        for each in found
    ]


def _of(before: bytes, after: bytes, path: str = "stages/x.bpmn") -> list[Told]:
    return _said(differences(path, before, after))


def test_elements_and_flows_are_added_removed_and_rerouted() -> None:
    before = _bpmn(user("u"), user("gone"), flows=["s u", "u gone", "gone e"])
    after = _bpmn(user("u"), user("fresh", due="P3D"), flows=["s u", "u fresh", "fresh e"])
    found = _of(before, after)
    by_name = {(kind, name): values for kind, name, values in found}
    assert by_name["added", "Aufgabe fresh"]["zu erledigen bis"] == ("", "P3D")
    assert by_name["removed", "Aufgabe gone"] == {}
    assert ("added", "Aufgabe u → Aufgabe fresh") in by_name
    assert ("removed", "Aufgabe gone → e") in by_name


def test_a_changed_target_is_said_by_name() -> None:
    before = _bpmn(user("u"), user("v"), flows=["s u", "u v", "v e"])
    after = before.replace(b'targetRef="v"', b'targetRef="e"')
    (changed,) = _of(before, after)
    assert changed[2] == {"nach": ("Aufgabe v", "e")}


def test_a_renamed_element_is_one_change_even_where_others_refer_to_it() -> None:
    before = _bpmn(user("u"), user("v", not_by="u"), flows=["s u", "u v", "v e"])
    after = before.replace(b'name="Aufgabe u"', b'name="Antrag lesen"')
    assert _of(before, after) == [
        ("changed", "Antrag lesen", {"Name": ("Aufgabe u", "Antrag lesen")})
    ]


def test_conditions_timers_and_messages_say_what_they_were() -> None:
    before = _bpmn(
        node("exclusiveGateway", "g"),
        node("intermediateCatchEvent", "wait", timer("P1D")),
        node("intermediateCatchEvent", "hear", event("message", "m1")),
        flows=["s g", "g wait: x > 1", "g e default", "wait hear", "hear e"],
    )
    after = before.replace(b"x &gt; 1", b"x &gt; 2").replace(b"P1D", b"P2D")
    after = after.replace(b'messageRef="m1"', b'messageRef="m2"')
    found = {name: values for _, name, values in _of(before, after)}
    assert found == {
        "g → wait": {"Bedingung": ("x > 1", "x > 2")},
        "wait": {"Dauer": ("P1D", "P2D")},
        "hear": {"Nachricht": ("m1", "m2")},
    }


def test_a_timer_that_becomes_a_date_and_an_event_that_ends_all_are_seen() -> None:
    before = _bpmn(node("intermediateCatchEvent", "wait", timer("P1D")), flows=["s wait", "wait e"])
    after = before.replace(b"timeDuration", b"timeDate")
    assert _of(before, after)[0][2] == {"Zeitpunkt": ("", "P1D"), "Dauer": ("P1D", "")}
    ends = before.replace(b'<endEvent id="e">', b'<endEvent id="e"><terminateEventDefinition/>')
    assert ends != before
    assert _of(before, ends)[0][2] == {"beendet alles": ("", "ja")}


def test_order_quotes_and_what_goes_without_saying_are_no_difference() -> None:
    before = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">
      <process id="p" name="P"><startEvent id="s"><outgoing>a</outgoing><outgoing>b</outgoing>
      </startEvent><endEvent id="e"/><boundaryEvent id="t" attachedToRef="e"/></process>
      </definitions>"""
    after = b"""<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" id='d'>
      <b:process name='P' id='p'><b:endEvent id='e'/>
      <b:boundaryEvent id="t" cancelActivity="true" attachedToRef="e"/>
      <b:startEvent id='s'><b:outgoing>b</b:outgoing><b:outgoing>a</b:outgoing></b:startEvent>
      </b:process></b:definitions>"""
    assert plainly("x.bpmn", before) == plainly("x.bpmn", after)
    assert _of(before, after) == [("spelling", "", {})]


def test_what_no_part_covers_is_not_hidden() -> None:
    before = _bpmn(flows=["s e"])
    assert _of(before, before.replace(b'id="all"', b'id="all" extra="1"')) == [("other", "", {})]


def test_moves_are_one_line() -> None:
    drawn = """<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"><di:BPMNPlane>
      <di:BPMNShape bpmnElement="s"><Bounds x="{x}"/></di:BPMNShape>
      <di:BPMNShape bpmnElement="e"><Bounds x="{x}"/></di:BPMNShape>
      </di:BPMNPlane></di:BPMNDiagram>"""
    plain = _bpmn(flows=["s e"])
    before, after = (
        plain.replace(b"</definitions>", drawn.format(x=x).encode() + b"</definitions>")
        for x in (1, 2)
    )
    assert _of(before, after) == [("layout", "", {})]


def test_a_form_is_compared_field_by_field() -> None:
    def form(*fields: dict[str, Any]) -> bytes:
        return json.dumps({"components": fields, "properties": {"title": "Antrag"}}).encode()

    name = {"id": "n", "type": "textfield", "key": "name", "label": "Name", "layout": {"row": "1"}}
    town = {"id": "t", "type": "select", "key": "town", "label": "Ort", "values": []}
    choice = {"label": "Hafen", "value": "port"}
    asked = {**name, "validate": {"required": True}, "layout": {"row": "2"}}
    found = _of(form(name, town), form({**town, "values": [choice]}, asked), "forms/x.form")
    assert found == [
        ("changed", "Ort", {"Auswahl": ("", "Hafen (port)")}),
        ("changed", "Name", {"Pflichtangabe": ("", "ja")}),
        ("order", "", {}),
        ("layout", "", {}),
    ]


def _row(own: str, test: str, answer: str) -> str:
    return (
        f'<rule id="{own}"><inputEntry><text>{test}</text></inputEntry>'
        f"<outputEntry><text>{answer}</text></outputEntry></rule>"
    )


def test_a_table_is_compared_cell_by_cell_and_its_order_counts() -> None:
    low, high = _row("low", "1", '"ok"'), _row("high", "2", '"check"')
    before = DMN.format(rules=low + high).encode()
    changed = DMN.format(rules=_row("high", "5", '"check"') + low).encode()
    assert _of(before, changed, "decisions/x.dmn") == [
        ("changed", "Zeile 1", {"Betrag": ("2", "5")}),
        ("order", "", {}),
    ]
    added = DMN.format(rules=low + high + _row("all", "-", '"no"')).encode()
    assert _of(before, added, "decisions/x.dmn") == [
        ("added", "Zeile 3", {"Betrag": ("", "-"), "Ergebnis": ("", '"no"')})
    ]


def test_texts_and_what_cannot_be_read_are_compared_as_texts() -> None:
    assert differences("letters/x/body.html", b"a", b"b") is None
    assert differences("x.bpmn", b"<broken", b"<a/>") is None
    assert differences("x.form", b"{}", b"{") is None
    assert plainly("x.bpmn", b"<broken") == "<broken"
