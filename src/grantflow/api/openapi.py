"""The OpenAPI description of the API alone, with problem documents as the errors."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from grantflow import __version__
from grantflow.api.problems import MEDIA_TYPE

_DESCRIPTION = (
    "Programmes, cases, tasks and letters for other applications. The rights of the token's owner"
    " apply. Errors are problem documents (RFC 9457), translated by `Accept-Language`."
)
TAGS = [
    {"name": "account", "description": "Whom the token belongs to."},
    {"name": "catalogue", "description": "Programmes and their calls."},
    {"name": "cases", "description": "Grant cases."},
    {"name": "tasks", "description": "What people have to do."},
    {"name": "letters", "description": "Letters and their files."},
]


def describe(api: APIRouter, base_url: str) -> dict[str, Any]:
    """The description of every route of the API."""
    alone = FastAPI(openapi_url=None)  # has the routes as they are with their full addresses
    alone.include_router(api)
    found = get_openapi(
        title="GrantFlow",
        version=__version__,
        description=_DESCRIPTION,
        routes=alone.routes,
        tags=TAGS,
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        servers=[{"url": base_url}],
    )
    for item in found["paths"].values():
        for operation in item.values():
            _as_problems(operation["responses"])
    return found


def _as_problems(responses: dict[str, Any]) -> None:
    for status, answer in responses.items():
        content = answer.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            content[MEDIA_TYPE] = content.pop("application/json")


def install(app: FastAPI, api: APIRouter) -> None:
    """Let the application describe its API, computed when first asked for."""
    kept: dict[str, Any] = {}

    def description() -> dict[str, Any]:
        if not kept:
            kept.update(describe(api, app.state.settings.base_url))
        return kept

    def openapi() -> JSONResponse:
        return JSONResponse(description())

    app.state.api_description = description
    app.add_api_route("/api/v1/openapi.json", openapi, include_in_schema=False)
