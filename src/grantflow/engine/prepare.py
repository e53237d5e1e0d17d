"""Makes a parsed process complete: own events, conditions and scripts, listeners set for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.event_definitions.simple import (
    NoneEventDefinition,
    TerminateEventDefinition,
)
from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent
from SpiffWorkflow.specs.MultiChoice import MultiChoice

from grantflow.engine.catching import Boundary, FirstEventGateway
from grantflow.engine.elements import (
    EVENTS,
    Element,
    condition_of,
    event_kind,
    payload_of,
    referenced,
)
from grantflow.engine.events import (
    Error,
    Escalation,
    Event,
    FirstOf,
    Message,
    Repeating,
    Signal,
    Timer,
)
from grantflow.engine.loops import ForEach, Loop
from grantflow.engine.rewrite import BODY, element_of
from grantflow.engine.script import NotAScript, parse_script
from grantflow.engine.tasks import Condition, Inner, Script
from grantflow.engine.xml import child, children, local, text

_CARRYING = {"message": Message, "signal": Signal, "error": Error, "escalation": Escalation}


def prepare(spec: Any, elements: Mapping[str, Element], root: Any) -> None:
    """Complete the specs of one process or sub-process in place, before anything runs."""
    nodes = {node.get("id"): node for node in root.iter() if local(node)}
    tasks = list(spec.task_specs.values())
    for gateway in [task for task in tasks if isinstance(task, FirstEventGateway)]:
        _choices(gateway, nodes)
    for task in tasks:
        _events(task, nodes)
        _describe(task, elements)
        _complete(task, nodes)


def _complete(task: Any, nodes: Mapping[str, Any]) -> None:
    if isinstance(task, MultiChoice):
        _conditions(task)
    if isinstance(task, Loop):
        _loop(task)
    if isinstance(task, Script):
        _script(task, nodes)
    if isinstance(task, Boundary) and not task.cancel_activity:
        _leave_host_alone(task)
    if isinstance(task, Inner):
        task.transparent = task.spec.endswith(BODY)


def _leave_host_alone(event: Any) -> None:
    """What does not interrupt needs no join with its activity, which would wait beside it."""
    specs = event._wf_spec.task_specs
    for name in [n for n in event._outputs if isinstance(specs[n], BoundaryEventJoin)]:
        event._outputs.remove(name)
        specs[name]._inputs.remove(event.name)


def _describe(task: Any, elements: Mapping[str, Element]) -> None:
    element = elements.get(element_of(task.bpmn_id or ""))
    task.properties = element.properties if element else {}
    task.passed_as = element.kind if element and not isinstance(task, Loop) else ""
    if element and task.bpmn_id != element.id:
        # The trigger of an event sub-process is seen as its start event, which runs a moment later.
        task.passed_as = ""


def _conditions(task: Any) -> None:
    task.cond_task_specs = [
        (Condition(condition.args[0]) if condition is not None else None, name)
        for condition, name in task.cond_task_specs
    ]


def _loop(task: Any) -> None:
    if isinstance(task, ForEach):
        items = (task.input_item, task.output_item)
        for reference in items:
            if reference is not None and reference.bpmn_name:
                reference.bpmn_id = reference.bpmn_name
    task.prepare()


def _script(task: Any, nodes: Mapping[str, Any]) -> None:
    try:
        task.assignments = parse_script(task.script or "")
    except NotAScript as error:
        raise ValidationException(f"not name = FEEL: {error}", nodes.get(task.bpmn_id)) from error


def _events(task: Any, nodes: Mapping[str, Any]) -> None:
    definition = getattr(task, "event_definition", None)
    if definition is None or isinstance(task, FirstEventGateway):
        return
    # SpiffWorkflow's parser overlooks some kinds of events, so the drawing decides.
    if isinstance(definition, TerminateEventDefinition) or not _has_event(nodes, task):
        return
    if isinstance(task, StartEvent):
        # Whoever starts the process has heard the message already.
        task.event_definition = NoneEventDefinition()
        return
    task.event_definition = own_event(nodes[task.bpmn_id])


def _has_event(nodes: Mapping[str, Any], task: Any) -> bool:
    node = nodes.get(task.bpmn_id)
    if node is None or getattr(task, "chosen_by_gateway", False):
        return False
    return local(node) in ("sendTask", "receiveTask") or bool(event_kind(node))


def _choices(gateway: Any, nodes: Mapping[str, Any]) -> None:
    choices = [own_event(nodes[spec.bpmn_id]) for spec in gateway.outputs]
    for spec in gateway.outputs:
        spec.chosen_by_gateway = True
    gateway.event_definition = FirstOf(gateway.bpmn_id, choices)


def own_event(node: Any) -> Event:
    """The event of an event element (or send or receive task)."""
    element_id = element_of(node.get("id"))
    if local(node) in ("sendTask", "receiveTask"):
        name, when = referenced(node, "message"), condition_of(node)
        return Message(element_id, name, payload_of(node), when)
    for definition in node:
        kind = EVENTS.get(local(definition), "")
        if kind == "timer":
            return _timer(element_id, definition)
        if kind in _CARRYING:
            name, when = referenced(definition, kind), condition_of(node)
            return _CARRYING[kind](element_id, name, payload_of(node), when)
    raise ValidationException("unknown kind of event", node)


def _timer(element_id: str, definition: Any) -> Timer:
    cycle = child(definition, "timeCycle")
    if cycle is not None:
        return Repeating(element_id, text(cycle))
    moment = next(children(definition, "timeDate", "timeDuration"), None)
    return Timer(element_id, text(moment))
