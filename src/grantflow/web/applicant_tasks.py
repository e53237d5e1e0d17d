"""The tasks of applicants: fill in, check everything once more, hand in, confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotFound, Problem
from grantflow.services import tasks
from grantflow.services.policy import Actor
from grantflow.services.tasks import TaskView
from grantflow.store import letters
from grantflow.store.cases import case_parts
from grantflow.store.tables import Letter
from grantflow.web import pages
from grantflow.web.deps import ApplicantActor, CurrentDoor, Door, Posted
from grantflow.web.task_form import (
    CHECK,
    SAVE,
    action_of,
    answers_view,
    raw_answers,
    side_step,
    task_form,
    typed,
)

router = APIRouter(prefix="/my/tasks")


@router.get("/{task_id}")
def show_task(
    task_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor
) -> Response:
    """The form of a task, with the draft so far."""
    with door.reading(actor) as session:
        found = tasks.task_view(session, actor, task_id)
        letter = _letter(session, found)
    if found.task.status == "done":
        return pages.redirect(request, f"/my/tasks/{task_id}/done")
    if found.refusal is not None:
        raise found.refusal
    return _task_page(request, found, letter)


def _letter(session: Session, found: TaskView) -> Letter | None:
    """The newest letter of the process the task is part of; it says what is asked for."""
    sent = letters.list_letters(session, found.task.case_id, dispatched_only=True)
    asking = [one.letter for one in sent if one.letter.instance_id == found.task.instance_id]
    return next((one for one in reversed(asking) if one.pdf_sha256), None)


def _task_page(
    request: Request,
    found: TaskView,
    letter: Letter | None,
    raw: Mapping[str, Any] | None = None,
    problems: Sequence[Problem] = (),
) -> Response:
    here = f"/my/tasks/{found.task.id}"
    form = task_form(request, found, here, buttons=(CHECK, SAVE), raw=raw, problems=problems)
    return pages.render(
        request,
        "applicant/task.html",
        status=422 if problems else 200,
        found=found,
        case=found.case.case,
        form=form,
        letter=letter,
        late=found.task.due_at is not None and found.task.due_at < clock.now(),
    )


@router.post("/{task_id}")
def answer_task(
    task_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor, data: Posted
) -> Response:
    """Keep what was written; with the main button check it and go on to the overview."""
    here = f"/my/tasks/{task_id}"
    stayed = side_step(request, door, actor, task_id, here, data)
    if stayed is not None:
        return stayed
    if action_of(data).name != CHECK.value:
        raise NotFound
    with door.transaction(actor) as session:
        found = tasks.task_view(session, actor, task_id)
        raw = typed(found, raw_answers(data), actor.language)
        tasks.save_draft(session, actor, task_id, raw)
        letter = _letter(session, found)
        problems = _problems(session, actor, found, raw)
    if problems:
        return _task_page(request, found, letter, raw, problems)
    return pages.redirect(request, f"{here}/check")


def _problems(
    session: Session, actor: Actor, found: TaskView, raw: Mapping[str, Any]
) -> Sequence[Problem]:
    try:
        tasks.checked_answers(session, actor, found, raw)
    except Invalid as error:
        return error.problems
    return ()


def digest(answers: Mapping[str, Any]) -> str:
    """A name for exactly these answers: what was shown is what is handed in."""
    return sha256(orjson.dumps(answers, option=orjson.OPT_SORT_KEYS)).hexdigest()


@router.get("/{task_id}/check")
def check(task_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor) -> Response:
    """Everything that will be handed in, to be read once more."""
    return _check_page(request, actor, door, task_id)


def _check_page(
    request: Request, actor: Actor, door: Door, task_id: UUID, *, changed: bool = False
) -> Response:
    with door.reading(actor) as session:
        found = tasks.task_view(session, actor, task_id)
        letter = _letter(session, found)
        if found.task.status == "done":
            return pages.redirect(request, f"/my/tasks/{task_id}/done")
        if found.refusal is not None:
            raise found.refusal
        try:
            answers = tasks.checked_answers(session, actor, found, found.answers)
        except Invalid as error:
            return _task_page(request, found, letter, found.answers, error.problems)
    return pages.render(
        request,
        "applicant/check.html",
        status=409 if changed else 200,
        found=found,
        case=found.case.case,
        view=answers_view(request, found, answers) if found.form else None,
        digest=digest(answers),
        changed=changed,
    )


@router.post("/{task_id}/submit")
def submit(
    task_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor, data: Posted
) -> Response:
    """Hand in the draft that was shown; if it was changed meanwhile it is shown again."""
    try:
        with door.transaction(actor) as session:
            found = tasks.task_view(session, actor, task_id)
            if found.refusal is not None:
                raise found.refusal
            answers = tasks.checked_answers(session, actor, found, found.answers)
            if digest(answers) != str(data.get("digest", "")):
                raise _Changed
            tasks.complete(session, actor, task_id, found.answers)
    except _Changed:
        return _check_page(request, actor, door, task_id, changed=True)
    except Invalid as error:
        return _refused(request, actor, door, task_id, error.problems)
    return pages.redirect(request, f"/my/tasks/{task_id}/done")


def _refused(
    request: Request, actor: Actor, door: Door, task_id: UUID, problems: Sequence[Problem]
) -> Response:
    """The form with what was found wrong in it only now, such as a day that has passed since."""
    with door.reading(actor) as session:
        found = tasks.task_view(session, actor, task_id)
        letter = _letter(session, found)
    return _task_page(request, found, letter, found.answers, problems)


class _Changed(Conflict):
    """The draft is no longer what was shown."""


@router.get("/{task_id}/done")
def done(task_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor) -> Response:
    """The confirmation, with the reference number to note down."""
    with door.reading(actor) as session:
        found = tasks.task_view(session, actor, task_id)
        if found.task.status != "done":
            return pages.redirect(request, f"/my/tasks/{task_id}")
        parts = case_parts(session, found.task.case_id)
        return pages.render(
            request,
            "applicant/done.html",
            found=found,
            case=parts.case,
            authority=parts.authority,
            view=answers_view(request, found, found.answers) if found.form else None,
        )
