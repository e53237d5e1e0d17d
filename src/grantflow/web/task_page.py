"""One task of staff: its form beside the facts of the case, declaration first, stale pages.

The same page serves the task list, the reviews of panel members and the decisions of heads of
unit; they differ in their address, their template and where they lead back to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotAllowed
from grantflow.services import documents, payment_account, reviews, tasks
from grantflow.services.letters import FOUR_EYES
from grantflow.services.policy import Actor, only_panel
from grantflow.services.task_letters import CHANGED, GONE
from grantflow.services.tasks import TaskView
from grantflow.store import deadlines, messages
from grantflow.store.people import list_holders
from grantflow.store.tables import Account, Task
from grantflow.web import case_forms, casefile, computations, explain, pages, task_form
from grantflow.web.casefile import CaseFile
from grantflow.web.deps import Door, visitor
from grantflow.web.errors import status_of
from grantflow.web.task_form import SAVE, Button


@dataclass(frozen=True)
class Desk:
    """Where a task is done: address, template, the list it came from, what is said afterwards."""

    path: str
    template: str
    button: Button
    done: str

    def here(self, task_id: UUID) -> str:
        """The address of a task on this desk."""
        return f"{self.path}/{task_id}"


@dataclass(frozen=True)
class Refusal:
    """Why somebody cannot do a task, in words."""

    key: str
    params: Mapping[str, Any]
    four_eyes: bool
    wrote_letter: bool
    other_role: bool


@dataclass(frozen=True)
class Blocked:
    """Why a task cannot be done at present: text and what fills it."""

    key: str
    params: Mapping[str, Any]


def show(
    request: Request,
    actor: Actor,
    door: Door,
    task_id: UUID,
    desk: Desk,
    *,
    raw: Mapping[str, Any] | None = None,
    refused: Exception | None = None,
) -> Response:
    """The task as it stands: declaration, form, or who did it; ``refused`` is why it is again."""
    with door.reading(actor) as session:
        found = tasks.task_view(session, actor, task_id)
        if found.task.status != "open":
            return _over(request, session, actor, found, desk)
        if found.needs_declaration and found.refusal is None:
            return _declaration(request, found, desk)
        return _open(request, session, actor, found, desk, raw, refused)


def _open(
    request: Request,
    session: Session,
    actor: Actor,
    found: TaskView,
    desk: Desk,
    raw: Mapping[str, Any] | None,
    refused: Exception | None,
) -> Response:
    here = desk.here(found.task.id)
    form = None
    if found.may_complete:
        buttons = (desk.button, SAVE)
        form = task_form.task_form(
            request,
            found,
            here,
            buttons=buttons,
            raw=raw,
            problems=refused.problems if isinstance(refused, Invalid) else (),
        )
    return pages.render(
        request,
        desk.template,
        status=status_of(refused) if refused else 200,
        form=form,
        stale_letter=refused if _about_letter(refused) else None,
        blocked=_blocked(refused, visitor(request).language),
        refusal=_refusal(found, visitor(request).language),
        colleagues=_colleagues(session, actor, found),
        **_facts(request, session, actor, found, desk),
    )


def _about_letter(refused: Exception | None) -> bool:
    """Whether the draft letter beside the form is no longer the one that was shown."""
    return isinstance(refused, Conflict) and refused.key in (CHANGED, GONE)


def _blocked(refused: Exception | None, language: str) -> Blocked | None:
    """What in the case stands in the way, though the task is still to be done."""
    if not isinstance(refused, Conflict) or _about_letter(refused):
        return None
    return Blocked(refused.key, explain.shown(refused.params, language))


def _facts(
    request: Request, session: Session, actor: Actor, found: TaskView, desk: Desk
) -> dict[str, Any]:
    """The column beside the form."""
    language = visitor(request).language
    file = CaseFile(found.case, found.programme)
    reader = case_forms.reader_of(session, actor, file, language)
    case = found.case.case
    reads_file = not only_panel(actor, case)
    answered = [one for one in case_forms.answered_forms(reader) if one.view is not None]
    return {
        "desk": desk,
        "task": found.task,
        "found": found,
        "case": case,
        "organisation": found.case.organisation,
        "programme": found.case.programme,
        "address": casefile.address(found.case.organisation),
        "stage": file.stage_name(language),
        "reads_file": reads_file,
        "panel": reviews.find_summary(session, actor, case),
        "computed": computations.beside(
            session, actor, found.task, lambda e: file.element_name(e, language), language
        ),
        "deadlines": [
            row for row in deadlines.list_deadlines(session, case.id) if row.state == "running"
        ],
        "answered": answered,
        "returned": _returned(found.task, answered),
        "other_account": payment_account.unsettled(session, case, found.task.instance_id)
        if reads_file
        else None,
        "sealed": bool(reader.sealed),
        "documents": documents.list_documents(session, actor, case.id),
        "notes": [m for m in messages.list_messages(session, case.id, internal=True) if m.internal]
        if reads_file
        else [],
        "now": clock.now(),
    }


def _returned(task: Task, answered: Sequence[case_forms.Answered]) -> case_forms.Answered | None:
    """What sent the task back: the newest answers with a note, after its form was answered."""
    own = [one for one in answered if one.instance_id == task.instance_id]
    newest = own[-1] if own and own[-1] is answered[-1] else None
    if newest is None or newest.form == task.form or newest.view is None:
        return None
    before = any(one.form == task.form for one in own)
    return newest if before and newest.view.has_note else None


def _refusal(found: TaskView, language: str) -> Refusal | None:
    if found.refusal is None:
        return None
    key, params = found.refusal.key, explain.shown(found.refusal.params, language)
    other_role = key == NotAllowed.default_key
    return Refusal(key, params, key == "services.tasks.four_eyes", key == FOUR_EYES, other_role)


def _colleagues(session: Session, actor: Actor, found: TaskView) -> Sequence[Account]:
    """Who else has the role; whether they may is checked when the task is handed over."""
    task = found.task
    holders = list_holders(session, task.role, task.authority_id, task.programme_id)
    return [
        account for account in holders if account.id not in (actor.account_id, task.assignee_id)
    ]


def _over(
    request: Request, session: Session, actor: Actor, found: TaskView, desk: Desk
) -> Response:
    view = None
    if found.form is not None and found.source == "done":
        view = task_form.answers_view(request, found, found.answers)
    return pages.render(
        request,
        "caseworker/over.html",
        desk=desk,
        task=found.task,
        done_by=found.done_by,
        case=found.case.case,
        view=view,
        others=_others(request, session, actor, found),
        stale=False,
    )


def _others(
    request: Request, session: Session, actor: Actor, found: TaskView
) -> list[case_forms.Answered] | None:
    """The reviews of the others, once one's own was given; None for other tasks."""
    if not found.task.facts.get("declaration"):
        return None
    file = CaseFile(found.case, found.programme)
    reader = case_forms.reader_of(session, actor, file, visitor(request).language)
    return [
        one
        for one in case_forms.answered_forms(reader)
        if one.form == found.task.form and one.view is not None and one.task_id != found.task.id
    ]


def _declaration(
    request: Request,
    found: TaskView,
    desk: Desk,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    return pages.render(
        request,
        "caseworker/declaration.html",
        status=422 if errors else 200,
        action=f"{desk.here(found.task.id)}/declaration",
        case=found.case.case,
        organisation=found.case.organisation,
        programme=found.case.programme,
        address=casefile.address(found.case.organisation),
        values=values or {"conflict": "", "reason": ""},
        errors=errors or {},
    )


def declare(
    request: Request, actor: Actor, door: Door, data: FormData, task_id: UUID, desk: Desk
) -> Response:
    """Take the declaration of interest; a conflict ends the matter for this person."""
    values = {name: str(data.get(name, "")) for name in ("conflict", "reason")}
    errors = {}
    if values["conflict"] not in ("yes", "no"):
        errors["conflict"] = "caseworker.declaration.choose"
    if values["conflict"] == "yes" and not values["reason"].strip():
        errors["reason"] = "caseworker.declaration.reason_missing"
    if errors:
        with door.reading(actor) as session:
            found = tasks.task_view(session, actor, task_id)
            return _declaration(request, found, desk, values=values, errors=errors)
    conflict = values["conflict"] == "yes"
    with door.transaction(actor) as session:
        tasks.declare_conflict(session, actor, task_id, conflict=conflict, reason=values["reason"])
    if conflict:
        return pages.redirect(request, desk.path, "caseworker.declaration.declared_conflict")
    return pages.redirect(request, desk.here(task_id), "caseworker.declaration.declared_none")


def submit(
    request: Request, actor: Actor, door: Door, data: FormData, task_id: UUID, desk: Desk
) -> Response:
    """Complete the task, or do what another button of the form says."""
    try:
        answer = task_form.side_step(request, door, actor, task_id, desk.here(task_id), data)
        if answer is not None:
            return answer
        with door.transaction(actor) as session:
            raw = task_form.raw_answers(data)
            seen = str(data.get(task_form.SEEN_LETTER, ""))
            done = tasks.complete(session, actor, task_id, raw, seen_letter=seen)
            name = done.name
    except Invalid as error:
        return _again(request, actor, door, data, task_id, desk, error)
    except NotAllowed as error:
        if error.key != FOUR_EYES:
            raise
        return _again(request, actor, door, data, task_id, desk, error)
    except Conflict as error:
        if _is_over(actor, door, task_id):
            return _stale(request, actor, door, task_id, desk)
        return _again(request, actor, door, data, task_id, desk, error)
    language = visitor(request).language
    return pages.redirect(request, desk.path, desk.done, name=pages.localised(name, language))


def _again(
    request: Request,
    actor: Actor,
    door: Door,
    data: FormData,
    task_id: UUID,
    desk: Desk,
    error: Exception,
) -> Response:
    """The task once more, with what was typed and what stands in its way."""
    raw = task_form.raw_answers(data)
    return show(request, actor, door, task_id, desk, raw=raw, refused=error)


def _is_over(actor: Actor, door: Door, task_id: UUID) -> bool:
    with door.reading(actor) as session:
        return tasks.task_view(session, actor, task_id).task.status != "open"


def _stale(request: Request, actor: Actor, door: Door, task_id: UUID, desk: Desk) -> Response:
    """Somebody was faster: who and when, and that nothing was saved."""
    with door.reading(actor) as session:
        found = tasks.task_view(session, actor, task_id)
        return pages.render(
            request,
            "caseworker/over.html",
            status=409,
            desk=desk,
            task=found.task,
            done_by=found.done_by,
            case=found.case.case,
            view=None,
            others=None,
            stale=True,
        )
