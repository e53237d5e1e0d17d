"""Errors as RFC 9457 problem documents, in the language the caller asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from grantflow import texts
from grantflow.errors import (
    BadProgramme,
    Conflict,
    Faults,
    GrantFlowError,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    Temporary,
)

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[GrantFlowError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Invalid, 422),
    (Conflict, 409),
    (BadProgramme, 500),
    (Temporary, 503),
)


class NoToken(HTTPException):
    """The request carries no valid token."""

    def __init__(self) -> None:
        super().__init__(401, headers={"WWW-Authenticate": "Bearer"})


class Place(BaseModel):
    """One thing that is wrong and where."""

    place: str = Field(description="Path of the field, e.g. `plan.0.amount`; empty for the whole.")
    key: str = Field(description="Stable name of the problem.")
    message: str = Field(description="What is wrong and how to mend it, in the caller's language.")


class ProblemDocument(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="`urn:grantflow:` and the stable name of the error.")
    title: str = Field(description="What kind of error this is.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, in the caller's language.")
    instance: str = Field(description="The path that was asked for.")
    problems: list[Place] = Field(default=[], description="All single problems at once.")


def language_of(request: Request) -> str:
    """German unless the caller prefers English (``Accept-Language``)."""
    best, weight = "de", -1.0
    for part in request.headers.get("accept-language", "").split(","):
        name, _, quality = part.strip().partition(";q=")
        tag = name[:2].lower()
        if tag in texts.LANGUAGES and _weight(quality) > weight:
            best, weight = tag, _weight(quality)
    return best


def _weight(quality: str) -> float:
    try:
        return float(quality or "1")
    except ValueError:
        return 0.0


def status_of(error: GrantFlowError) -> int:
    """The HTTP status of one of our errors."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def document(
    request: Request,
    status: int,
    key: str,
    detail: str,
    problems: Sequence[Place] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An answer that says what went wrong."""
    body = ProblemDocument(
        type=f"urn:grantflow:{key}",
        title=texts.text(f"api.status.{status}", language_of(request)),
        status=status,
        detail=detail,
        instance=request.url.path,
        problems=list(problems),
    )
    language = {"Content-Language": language_of(request)}
    return JSONResponse(
        body.model_dump(), status, headers={**language, **(headers or {})}, media_type=MEDIA_TYPE
    )


def answer(request: Request, error: Exception) -> JSONResponse:
    """The problem document for an error; anything unknown is a 500 that tells nothing."""
    if isinstance(error, GrantFlowError):
        return _known(request, error)
    if isinstance(error, RequestValidationError):
        return _malformed(request, error)
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    language = language_of(request)
    detail = texts.text(_DETAILS.get(status, f"api.status.{status}"), language)
    key = _DETAILS.get(status, f"http.{status}")
    return document(request, status, key, detail, headers=dict(headers or {}))


_DETAILS = {401: "api.no_token", 404: "errors.not_found", 500: "errors.unknown"}


def _known(request: Request, error: GrantFlowError) -> JSONResponse:
    language = language_of(request)
    problems = error.problems if isinstance(error, Faults) else ()
    status = status_of(error)
    return document(
        request,
        status,
        error.key,
        texts.text(error.key, language, **error.params),
        [_place(problem, language) for problem in problems],
        {"Retry-After": "10"} if status == 503 else None,
    )


def _malformed(request: Request, error: RequestValidationError) -> JSONResponse:
    language = language_of(request)
    problems = [_of_pydantic(found, language) for found in error.errors()]
    detail = texts.text("api.malformed", language)
    return document(request, 422, "api.malformed", detail, problems)


def _of_pydantic(found: Any, language: str) -> Place:
    place = ".".join(str(part) for part in found["loc"] if part not in ("body", "query", "path"))
    if found["type"] == "string_too_long":
        most = found["ctx"]["max_length"]
        message = texts.text("api.too_long", language, most=most)
        return Place(place=place, key="api.too_long", message=message)
    key = "api.missing" if found["type"] == "missing" else "api.wrong_kind"
    return Place(place=place, key=key, message=texts.text(key, language))


def _place(problem: Problem, language: str) -> Place:
    message = texts.text(problem.key, language, **problem.params)
    return Place(place=problem.place, key=problem.key, message=message)
