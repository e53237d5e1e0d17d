"""Adding files to a draft and taking them out again."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from grantflow import clock
from grantflow.errors import BadProgramme, Conflict, Invalid, Problem
from grantflow.programmes.load import read_file
from grantflow.programmes.package import Package
from grantflow.services import studio
from grantflow.web import pages
from grantflow.web import studio_model as model
from grantflow.web.deps import CurrentActor, CurrentDoor

FILES = {
    "diagram": {"stages/{name}.bpmn": "diagram.bpmn"},
    "side": {"side/{name}.bpmn": "diagram.bpmn"},
    "form": {"forms/{name}.form": "form.form"},
    "decision": {"decisions/{name}.dmn": "decision.dmn"},
    "scenario": {"scenarios/{name}.toml": "scenario.toml"},
    "letter": {
        "letters/{name}/letter.toml": "letter.toml",
        "letters/{name}/body.html": "body.html",
    },
}
"""Kind of file -> where it belongs and what it begins with."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")

router = APIRouter()
Text = Annotated[str, Form()]
Number = Annotated[int, Form()]


@router.post("/versions/{version_id}/files")
def add(
    request: Request,
    actor: CurrentActor,
    door: CurrentDoor,
    version_id: UUID,
    kind: Text,
    name: Text,
    revision: Number,
) -> Response:
    """Add a new, nearly empty file to a draft and open its editor."""
    if kind not in FILES or not _NAME.fullmatch(name):
        raise Invalid([Problem("studio.new.bad_name", {"name": name}, "name")])
    wanted = {path.format(name=name): skeleton for path, skeleton in FILES[kind].items()}
    with door.transaction(actor) as session:
        package = studio.open_version(session, actor, version_id).package
        if any(path in package.files for path in wanted):
            raise Conflict("studio.new.taken", name=name)
        for path, skeleton in wanted.items():
            content = _skeleton(skeleton, name, package)
            revision = studio.write_file(session, actor, version_id, path, content, revision)
    return pages.redirect(
        request, model.editor_address(version_id, next(iter(wanted))), "studio.file_added"
    )


def _skeleton(skeleton: str, name: str, package: Package) -> bytes:
    template = pages.environment().get_template(f"studio/new/{skeleton}")
    start = clock.now().astimezone(clock.BERLIN).replace(microsecond=0).isoformat()
    return template.render(name=name, call=_first_call(package), start=start).encode()


def _first_call(package: Package) -> str:
    """The call a new scenario applies in; empty while programme.toml is broken or has none."""
    try:
        calls = read_file(package).calls
    except BadProgramme:
        return ""
    return calls[0].key if calls else ""


@router.post("/versions/{version_id}/files/remove")
def remove(
    request: Request,
    actor: CurrentActor,
    door: CurrentDoor,
    version_id: UUID,
    file: Text,
    revision: Number,
) -> Response:
    """Take a file, or with a slash at the end a letter with its files, out of a draft."""
    with door.transaction(actor) as session:
        studio.remove_file(session, actor, version_id, file, revision)
    return pages.redirect(request, f"/studio/versions/{version_id}", "studio.file_removed")
