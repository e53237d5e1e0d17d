"""What the studio's editors load, check and save, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from grantflow import expressions
from grantflow.engine.xml import load_xml
from grantflow.errors import (
    BadProgramme,
    Conflict,
    Faults,
    GrantFlowError,
    NotAllowed,
    NotFound,
    Problem,
)
from grantflow.forms import require_visible
from grantflow.programmes.lint import lint
from grantflow.programmes.package import Package
from grantflow.services import catalogue, studio
from grantflow.services.policy import Actor
from grantflow.services.studio import Draft
from grantflow.texts import text
from grantflow.texts.wrong_values import unreadable
from grantflow.web import errors, studio_vocabulary
from grantflow.web import studio_model as model
from grantflow.web.deps import CurrentActor, CurrentDoor, visitor

MOST_EXPRESSION = 10_000

router = APIRouter()

Visible = Annotated[str, BeforeValidator(require_visible)]


class Content(BaseModel):
    """A file as an editor sends it for checking."""

    content: Visible


class Save(Content):
    """A file as an editor sends it for saving; ``revision`` is the one it began with."""

    revision: int


class Expression(BaseModel):
    """One FEEL expression of the properties panel."""

    expression: Visible = Field(max_length=MOST_EXPRESSION)


def opened(session: Session, actor: Actor, version_id: UUID, file: str) -> Draft:
    """The version, if it has this file. Raises NotFound, NotAllowed."""
    draft = studio.open_version(session, actor, version_id)
    if file not in draft.package.files:
        raise NotFound("services.catalogue.file_not_found", name=file)
    return draft


def writable(actor: Actor, draft: Draft, file: str) -> bool:
    """Whether the actor may change this file.

    The rules of law belong to everybody; a shared file that an own one replaces would overwrite it.
    """
    free = not file.startswith(studio.RULES) and not replaced(draft, file)
    return free and model.may_edit(actor, draft.version)


def replaced(draft: Draft, file: str) -> bool:
    """Whether the programme uses its own file of this name instead of the shared one."""
    return file.startswith("_") and model.own_path(file) in draft.package.files


def letter_of(file: str) -> str:
    """The name of the letter a file belongs to, else nothing."""
    path = PurePosixPath(file)
    return path.parent.name if path.parent.parent.name in ("letters", "_letters") else ""


def letter_parts(package: Package, file: str) -> tuple[str, ...]:
    """The files of the letter this one belongs to."""
    folder = file.rpartition("/")[0]
    return tuple(
        n for n in sorted(package.files) if n.rpartition("/")[0] == folder and letter_of(file)
    )


@router.get("/versions/{version_id}/file.json")
def load(
    request: Request, actor: CurrentActor, door: CurrentDoor, version_id: UUID, file: str
) -> Response:
    """A file with all that its editor needs: words, choices, faults, where to save."""
    language = visitor(request).language
    with door.reading(actor) as session:
        draft = opened(session, actor, version_id, file)
    package = draft.package
    target = file if not file.startswith("_") else model.own_path(file)
    return _json(
        {
            **_addresses(version_id, file),
            "content": package.files[file].decode("utf-8", "replace"),
            "revision": draft.revision,
            "editable": writable(actor, draft, file),
            "texts": studio_vocabulary.texts(language),
            "vocabulary": studio_vocabulary.vocabulary(package, language),
            "lane_roles": studio_vocabulary.lane_roles(package),
            "problems": _listed(lint(package), language, target, file),
        }
    )


def _addresses(version_id: UUID, file: str) -> dict[str, str]:
    base, query = f"/studio/versions/{version_id}", f"?file={quote(file)}"
    return {
        "file": file,
        "page": model.editor_address(version_id, file),
        "save": f"{base}/file{query}",
        "check": f"{base}/check{query}",
        "expression": f"{base}/expression",
    }


def _listed(
    problems: Sequence[Problem], language: str, target: str, file: str
) -> list[Mapping[str, str]]:
    """Faults for the browser; those of the file's own copy count as the file's."""
    return [
        {
            "file": file if fault.file == target else fault.file,
            "element": fault.element,
            "text": fault.text,
        }
        for fault in model.faults(problems, language)
    ]


def _json(content: Mapping[str, Any], status: int = 200) -> Response:
    return JSONResponse(dict(content), status, {"cache-control": "no-store"})


@router.post("/versions/{version_id}/check")
def check(
    request: Request,
    actor: CurrentActor,
    door: CurrentDoor,
    version_id: UUID,
    file: str,
    sent: Content,
) -> Response:
    """What would be wrong if this content were saved; nothing is saved."""
    language = visitor(request).language
    with door.reading(actor) as session:
        draft = opened(session, actor, version_id, file)
    target = model.own_path(file)
    raw = sent.content.encode()
    try:
        require_readable(target, raw)
        problems = lint(_with_copy(draft.package, file).with_file(target, raw))
    except BadProgramme as error:
        problems = list(error.problems)
    return _json({"problems": _listed(problems, language, target, file)})


@router.post("/versions/{version_id}/expression")
def check_expression(
    request: Request, actor: CurrentActor, door: CurrentDoor, version_id: UUID, sent: Expression
) -> Response:
    """Whether a FEEL expression is sound."""
    with door.reading(actor) as session:
        catalogue.version(session, actor, version_id)
    problem = expressions.check(sent.expression)
    language = visitor(request).language
    return _json({"problem": model.fault_text(problem, language) if problem else None})


@router.post("/versions/{version_id}/file")
def save(
    request: Request,
    actor: CurrentActor,
    door: CurrentDoor,
    version_id: UUID,
    file: str,
    sent: Save,
) -> Response:
    """Save one file of a draft, even a faulty one; what cannot be read is refused."""
    language = visitor(request).language
    target = model.own_path(file)
    raw = sent.content.encode()
    try:
        require_readable(target, raw)
        with door.transaction(actor) as session:
            revision = _write(session, actor, version_id, file, raw, sent.revision)
            package = studio.open_version(session, actor, version_id).package
    except GrantFlowError as error:
        return _refused(error, language, target, file)
    return _json(
        {
            "revision": revision,
            "message": text("studio.editor.saved", language),
            "file": _addresses(version_id, target),
            "problems": _listed(lint(package), language, target, target),
        }
    )


def _write(
    session: Session, actor: Actor, version_id: UUID, file: str, raw: bytes, revision: int
) -> int:
    """Write a file; of a shared one the programme gets its own copy, of a letter both parts."""
    draft = opened(session, actor, version_id, file)
    if (
        not writable(actor, draft, file)
        and model.is_manager(actor, draft.version)
        and file.startswith("_")
    ):
        if not replaced(draft, file):
            raise NotAllowed("studio.editor.rules")
        # Whoever began before the own file was there is told below who saved it meanwhile.
        if draft.revision == revision:
            raise Conflict("studio.editor.replaced", file=model.own_path(file))
    target = model.own_path(file)
    copied = _with_copy(draft.package, file)
    for name in sorted(set(copied.files) - set(draft.package.files) - {target}):
        revision = studio.write_file(session, actor, version_id, name, copied.files[name], revision)
    return studio.write_file(session, actor, version_id, target, raw, revision)


def _with_copy(package: Package, file: str) -> Package:
    """The package with what must stand beside the own copy of a shared letter's part."""
    if not file.startswith("_") or not letter_of(file):
        return package
    folder = file.rpartition("/")[0] + "/"
    for name, content in package.files.items():
        if name.startswith(folder) and model.own_path(name) not in package.files:
            package = package.with_file(model.own_path(name), content)
    return package


def require_readable(name: str, raw: bytes) -> None:
    """Raises BadProgramme for XML or JSON that no editor could open again."""
    suffix = PurePosixPath(name).suffix
    if suffix in (".bpmn", ".dmn"):
        try:
            load_xml(raw)
        except BadProgramme as error:
            raise BadProgramme(Problem(p.key, p.params, name) for p in error.problems) from None
    elif suffix == ".form":
        try:
            json.loads(raw)
        except ValueError as error:
            params = {"detail": unreadable(error)}
            raise BadProgramme([Problem("studio.editor.no_json", params, name)]) from None


def _refused(error: GrantFlowError, language: str, target: str, file: str) -> Response:
    problems = error.problems if isinstance(error, Faults) else ()
    return _json(
        {
            "message": text("studio.editor.refused", language)
            if problems
            else text(error.key, language, **error.params),
            **({"problems": _listed(problems, language, target, file)} if problems else {}),
        },
        errors.status_of(error),
    )
