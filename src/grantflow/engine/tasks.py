"""The activities of a diagram as GrantFlow runs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    ExclusiveGateway,
    NoneTask,
    ScriptTask,
    ServiceTask,
    SubWorkflowTask,
    UserTask,
)
from SpiffWorkflow.operators import Operator
from SpiffWorkflow.util.task import TaskState

from grantflow.engine.faults import stop
from grantflow.engine.script import Assignment


class Human(UserTask):  # type: ignore[misc]
    """Waits for a person; what the diagram says about it is worked out when it opens."""

    properties: Mapping[str, str]

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)
        dynamic = {k: v for k, v in self.properties.items() if v.startswith("=")}
        if dynamic:
            engine = my_task.workflow.script_engine
            my_task.internal_data["open"] = engine.evaluate_all(my_task, dynamic)


class Outside:
    """Hands something to the services and stays STARTED until they answer."""

    def _run_hook(self, my_task: Any) -> None:
        my_task.workflow.script_engine.asked.append(my_task.id)


class EffectTask(Outside, ServiceTask):  # type: ignore[misc]
    """A service task: an effect with parameters."""

    properties: Mapping[str, str]

    def answer(self, my_task: Any, data: Mapping[str, Any]) -> None:
        """Put the effect's result into its variable."""
        variable = self.properties.get("result")
        if variable:
            my_task.data[variable] = data.get("value", data.get(variable))


class ChildTask(Outside, NoneTask):  # type: ignore[misc]
    """A call activity: a process instance of its own."""

    def __init__(self, wf_spec: Any, bpmn_id: str, subworkflow_spec: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = False
        self.process_id = subworkflow_spec

    def answer(self, my_task: Any, data: Mapping[str, Any]) -> None:
        """Take over all data of the child."""
        my_task.set_data(**data)


class DecisionTask(NoneTask):  # type: ignore[misc]
    """A business rule task: asks a decision table."""

    properties: Mapping[str, str]

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = False

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.script_engine.decide(my_task, self.properties.get("decision", ""))
        return True


class Script(ScriptTask):  # type: ignore[misc]
    """A script task: lines ``name = FEEL``."""

    assignments: tuple[Assignment, ...] = ()

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.script_engine.assign(my_task, self.assignments)
        return True


class Inner(SubWorkflowTask):  # type: ignore[misc]
    """An embedded sub-process; a transparent one exists only because of event sub-processes."""

    transparent = False


class Condition(Operator):  # type: ignore[misc]
    """The FEEL condition of a flow."""

    def _matches(self, task: Any) -> bool:
        return bool(task.workflow.script_engine.holds(task, self.args[0]))


class Exclusive(ExclusiveGateway):  # type: ignore[misc]
    """Takes the first way whose condition holds, else the default."""

    def _run_hook(self, my_task: Any) -> bool:
        specs = self._wf_spec.task_specs
        chosen = self.default_task_spec
        for condition, name in self.cond_task_specs:
            if condition is not None and condition._matches(my_task):
                chosen = name
                break
        if chosen is None:
            raise stop(my_task, "no_way_out")
        my_task._sync_children([specs[chosen]], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True
