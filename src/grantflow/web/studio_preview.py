"""Previews in the studio: a form as applicants see it, a letter as it would be sent."""

from __future__ import annotations

from pathlib import PurePosixPath
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow import forms, letters
from grantflow.errors import BadProgramme, Faults, GrantFlowError
from grantflow.programmes.constants import constants
from grantflow.programmes.load import read_file
from grantflow.programmes.package import Package
from grantflow.services import studio
from grantflow.web import errors, pages
from grantflow.web import studio_model as model
from grantflow.web.deps import CurrentActor, CurrentDoor, settings_of, visitor
from grantflow.web.studio_sample import sample_model
from grantflow.web.task_form import TaskForm

router = APIRouter()


@router.get("/versions/{version_id}/preview/form")
def form_preview(
    request: Request, actor: CurrentActor, door: CurrentDoor, version_id: UUID, file: str
) -> Response:
    """The saved form, rendered by the server as on a task page."""
    request.state.framed = True
    language = visitor(request).language
    with door.reading(actor) as session:
        package = studio.open_version(session, actor, version_id).package
        raw = studio.read_file_of(session, actor, version_id, file)
    try:
        form = forms.parse(raw, PurePosixPath(file).stem)
        known = constants(read_file(package))
        view = form.view(form.start(known), language=language, context=known)
        megabytes = settings_of(request).upload_megabytes
        shown = TaskForm(version_id, "", view, None, (), megabytes)
    except GrantFlowError as error:
        return _faulty(request, error)
    return pages.render(request, "studio/preview_form.html", form=shown)


@router.get("/versions/{version_id}/preview/letter.pdf")
def letter_preview(
    request: Request, actor: CurrentActor, door: CurrentDoor, version_id: UUID, file: str
) -> Response:
    """The saved letter as PDF, filled with invented facts."""
    request.state.framed = True
    with door.reading(actor) as session:
        package = studio.open_version(session, actor, version_id).package
    try:
        folder = settings_of(request).templates_dir / "letters"
        source = _source(package, str(PurePosixPath(file).parent))
        if problems := letters.lint(source):
            raise BadProgramme(problems)
        sample = sample_model(folder, source, read_file(package))
        rendered = letters.render(letters.compose(source, sample, {}))
    except GrantFlowError as error:
        return _faulty(request, error)
    return Response(
        rendered.pdf, media_type="application/pdf", headers={"cache-control": "no-store"}
    )


def _source(package: Package, folder: str) -> letters.LetterSource:
    files = package.files
    return letters.parse_source(
        PurePosixPath(folder).name,
        files.get(f"{folder}/letter.toml", b""),
        files.get(f"{folder}/body.html", b""),
    )


def _faulty(request: Request, error: GrantFlowError) -> Response:
    problems = error.problems if isinstance(error, Faults) else ()
    return pages.render(
        request,
        "studio/preview_faulty.html",
        status=errors.status_of(error),
        error=error,
        faults=model.faults(problems, visitor(request).language),
    )
