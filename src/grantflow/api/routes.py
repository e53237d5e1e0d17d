"""Every route of the API in one router, and how an application takes them in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from grantflow.api import cases, catalogue, docs, openapi, tasks
from grantflow.api.problems import ProblemDocument

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDocument, "description": said}
    for status, said in (
        (401, "No valid token."),
        (403, "You may not do this."),
        (404, "There is no such thing, or you may not know of it."),
        (409, "Somebody was faster, or this was already done."),
        (422, "Something in the request is missing or wrong."),
        (503, "Not possible now; try again later."),
    )
}


def _name(route: APIRoute) -> str:
    return route.name


def install(app: FastAPI) -> None:
    """Add the routes, the description and its page; ``app.state`` holds door, settings, blobs."""
    api = APIRouter(prefix="/api/v1", responses=_ERRORS, generate_unique_id_function=_name)
    for part in (catalogue, cases, tasks):
        api.include_router(part.router, generate_unique_id_function=_name)
    app.include_router(api, generate_unique_id_function=_name)
    app.include_router(docs.router)
    openapi.install(app, api)
