"""Tasks: listed, fetched with their form, claimed and completed."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from grantflow import clock
from grantflow.api.deps import CurrentDoor, Owner, decode_page, next_address
from grantflow.api.models import (
    Completion,
    Page,
    TaskDetail,
    TaskLineOut,
    TaskOut,
    task_detail,
    task_line,
)
from grantflow.errors import Invalid, Problem
from grantflow.services import tasks
from grantflow.services.tasks import TaskFilter, TaskView

router = APIRouter(tags=["tasks"])


class TaskQuery(BaseModel):
    """What a list of tasks is narrowed down to."""

    scope: Literal["mine", "roles", "all"] = Field(
        "roles", description="`mine`: assigned to you; `roles`: also free ones of your roles."
    )
    programme: UUID | None = Field(None, description="Id of a programme.")
    stage: str = Field("", max_length=100, description="Code of a stage.")
    text: str = Field("", max_length=200, description="Part of reference, title or organisation.")
    overdue: bool = Field(False, description="Only what should have been done by now.")
    limit: int = Field(50, ge=1, le=200, description="Lines per page.")
    cursor: str = Field("", max_length=20, description="Where the page begins; from `next`.")


@router.get("/tasks", summary="List tasks")
def list_tasks(
    query: Annotated[TaskQuery, Query()], request: Request, door: CurrentDoor, owner: Owner
) -> Page[TaskLineOut]:
    """Open tasks you may see, due first, then oldest."""
    wanted = TaskFilter(
        programme_id=query.programme,
        stage=query.stage,
        text=query.text,
        overdue_at=clock.now() if query.overdue else None,
    )
    number = decode_page(query.cursor)
    with door.reading(owner) as session:
        found = tasks.list_tasks(
            session, owner, query.scope, wanted=wanted, page=number, size=query.limit
        )
        if found.page != number:
            raise Invalid([Problem("api.bad_page", {"pages": found.pages}, "cursor")])
        items = [
            task_line(line.task, line.reference, line.case_title, line.organisation, line.assignee)
            for line in found.lines
        ]
    following = next_address(request, str(number + 1)) if number < found.pages else None
    return Page(items=items, next=following)


@router.get("/tasks/{task_id}", summary="Get a task with its form")
def get_task(task_id: UUID, door: CurrentDoor, owner: Owner) -> TaskDetail:
    """A task with its form and what was typed or given so far."""
    with door.reading(owner) as session:
        found = tasks.task_view(session, owner, task_id)
        schema, may = _schema(found), found.may_complete
        return task_detail(found.task, schema, found.answers, may, found.shows)


def _schema(found: TaskView) -> dict[str, Any] | None:
    """The form as the programme holds it."""
    if found.form is None:
        return None
    files = found.programme.package.files
    for path in (f"forms/{found.form.name}.form", f"_shared/forms/{found.form.name}.form"):
        if path in files:
            schema: dict[str, Any] = json.loads(files[path])
            return schema
    return None


@router.post("/tasks/{task_id}/claim", summary="Claim a task")
def claim_task(task_id: UUID, door: CurrentDoor, owner: Owner) -> TaskOut:
    """Take a free task of your roles; nobody else can complete it then."""
    with door.transaction(owner) as session:
        return TaskOut.of(tasks.claim(session, owner, task_id))


@router.post("/tasks/{task_id}/complete", summary="Complete a task")
def complete_task(
    task_id: UUID, completion: Completion, door: CurrentDoor, owner: Owner
) -> TaskOut:
    """Give the answers and move the case on.

    All faults of the answers come at once in `problems`. A task that was done already is a
    conflict that says by whom and when.
    """
    with door.transaction(owner) as session:
        return TaskOut.of(tasks.complete(session, owner, task_id, completion.answers))
