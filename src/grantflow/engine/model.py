"""What goes into the engine and what comes out; plain values without SpiffWorkflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class OpenTask:
    """A human task that waits for somebody.

    ``properties`` are the GrantFlow properties of the diagram element with every ``=…`` value
    already evaluated against the task's data (assignee, due, item, …).
    """

    id: UUID
    element_id: str
    name: str
    lane: str
    properties: Mapping[str, Any]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class OpenTimer:
    """A running timer and the (aware, UTC) moment at which it is due."""

    id: UUID
    element_id: str
    due_at: datetime


@dataclass(frozen=True)
class OpenWait:
    """A message or signal the instance waits for."""

    id: UUID
    element_id: str
    kind: str  # message | signal
    name: str


@dataclass(frozen=True)
class Effect:
    """What a service task asks the services to do; answered by ``Instance.resolve``."""

    id: UUID
    element_id: str
    name: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class ChildStart:
    """A call activity that asks for a child instance; answered by ``Instance.resolve``."""

    id: UUID
    element_id: str
    process_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Fired:
    """A decision table that was asked, and which of its rules answered."""

    element_id: str
    decision_id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Passed:
    """An element that was completed (or cancelled) during a step, in order."""

    element_id: str
    kind: str  # user, service, start, end, gateway, timer, message, …
    cancelled: bool = False


@dataclass(frozen=True)
class Sent:
    """A message or signal the instance threw and nobody inside it caught."""

    kind: str  # message | signal
    name: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """The whole outcome of moving an instance: its new state and everything open in it."""

    state: bytes
    tasks: tuple[OpenTask, ...] = ()
    timers: tuple[OpenTimer, ...] = ()
    waits: tuple[OpenWait, ...] = ()
    running: tuple[UUID, ...] = ()  # effects and children still unanswered
    completed: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    passed: tuple[Passed, ...] = ()
    fired: tuple[Fired, ...] = ()
    sent: tuple[Sent, ...] = ()
