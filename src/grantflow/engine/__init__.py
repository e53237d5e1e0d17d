"""Runs BPMN: definitions, instances, steps; SpiffWorkflow is used here and nowhere else."""

from grantflow.engine.elements import Element
from grantflow.engine.faults import EngineError
from grantflow.engine.instance import Instance
from grantflow.engine.lint import EffectRule, LintContext, lint
from grantflow.engine.model import (
    ChildStart,
    Effect,
    Fired,
    OpenTask,
    OpenTimer,
    OpenWait,
    Passed,
    Sent,
    Step,
)
from grantflow.engine.parse import Definition, parse

__all__ = [
    "ChildStart",
    "Definition",
    "Effect",
    "EffectRule",
    "Element",
    "EngineError",
    "Fired",
    "Instance",
    "LintContext",
    "OpenTask",
    "OpenTimer",
    "OpenWait",
    "Passed",
    "Sent",
    "Step",
    "lint",
    "parse",
]
