"""The form of a task on a page: shown, kept as a draft while typing, rows and files added.

The page that shows the form posts it to itself. Every button is called ``_action``; its value says
what is meant: ``save``, ``add:<place>``, ``remove:<place of row>``, ``upload:<place>``,
``unfile:<place>:<document>``, or a word of the page's own (``check``, ``submit``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from grantflow import clock
from grantflow.documents import read_limited
from grantflow.errors import Invalid, NotFound, Problem
from grantflow.forms import Form, FormView, nest
from grantflow.services import documents, tasks
from grantflow.services.policy import Actor
from grantflow.services.tasks import TaskView
from grantflow.web import pages
from grantflow.web.deps import (
    CurrentActor,
    CurrentDoor,
    Door,
    Posted,
    blobs_of,
    settings_of,
    visitor,
)

router = APIRouter()

FILE_PREFIX, SEEN_LETTER = "_file:", "_letter"


@dataclass(frozen=True)
class Button:
    """A button under the form."""

    value: str
    key: str
    variant: str = "primary"


SAVE = Button("save", "forms.page.save", "secondary")
CHECK = Button("check", "forms.page.check")
SUBMIT = Button("submit", "forms.page.submit")


@dataclass(frozen=True)
class TaskForm:
    """What ``forms/task_form.html`` shows; ``here`` is the page's own address."""

    task_id: UUID
    here: str
    view: FormView
    saved_at: datetime | None
    buttons: Sequence[Button]
    megabytes: int
    seen_letter: str = ""  # the revision of the draft letter shown beside the form
    focus: str = ""
    focused: list[str] = field(default_factory=list)  # the first field of the new row only
    shortened: str = ""  # the list a row was taken from; its button has the focus


def task_form(
    request: Request,
    found: TaskView,
    here: str,
    *,
    buttons: Sequence[Button] = (SUBMIT, SAVE),
    raw: Mapping[str, Any] | None = None,
    problems: Sequence[Problem] = (),
) -> TaskForm | None:
    """The form of an open task for its page; None for a task without a form.

    ``raw`` and ``problems`` are given when the page is shown again after a check that failed.
    """
    if found.form is None:
        return None
    view = found.form.view(
        found.answers if raw is None else typed(found, raw, visitor(request).language),
        problems=problems,
        language=visitor(request).language,
        context=found.context,
        options=found.options,
    )
    megabytes = settings_of(request).upload_megabytes
    focus = request.query_params.get("row", "")
    known = (found.task.id, here, view, found.saved_at, buttons, megabytes, found.letter_revision)
    return TaskForm(*known, focus, shortened=request.query_params.get("list", ""))


def typed(found: TaskView, raw: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What was posted, with what the page had hidden or shown for reading only and did not send.

    ``language`` is that in which it was written.
    """
    if found.form is None:
        return dict(raw)
    known = (found.answers, found.context, found.options, language)
    seen = found.form.with_unseen(raw, *known)
    return found.form.renewed(seen, found.context)


def answers_view(request: Request, found: TaskView, answers: Mapping[str, Any]) -> FormView:
    """Given answers for reading. Raises NotFound for a task without a form."""
    if found.form is None:
        raise NotFound
    return found.form.view(
        answers,
        language=visitor(request).language,
        context=found.context,
        options=found.options,
        readonly=True,
    )


def raw_answers(data: FormData) -> dict[str, Any]:
    """The posted answers, nested but not checked."""
    return nest(data.multi_items())


@dataclass(frozen=True)
class Action:
    """Which button was pressed, and what it is about."""

    name: str
    place: str
    more: str

    @property
    def is_side_step(self) -> bool:
        """Whether the page stays as it is, with one thing changed."""
        return self.name in ("save", "add", "remove", "upload", "unfile")


def action_of(data: FormData, otherwise: str = "submit") -> Action:
    """The button of a posted form; Enter in a field means ``otherwise``."""
    name, _, rest = str(data.get("_action") or otherwise).partition(":")
    place, _, more = rest.partition(":")
    return Action(name, place, more)


def side_step(
    request: Request, door: Door, actor: Actor, task_id: UUID, here: str, data: FormData
) -> Response | None:
    """Save, add or remove a row, take or drop a file, then show the page again.

    None when the button means something else. Whatever was typed is kept in any case.
    """
    action = action_of(data)
    if not action.is_side_step:
        return None
    try:
        taken, target = _step(request, door, actor, task_id, data, action)
    except Invalid as error:  # a file that cannot be taken; what was typed is kept all the same
        with door.transaction(actor) as session:
            found = tasks.task_view(session, actor, task_id)
            raw = typed(found, raw_answers(data), actor.language)
            tasks.save_draft(session, actor, task_id, raw)
        problem = error.problems[0]
        return pages.redirect(request, here, problem.key, kind="danger", **problem.params)
    return pages.redirect(request, here + target, _flash(action, taken))


def _step(
    request: Request, door: Door, actor: Actor, task_id: UUID, data: FormData, action: Action
) -> tuple[int, str]:
    """How many files were taken, and what to append to the address of the page."""
    with door.transaction(actor) as session:
        found = tasks.task_view(session, actor, task_id)
        if found.form is None:
            raise NotFound
        raw = typed(found, found.form.collect(data.multi_items()), actor.language)
        taken = _store_files(request, session, actor, found, raw, data)
        target = _apply(session, actor, found.form, raw, action)
        tasks.save_draft(session, actor, task_id, raw)
    return taken, target


def _flash(action: Action, taken: int) -> str | None:
    if action.name == "upload":
        return "forms.page.uploaded" if taken else "forms.page.no_file_chosen"
    return {
        "save": "forms.page.draft_kept",
        "unfile": "forms.page.file_removed",
        "remove": "forms.page.row_removed",
    }.get(action.name)


def _apply(session: Session, actor: Actor, form: Form, raw: dict[str, Any], action: Action) -> str:
    """Change the raw answers as the button says; what to append to the address of the page."""
    if action.name == "add":
        number = _add_row(form, raw, action.place)
        return f"?row={action.place}.{number}#f-{action.place.replace('.', '-')}"
    if action.name == "remove":
        _remove_row(raw, action.place)
        rows = action.place.rpartition(".")[0]
        return f"?list={rows}#f-{rows.replace('.', '-')}"
    if action.name == "unfile":
        _forget_file(raw, action.place, action.more)
        documents.remove_document(session, actor, _uuid(action.more))
    return f"#f-{action.place.replace('.', '-')}" if action.place else ""


def path_of(place: str) -> str:
    """The path of a field from its place: without the numbers of rows."""
    return ".".join(part for part in place.split(".") if not part.isdecimal())


def _find(raw: Any, parts: Sequence[str]) -> Any:
    """What stands at this place of the raw answers, or None."""
    for part in parts:
        if isinstance(raw, list):
            raw = raw[int(part)] if part.isdecimal() and int(part) < len(raw) else None
        else:
            raw = raw.get(part) if isinstance(raw, dict) else None
    return raw


def _holder(raw: dict[str, Any], place: str) -> tuple[dict[str, Any], str]:
    """The mapping a place stands in, and its last name. Raises NotFound."""
    *before, last = place.split(".")
    found = _find(raw, before)
    if not isinstance(found, dict):
        raise NotFound
    return found, last


def _add_row(form: Form, raw: dict[str, Any], place: str) -> int:
    known = form.field(path_of(place))
    if known is None or known.kind != "dynamiclist":
        raise NotFound
    holder, key = _holder(raw, place)
    rows = holder[key] if isinstance(holder.get(key), list) else []
    if len(rows) < known.limits.most_rows:
        rows = [*rows, form.blank_row(known.path)]
    holder[key] = rows
    return len(rows) - 1


def _remove_row(raw: dict[str, Any], place: str) -> None:
    rows_place, _, number = place.rpartition(".")
    rows = _find(raw, rows_place.split("."))
    if not isinstance(rows, list) or not number.isdecimal() or int(number) >= len(rows):
        raise NotFound
    del rows[int(number)]


def _forget_file(raw: dict[str, Any], place: str, document: str) -> None:
    holder, key = _holder(raw, place)
    given = holder.get(key)
    holder[key] = [one for one in given if one != document] if isinstance(given, list) else []


def _store_files(
    request: Request,
    session: Session,
    actor: Actor,
    found: TaskView,
    raw: dict[str, Any],
    data: FormData,
) -> int:
    """Keep every file that came along and enter it at its place; how many there were."""
    taken = 0
    most = settings_of(request).upload_megabytes
    for name, file in data.multi_items():
        if not (isinstance(file, UploadFile) and name.startswith(FILE_PREFIX) and file.filename):
            continue
        place = name.removeprefix(FILE_PREFIX)
        holder, key = _holder(raw, place)
        content = read_limited(file.file, megabytes=most)
        document = documents.add_document(
            session, actor, found.task.id, path_of(place), file.filename, content, blobs_of(request)
        )
        given = holder.get(key)
        holder[key] = [*(given if isinstance(given, list) else []), str(document.id)]
        taken += 1
    return taken


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


@router.post("/tasks/{task_id}/draft")
def save_draft(
    task_id: UUID, request: Request, actor: CurrentActor, door: CurrentDoor, data: Posted
) -> Response:
    """Keep what was typed; answers with the fields that are computed or appear and vanish."""
    with door.transaction(actor) as session:
        found = tasks.task_view(session, actor, task_id)
        raw = typed(found, raw_answers(data), actor.language)
        tasks.save_draft(session, actor, task_id, raw)
    form = task_form(request, replace(found, saved_at=clock.now()), "", raw=raw)
    if form is None:
        raise NotFound
    return pages.render(request, "forms/draft.html", form=form)
