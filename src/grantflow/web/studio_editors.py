"""The pages of the studio's editors; the file itself is fetched by their scripts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from grantflow.services import catalogue
from grantflow.web import pages, studio_files
from grantflow.web import studio_model as model
from grantflow.web.deps import CurrentActor, CurrentDoor, visitor
from grantflow.web.studio_titles import file_title

EDITORS = ("diagram", "form", "decision", "text")

router = APIRouter()


def _editor_page(name: str) -> Any:
    def page(
        request: Request, actor: CurrentActor, door: CurrentDoor, version_id: UUID, file: str
    ) -> Response:
        # The libraries set styles on what they draw; scripts stay as strict as everywhere.
        request.state.inline_styles = True
        with door.reading(actor) as session:
            draft = studio_files.opened(session, actor, version_id, file)
            if studio_files.replaced(draft, file):
                own = model.editor_address(version_id, model.own_path(file))
                return RedirectResponse(own, 303)
            programme = catalogue.get_programme(session, draft.version.programme_id)
        return pages.render(
            request,
            f"studio/editor_{name}.html",
            version=draft.version,
            programme=programme,
            file=file,
            title=file_title(draft.package, file, visitor(request).language),
            editable=studio_files.writable(actor, draft, file),
            shared=file.startswith("_"),
            letter=studio_files.letter_of(file),
            parts=studio_files.letter_parts(draft.package, file),
        )

    return page


for _name in EDITORS:
    router.add_api_route(
        f"/versions/{{version_id}}/{_name}",
        _editor_page(_name),
        methods=["GET"],
        name=f"edit_{_name}",
    )
