"""One loop of human tasks as BPMN, once in our dialect and once for the stock engine (Python)."""

from __future__ import annotations

from collections.abc import Mapping

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' id="d" targetNamespace="http://bpmn.io/schema/bpmn">'
)
STEPS = ("request_payment", "check_payment", "approve_payment")


def _loop(condition: str) -> str:
    """Start, three tasks, a gateway back to the first one; three payments to a round."""
    nodes = ['<bpmn:startEvent id="start"><bpmn:outgoing>f0</bpmn:outgoing></bpmn:startEvent>']
    flows = ['<bpmn:sequenceFlow id="f0" sourceRef="start" targetRef="merge"/>']
    nodes.append(
        '<bpmn:exclusiveGateway id="merge"><bpmn:incoming>f0</bpmn:incoming>'
        "<bpmn:incoming>back</bpmn:incoming><bpmn:outgoing>f1</bpmn:outgoing>"
        "</bpmn:exclusiveGateway>"
    )
    flows.append(f'<bpmn:sequenceFlow id="f1" sourceRef="merge" targetRef="{STEPS[0]}"/>')
    for number, step in enumerate(STEPS, 1):
        target = STEPS[number] if number < len(STEPS) else "more"
        nodes.append(
            f'<bpmn:userTask id="{step}" name="{step}"><bpmn:incoming>f{number}</bpmn:incoming>'
            f"<bpmn:outgoing>f{number + 1}</bpmn:outgoing></bpmn:userTask>"
        )
        flows.append(
            f'<bpmn:sequenceFlow id="f{number + 1}" sourceRef="{step}" targetRef="{target}"/>'
        )
    nodes.append(
        '<bpmn:exclusiveGateway id="more" default="leave"><bpmn:incoming>f4</bpmn:incoming>'
        "<bpmn:outgoing>back</bpmn:outgoing><bpmn:outgoing>leave</bpmn:outgoing>"
        "</bpmn:exclusiveGateway>"
    )
    flows.append(
        '<bpmn:sequenceFlow id="back" sourceRef="more" targetRef="merge"><bpmn:conditionExpression'
        f' xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
        "</bpmn:sequenceFlow>"
        '<bpmn:sequenceFlow id="leave" sourceRef="more" targetRef="end"/>'
    )
    nodes.append('<bpmn:endEvent id="end"><bpmn:incoming>leave</bpmn:incoming></bpmn:endEvent>')
    return "".join(nodes + flows)


def _process(name: str, inside: str, lane: str) -> str:
    return (
        f'{_HEAD}<bpmn:process id="{name}" name="{name}" isExecutable="true">'
        f"{lane}{inside}</bpmn:process></bpmn:definitions>"
    )


def stock() -> bytes:
    """The loop for SpiffWorkflow's own script engine."""
    return _process("lifecycle", _loop("more == 'yes'"), "").encode()


def ours() -> bytes:
    """The loop in GrantFlow's dialect."""
    refs = "".join(f"<bpmn:flowNodeRef>{step}</bpmn:flowNodeRef>" for step in STEPS)
    lane = (
        f'<bpmn:laneSet id="lanes"><bpmn:lane id="lane" name="Büro">{refs}</bpmn:lane>'
        "</bpmn:laneSet>"
    )
    return _process("lifecycle", _loop('more = "yes"'), lane).encode()


def answers(number: int) -> Mapping[str, str]:
    """About 600 bytes of form content, as a payment request has."""
    fields = {f"field_{i}": f"Angabe {i} zu Schritt {number} " + "x" * 30 for i in range(10)}
    return {**fields, "more": "yes"}
