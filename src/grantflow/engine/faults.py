"""What can go wrong while a diagram runs, said with the diagram, the element and the reason."""

from __future__ import annotations

from typing import Any

from grantflow.errors import GrantFlowError, Problem
from grantflow.texts import Said


class EngineError(GrantFlowError):
    """A process instance cannot go on; its stored state is as before.

    ``params``: ``file`` (diagram), ``element`` (id), ``name`` and ``reason`` (a ``Said``).
    """

    default_key = "engine.stopped"

    def __init__(self, problem: Problem, *, file: str, element: str, name: str) -> None:
        self.problem = problem
        super().__init__(
            file=file,
            element=element,
            name=name or element,
            reason=Said(problem.key, problem.params),
        )


class Stopped(Exception):
    """Raised deep inside a step, where the element is known but not the diagram's file."""

    def __init__(self, element: str, name: str, problem: Problem) -> None:
        self.element = element
        self.name = name
        self.problem = problem
        super().__init__(f"{element}: {problem.key} {dict(problem.params)}")


def stop(task: Any, code: str, /, **params: Any) -> Stopped:
    """The error that names the element of a task; ``code`` is a text of the area ``engine``."""
    return because(task, Problem(f"engine.{code}", params))


def because(task: Any, problem: Problem) -> Stopped:
    """The same for a problem that somebody else found."""
    spec = task.task_spec
    return Stopped(spec.bpmn_id or spec.name, spec.bpmn_name or "", problem)
