"""The manager's studio: programmes, their versions, and what becomes of a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.responses import Response

from grantflow.errors import BadProgramme, GrantFlowError, Invalid, Problem
from grantflow.programmes.lint import lint
from grantflow.programmes.load import read
from grantflow.programmes.package import LARGEST_PACKAGE, unpack
from grantflow.services import catalogue, policy, studio, studio_views
from grantflow.services.policy import Actor
from grantflow.services.studio import Draft
from grantflow.store.tables import ProgrammeVersion
from grantflow.web import errors, pages, studio_editors, studio_files, studio_new, studio_preview
from grantflow.web import studio_model as model
from grantflow.web.deps import CurrentDoor, StaffActor, visitor
from grantflow.web.studio_differences import changed_files, usual_other
from grantflow.web.studio_titles import file_titles, step_names

MOST_NOTE = 2_000


async def editor_actor(actor: StaffActor) -> Actor:
    """Somebody who shapes programmes. Raises NotAllowed for everybody else."""
    policy.require_any(actor, model.EDITORS)
    return actor


EditorActor = Annotated[Actor, Depends(editor_actor)]
Note = Annotated[str, Form(max_length=MOST_NOTE)]
Upload = Annotated[UploadFile, File()]

router = APIRouter(prefix="/studio", dependencies=[Depends(editor_actor)])
router.include_router(studio_editors.router)
router.include_router(studio_files.router)
router.include_router(studio_new.router)
router.include_router(studio_preview.router)


@router.get("")
def programmes(request: Request, actor: EditorActor, door: CurrentDoor) -> Response:
    """All programmes the actor shapes."""
    with door.reading(actor) as session:
        lines = catalogue.list_programmes(session, actor)
    return pages.render(request, "studio/programmes.html", lines=lines, problems=())


@router.get("/programmes/{programme_id}")
def programme(
    request: Request, actor: EditorActor, door: CurrentDoor, programme_id: UUID
) -> Response:
    """The versions of a programme, newest first."""
    with door.reading(actor) as session:
        row = catalogue.get_programme(session, programme_id)
        versions = catalogue.versions(session, actor, programme_id)
        counts = studio_views.case_counts(session, actor, programme_id)
        names = studio_views.people_of(session, versions)
    return pages.render(
        request,
        "studio/programme.html",
        programme=row,
        versions=versions,
        counts=counts,
        names=names,
        manager=bool(versions) and model.is_manager(actor, versions[0]),
    )


@router.get("/versions/{version_id}")
def version(request: Request, actor: EditorActor, door: CurrentDoor, version_id: UUID) -> Response:
    """One version: its files and faults, and what may be done with it."""
    return _version_page(request, actor, door, version_id)


def _version_page(
    request: Request,
    actor: Actor,
    door: CurrentDoor,
    version_id: UUID,
    refused: GrantFlowError | None = None,
) -> Response:
    language = visitor(request).language
    with door.reading(actor) as session:
        draft = studio.open_version(session, actor, version_id)
        problems = studio.lint_draft(session, actor, version_id)
        shown = _surroundings(session, actor, draft)
    found = model.faults(problems, language)
    return pages.render(
        request,
        "studio/version.html",
        status=200 if refused is None else errors.status_of(refused),
        groups=model.file_groups(version_id, draft.package, found, language),
        faults=found,
        refused=refused,
        refusals=model.faults(refused.problems, language)
        if isinstance(refused, BadProgramme)
        else (),
        **shown,
    )


def _surroundings(session: Any, actor: Actor, draft: Draft) -> Mapping[str, Any]:
    """What all pages of a version show around it."""
    version = draft.version
    versions = catalogue.versions(session, actor, version.programme_id)
    return {
        "version": version,
        "programme": catalogue.get_programme(session, version.programme_id),
        "names": studio_views.people_of(session, [version]),
        "cases": studio_views.case_counts(session, actor, version.programme_id).get(version.id, 0),
        "others": [other for other in versions if other.id != version.id],
        "before": next((o for o in versions if o.number < version.number), None),
        "manager": model.is_manager(actor, version),
        "editable": model.may_edit(actor, version),
        "wrote_it": str(actor.account_id) in _hands(version),
    }


def _hands(version: ProgrammeVersion) -> set[str]:
    people = (version.created_by, version.edited_by, version.submitted_by)
    return {*version.editors, *(str(person) for person in people if person)}


@router.get("/versions/{version_id}/scenarios")
def scenarios(
    request: Request, actor: EditorActor, door: CurrentDoor, version_id: UUID
) -> Response:
    """Lint and play every scenario of the version."""
    language = visitor(request).language
    with door.reading(actor) as session:
        draft = studio.open_version(session, actor, version_id)
        shown = _surroundings(session, actor, draft)
        checked = studio.check_draft(session, actor, version_id)
    return pages.render(
        request,
        "studio/scenarios.html",
        checked=checked,
        faults=model.faults(checked.problems, language),
        results=[(result, model.faults(result.problems, language)) for result in checked.scenarios],
        titles=file_titles(draft.package, language),
        steps=step_names(read(draft.package), language) if checked.scenarios else {},
        **shown,
    )


@router.get("/versions/{version_id}/diff")
def diff(
    request: Request,
    actor: EditorActor,
    door: CurrentDoor,
    version_id: UUID,
    against: UUID | None = None,
) -> Response:
    """What differs between this version and another one (else the published one), by file."""
    with door.reading(actor) as session:
        draft = studio.open_version(session, actor, version_id)
        shown = _surroundings(session, actor, draft)
        usual = usual_other(draft.version, shown["others"])
        wanted = against or (usual.id if usual else version_id)
        other = studio.open_version(session, actor, wanted)
        changes = studio.compare(session, actor, wanted, version_id)
    language = visitor(request).language
    return pages.render(
        request,
        "studio/diff.html",
        changes=list(changed_files(changes, other.package, draft.package, language)),
        other=other.version,
        addresses=partial(model.editor_address, version_id),
        **shown,
    )


@router.post("/versions/{version_id}/draft")
def start_draft(
    request: Request, actor: EditorActor, door: CurrentDoor, version_id: UUID, note: Note = ""
) -> Response:
    """Begin a new draft with the files of a version."""
    with door.transaction(actor) as session:
        draft = studio.start_draft(session, actor, version_id, note.strip())
        target = f"/studio/versions/{draft.version.id}"
    return pages.redirect(request, target, "studio.drafted")


@router.post("/versions/{version_id}/submit")
def submit(request: Request, actor: EditorActor, door: CurrentDoor, version_id: UUID) -> Response:
    """Hand a draft over to a second manager; faults are shown on the version's page."""
    try:
        with door.transaction(actor) as session:
            studio.submit(session, actor, version_id)
    except BadProgramme as error:
        return _version_page(request, actor, door, version_id, error)
    return pages.redirect(request, f"/studio/versions/{version_id}", "studio.submitted")


@router.post("/versions/{version_id}/publish")
def publish(request: Request, actor: EditorActor, door: CurrentDoor, version_id: UUID) -> Response:
    """Publish what somebody else wrote; a refusal says why on the version's page."""
    try:
        with door.transaction(actor) as session:
            studio.publish(session, actor, version_id)
    except GrantFlowError as error:
        return _version_page(request, actor, door, version_id, error)
    return pages.redirect(request, f"/studio/versions/{version_id}", "studio.published")


@router.post("/versions/{version_id}/return")
def send_back(
    request: Request, actor: EditorActor, door: CurrentDoor, version_id: UUID, note: Note = ""
) -> Response:
    """Give a version in review back to its authors."""
    with door.transaction(actor) as session:
        studio.send_back(session, actor, version_id, note.strip())
    return pages.redirect(request, f"/studio/versions/{version_id}", "studio.sent_back")


@router.post("/versions/{version_id}/retire")
def retire(request: Request, actor: EditorActor, door: CurrentDoor, version_id: UUID) -> Response:
    """Take a published version out of use."""
    try:
        with door.transaction(actor) as session:
            studio.retire(session, actor, version_id)
    except GrantFlowError as error:
        return _version_page(request, actor, door, version_id, error)
    return pages.redirect(request, f"/studio/versions/{version_id}", "studio.retired")


@router.get("/versions/{version_id}/package.zip")
def export_package(actor: EditorActor, door: CurrentDoor, version_id: UUID) -> Response:
    """The version as a zip that can be imported elsewhere without loss."""
    with door.reading(actor) as session:
        raw = studio.export_package(session, actor, version_id)
        found = catalogue.version(session, actor, version_id)
        key = catalogue.get_programme(session, found.programme_id).key
    name = f"{key}-{found.number}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(raw, media_type="application/zip", headers=headers)


@router.post("/import")
def import_package(
    request: Request, actor: EditorActor, door: CurrentDoor, package: Upload
) -> Response:
    """A zip becomes a new draft of the programme it names; all its faults are shown at once."""
    raw = package.file.read(LARGEST_PACKAGE + 1)
    try:
        if not raw:
            raise Invalid([Problem("studio.import.empty", place="package")])
        with door.transaction(actor) as session:
            draft = studio.import_package(session, actor, raw)
            target = f"/studio/versions/{draft.version.id}"
    except (BadProgramme, Invalid) as error:
        return _import_refused(request, actor, door, _all_faults(raw, error))
    return pages.redirect(request, target, "studio.imported")


def _all_faults(raw: bytes, error: BadProgramme | Invalid) -> Sequence[Problem]:
    """Every fault of a package that could not be read, not only those it was refused for."""
    if isinstance(error, Invalid):
        return error.problems
    try:
        return lint(unpack(raw)) or error.problems
    except BadProgramme as unreadable:
        return unreadable.problems


def _import_refused(
    request: Request, actor: Actor, door: CurrentDoor, found: Sequence[Problem]
) -> Response:
    with door.reading(actor) as session:
        lines = catalogue.list_programmes(session, actor)
    problems = model.faults(found, visitor(request).language)
    return pages.render(
        request, "studio/programmes.html", status=422, lines=lines, problems=problems
    )
