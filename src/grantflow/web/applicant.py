"""Pages of applicants: their cases, one case, and starting a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow import clock
from grantflow.errors import Invalid, NotFound
from grantflow.services import case_views, cases, catalogue, messages, payment_account, tasks
from grantflow.services.case_views import CaseView
from grantflow.services.policy import Actor
from grantflow.store import instances, people
from grantflow.store.cases import CaseLine
from grantflow.store.forms_data import Revision
from grantflow.store.tables import Deadline, Task
from grantflow.store.worklists import TaskLine
from grantflow.texts import text
from grantflow.web import pages, stepper
from grantflow.web.deps import ApplicantActor, CurrentDoor, Posted, visitor
from grantflow.web.explain import shown

router = APIRouter(prefix="/my")

MOST_CASES = 200


@dataclass(frozen=True)
class CaseCard:
    """A case in the own list: where it stands and what comes next."""

    line: CaseLine
    stage: dict[str, str]
    todos: tuple[TaskLine, ...]
    account: str | None  # what is to be said of the bank details: missing, proposed


@router.get("/cases")
def list_cases(request: Request, actor: ApplicantActor, door: CurrentDoor) -> Response:
    """All cases of the own organisations: status, next to-do, deadline."""
    with door.reading(actor) as session:
        lines = cases.list_cases(session, actor, limit=MOST_CASES).lines
        todos = tasks.list_tasks(session, actor, "mine", size=MOST_CASES).lines
        accounts = payment_account.to_give(session, [line.case for line in lines])
        cards = [_card(session, line, todos, accounts.get(line.case.id)) for line in lines]
        return pages.render(
            request,
            "applicant/cases.html",
            running=[card for card in cards if card.line.case.closed_at is None],
            closed=[card for card in cards if card.line.case.closed_at is not None],
            now=clock.now(),
        )


def _card(
    session: Session, line: CaseLine, todos: Sequence[TaskLine], account: str | None
) -> CaseCard:
    programme = catalogue.programme_of(session, line.case.programme_version_id)
    mine = tuple(todo for todo in todos if todo.task.case_id == line.case.id)
    return CaseCard(line, case_views.stage_name(programme, line.case.stage), mine, account)


@router.get("/apply/{call_id}")
def show_apply(
    call_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor
) -> Response:
    """Begin an application: for which organisation, under which title."""
    return _apply_page(request, actor, door, call_id, None)


def _apply_page(
    request: Request,
    actor: Actor,
    door: CurrentDoor,
    call_id: UUID,
    error: Invalid | None,
    title: str = "",
) -> Response:
    with door.reading(actor) as session:
        return pages.render(
            request,
            "applicant/apply.html",
            status=422 if error else 200,
            call=catalogue.get_call(session, call_id),
            organisations=people.list_organisations(session, actor.organisations),
            problem=error.problems[0] if error else None,
            typed_title=title,
        )


@router.post("/apply/{call_id}")
def apply(
    call_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor, data: Posted
) -> Response:
    """Open a case and go on to its first form."""
    title = str(data.get("title", ""))[:1000]
    organisation = uuid_of(str(data.get("organisation", "")))
    try:
        with door.transaction(actor) as session:
            case = cases.open_case(session, actor, call_id, organisation, title)
            first = next(iter(_own_tasks(session, actor, case.id)), None)
    except Invalid as error:
        return _apply_page(request, actor, door, call_id, error, title)
    target = f"/my/tasks/{first.id}" if first else f"/my/cases/{case.id}"
    return pages.redirect(request, target, "applicant.opened", reference=case.reference)


def _own_tasks(session: Session, actor: Actor, case_id: UUID) -> list[Task]:
    return list(case_views.case_view(session, actor, case_id).tasks)


def uuid_of(written: str) -> UUID:
    """An id out of a form. Raises NotFound."""
    try:
        return UUID(written)
    except ValueError as error:
        raise NotFound from error


@router.get("/cases/{case_id}")
def show_case(
    case_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor
) -> Response:
    """One case: how far it is, what is to do, what happened, letters, messages, documents."""
    return _case_page(request, actor, door, case_id, None)


def _case_page(
    request: Request,
    actor: Actor,
    door: CurrentDoor,
    case_id: UUID,
    error: Invalid | None,
    message: str = "",
) -> Response:
    language = visitor(request).language
    with door.reading(actor) as session:
        view = case_views.case_view(session, actor, case_id)
        rows = instances.list_instances(session, case_id)
        return pages.render(
            request,
            "applicant/case.html",
            status=422 if error else 200,
            view=view,
            case=view.case,
            steps=stepper.steps(view.programme, view.case, rows, language),
            deadlines=_running(view.deadlines),
            account=payment_account.to_give(session, [view.case]).get(case_id),
            words=lambda event: text(
                f"events.{event.kind}", language, **shown(event.data, language)
            ),
            message=message,
            problem=error.problems[0] if error else None,
            now=clock.now(),
        )


def _running(deadlines: Sequence[Deadline]) -> list[Deadline]:
    return [row for row in deadlines if row.state == "running"]


@router.get("/cases/{case_id}/forms/{form}")
def show_answers(
    case_id: UUID,
    form: str,
    request: Request,
    actor: ApplicantActor,
    door: CurrentDoor,
    revision: int | None = None,
) -> Response:
    """What was handed in with a form, as it was then; the newest answers without ``revision``."""
    with door.reading(actor) as session:
        view = case_views.case_view(session, actor, case_id)
        history, given = _given(view, form, revision)
        return pages.render(
            request,
            "applicant/answers.html",
            case=view.case,
            given=given,
            before=[one for one in history.revisions if one is not given],
            view=view.programme.form(form).view(
                given.row.answers, language=visitor(request).language, readonly=True
            ),
        )


def _given(
    view: CaseView, form: str, number: int | None
) -> tuple[case_views.FormHistory, Revision]:
    """The answers with this number among those of their process. Raises NotFound."""
    for history in reversed(view.forms):
        found = history.numbered(number) if history.form == form else None
        if found is not None:
            return history, found
    raise NotFound


@router.post("/cases/{case_id}/messages")
def write_message(
    case_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor, data: Posted
) -> Response:
    """Write to the authority."""
    body = str(data.get("body", ""))
    try:
        with door.transaction(actor) as session:
            messages.write(session, actor, case_id, body)
    except Invalid as error:
        return _case_page(request, actor, door, case_id, error, body)
    return pages.redirect(request, f"/my/cases/{case_id}#messages", "applicant.message_sent")


@router.post("/cases/{case_id}/processes")
def start_process(
    case_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor, data: Posted
) -> Response:
    """Start a side process, such as a payment request, and go on to its form."""
    with door.transaction(actor) as session:
        started = cases.start_side_process(session, actor, case_id, str(data.get("process", "")))
        open_tasks = _own_tasks(session, actor, case_id)
        first = next((task for task in open_tasks if task.instance_id == started.id), None)
    target = f"/my/tasks/{first.id}" if first else f"/my/cases/{case_id}"
    return pages.redirect(request, target, "applicant.started")


@router.get("/cases/{case_id}/withdraw")
def show_withdraw(
    case_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor
) -> Response:
    """Ask once more before an application is taken back."""
    with door.reading(actor) as session:
        view = case_views.case_view(session, actor, case_id)
        if not view.may_withdraw:
            raise NotFound
        return pages.render(request, "applicant/withdraw.html", case=view.case)


@router.post("/cases/{case_id}/withdraw")
def withdraw(
    case_id: UUID, request: Request, actor: ApplicantActor, door: CurrentDoor, data: Posted
) -> Response:
    """Take the application back."""
    with door.transaction(actor) as session:
        cases.withdraw(session, actor, case_id, str(data.get("reason", ""))[:2000].strip())
    return pages.redirect(request, f"/my/cases/{case_id}", "applicant.withdrawn")
