"""Turns errors into pages; the only place where an error of ours meets an HTTP status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

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
from grantflow.logs import log
from grantflow.web import explain, pages, security
from grantflow.web.deps import SignInFirst, Visitor, visitor

Answer = Callable[[Request, Exception], Response]

_STATUS: dict[type[Exception], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Invalid: 422,
    BadProgramme: 422,
    Conflict: 409,
    Temporary: 503,
}
_KEYS = {404: NotFound, 403: NotAllowed, 503: Temporary}
_HEADED = frozenset({403, 404, 405, 409, 413, 422, 503})
_FOR_RETRY = {"retry-after": "5"}


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, RequestValidationError):
        # A wrong address leads nowhere; a form or a filter with something wrong can be mended.
        return 404 if any(found["loc"][0] == "path" for found in error.errors()) else 422
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return 500


def page(request: Request, error: Exception) -> Response:
    """The error as a page (or as a fragment for htmx) in the visitor's language."""
    if isinstance(error, SignInFirst):
        return _to_sign_in(request, error)
    status = status_of(error)
    _remember_visitor(request)
    if status >= 500:
        log("web").error("error_page", status=status, error=repr(error)[:500])
    key, params = _message(error, status)
    language = visitor(request).language
    template = "errors/fragment.html" if request.headers.get("hx-request") else "errors/error.html"
    response = pages.render(
        request,
        template,
        status=status,
        code=status,
        key=key,
        heading=_heading(error, status),
        params=explain.shown(params, language),
        problems=_problems(error),
        task=_task(error, request),
        back=security.local_path(request.headers.get("referer", ""), str(request.base_url)),
    )
    if status == 503:
        response.headers.update(_FOR_RETRY)
    return response


def _heading(error: Exception, status: int) -> str:
    """The text over an error: only what somebody else did before is done already."""
    if isinstance(error, Conflict) and error.key == Conflict.default_key:
        return "web.status.done"
    return f"web.status.{status if status in _HEADED else 500}"


def _problems(error: Exception) -> Sequence[Problem]:
    """What exactly is wrong, as far as there are words for it."""
    if isinstance(error, Faults):
        return error.problems
    if not isinstance(error, RequestValidationError):
        return ()
    return [_of_address(found) for found in error.errors() if found["loc"][0] == "query"]


def _task(error: Exception, request: Request) -> str:
    """Where to go on, for a conflict with something whose open task the visitor sees."""
    task = error.params.get("task") if isinstance(error, Conflict) else None
    actor = visitor(request).actor
    return f"{'/my' if actor and actor.is_applicant else ''}/tasks/{task}" if task else ""


def _of_address(found: Any) -> Problem:
    """What is wrong with a part of the address behind the question mark."""
    if found["type"] == "string_too_long":
        return Problem("web.query.too_long", {"most": found["ctx"]["max_length"]})
    return Problem("web.query.page" if found["loc"][-1] == "page" else "web.query.wrong")


def _message(error: Exception, status: int) -> tuple[str, dict[str, object]]:
    if isinstance(error, GrantFlowError):
        return error.key, dict(error.params)
    if status in _KEYS:
        return _KEYS[status].default_key, {}
    if status in (405, 413):
        return f"web.refused.{status}", {}
    return ("errors.unknown" if status >= 500 else "errors.invalid"), {}


def _to_sign_in(request: Request, error: SignInFirst) -> Response:
    target = f"/sign-in?next={quote(error.target, safe='')}"
    return pages.redirect(request, target)


def _remember_visitor(request: Request) -> None:
    """An error page is also shown when the database is away, then to an unknown visitor."""
    try:
        visitor(request)
    except Temporary:
        language = request.cookies.get(security.LANGUAGE_COOKIE, "de")
        request.state.visitor = Visitor(None, language, "", security.new_token(), known=False)


def register(app: FastAPI, api: Answer | None = None) -> Answer:
    """Let the application answer errors by pages, below /api/ by what ``api`` makes of them.

    Returns the answerer, for errors that happen outside the application's own handling.
    """

    def answer(request: Request, error: Exception) -> Response:
        if api is not None and request.url.path.startswith("/api/"):
            return api(request, error)
        return page(request, error)

    for kind in (GrantFlowError, SignInFirst, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, answer)
    return answer
