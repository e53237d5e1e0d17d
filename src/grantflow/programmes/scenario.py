"""Scenarios: the story of a case as data, with what must have come of it."""

from __future__ import annotations

import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from grantflow.errors import BadProgramme, Problem
from grantflow.programmes.definition import Wording
from grantflow.texts.wrong_values import Wrong, unreadable, wrong_values


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StepExpectation(_Strict):
    """What must be true right after a step; only what is named is checked."""

    tasks: tuple[str, ...] | None = None
    letters: tuple[str, ...] | None = None
    status: str | None = None
    stage: str | None = None
    amounts: dict[str, Decimal] | None = None  # variables of the case in euro, as computed


class Finding(_Strict):
    """What an officer says of a receipt, by its row in the list (from 1)."""

    row: int = Field(ge=1)
    verdict: Literal["accepted", "reduced", "refused"]
    accepted: str = ""
    reason: str = ""


class ScenarioStep(_Strict):
    """One thing that happens: a task is done, a message comes, a process starts, or time passes."""

    at: datetime
    by: str = "applicant"
    task: str | None = None
    item: str | None = None
    answers: dict[str, Any] = Field(default_factory=dict)
    receipts: str = ""  # a list as CSV, imported before the task is done
    findings: tuple[Finding, ...] = ()
    declare_conflict: bool = False
    reason: str = ""
    message: str | None = None
    payload: dict[str, Any] = Field(default_factory=dict)
    start_process: str | None = None
    tick: bool = False
    expect: StepExpectation = StepExpectation()

    @model_validator(mode="after")
    def _one_thing(self) -> ScenarioStep:
        if sum((bool(self.task), bool(self.message), bool(self.start_process), self.tick)) != 1:
            raise Wrong("programmes.wrong.step")
        if self.at.tzinfo is None:
            raise Wrong("programmes.wrong.offset")
        return self


class Expectation(_Strict):
    """What must be true at the end."""

    ended: bool
    status: str
    letters: tuple[str, ...]
    approved: Decimal | None = None
    payments: tuple[Decimal, ...] | None = None
    deadlines: dict[str, str] | None = None


class Scenario(_Strict):
    """One story of a case."""

    name: str
    title: Wording
    demo: bool = False
    call: str
    start: datetime
    organisation: str
    case_title: str
    step: tuple[ScenarioStep, ...] = Field(min_length=1)
    expect: Expectation


def parse_scenario(raw: bytes, path: str) -> Scenario:
    """Read a scenario file. Raises BadProgramme with every fault and the step it stands in."""
    try:
        table = tomllib.loads(raw.decode("utf-8"))
        return Scenario.model_validate({"name": PurePosixPath(path).stem, **table})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProgramme(
            [Problem("programmes.toml", {"detail": unreadable(error)}, path)]
        ) from None
    except ValidationError as error:
        raise BadProgramme(value_problems(error, path)) from None


def value_problems(error: ValidationError, path: str) -> list[Problem]:
    """Every wrong value of a file, with the way to it as place."""
    return [
        Problem(
            "programmes.value",
            {"field": wrong.field, "detail": wrong.reason},
            f"{path}#{wrong.field}",
        )
        for wrong in wrong_values(error)
    ]
