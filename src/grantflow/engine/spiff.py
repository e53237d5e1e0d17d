"""SpiffWorkflow's parser, told to make GrantFlow's own tasks, joins and events."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EndEventParser,
    EventBasedGatewayParser,
    ReceiveTaskParser,
    SendTaskParser,
)
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import (
    CallActivityParser,
    ConditionalGatewayParser,
    GatewayParser,
    ScriptTaskParser,
    SubWorkflowParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask
from SpiffWorkflow.bpmn.specs.defaults import ReceiveTask, SendTask

from grantflow.engine.catching import Boundary, End, FirstEventGateway
from grantflow.engine.joins import EndJoin, Inclusive, Parallel
from grantflow.engine.loops import ForEachAtOnce, ForEachInTurn, WhileLoop
from grantflow.engine.tasks import (
    ChildTask,
    DecisionTask,
    EffectTask,
    Exclusive,
    Human,
    Inner,
    Script,
)


class Process(BpmnProcessSpec):  # type: ignore[misc]
    """A process or sub-process that ends with GrantFlow's join."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        name = f"{self.name}.EndJoin"
        del self.task_specs[name], self.task_specs["End"]
        self.end: Any = EndJoin(self, name)
        self.end.connect(SimpleBpmnTask(self, "End"))


class OwnProcessParser(ProcessParser):  # type: ignore[misc]
    """Parses one process or sub-process."""

    def create_spec(self) -> Process:
        return Process(name=self.bpmn_id, description=self.get_name(), filename=self.filename)


class Loops:
    """The parser takes the classes of loops from whatever parses the activity."""

    STANDARD_LOOP_CLASS = WhileLoop
    PARALLEL_MI_CLASS = ForEachAtOnce
    SEQUENTIAL_MI_CLASS = ForEachInTurn


class ActivityParser(Loops, TaskParser):  # type: ignore[misc]
    """Parses user, service and business rule tasks."""


class CallParser(Loops, CallActivityParser):  # type: ignore[misc]
    """Parses call activities."""


class InnerParser(Loops, SubWorkflowParser):  # type: ignore[misc]
    """Parses embedded sub-processes."""


class ScriptParser(Loops, ScriptTaskParser):  # type: ignore[misc]
    """Parses script tasks."""


class ReceiveParser(Loops, ReceiveTaskParser):  # type: ignore[misc]
    """Parses receive tasks."""


class SendParser(Loops, SendTaskParser):  # type: ignore[misc]
    """Parses send tasks."""


class Parser(BpmnParser):  # type: ignore[misc]
    """Parses a file."""

    PROCESS_PARSER_CLASS = OwnProcessParser
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - the base class declares it so
        full_tag("userTask"): (ActivityParser, Human),
        full_tag("serviceTask"): (ActivityParser, EffectTask),
        full_tag("businessRuleTask"): (ActivityParser, DecisionTask),
        full_tag("scriptTask"): (ScriptParser, Script),
        full_tag("subProcess"): (InnerParser, Inner),
        full_tag("callActivity"): (CallParser, ChildTask),
        full_tag("receiveTask"): (ReceiveParser, ReceiveTask),
        full_tag("sendTask"): (SendParser, SendTask),
        full_tag("exclusiveGateway"): (ConditionalGatewayParser, Exclusive),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, Inclusive),
        full_tag("parallelGateway"): (GatewayParser, Parallel),
        full_tag("eventBasedGateway"): (EventBasedGatewayParser, FirstEventGateway),
        full_tag("boundaryEvent"): (BoundaryEventParser, Boundary),
        full_tag("endEvent"): (EndEventParser, End),
    }
