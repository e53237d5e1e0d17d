"""Turns a template and its values into a page: language, navigation, messages, formats."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from grantflow import clock
from grantflow.errors import Problem
from grantflow.texts import LANGUAGES, text
from grantflow.web import formats, navigation, security
from grantflow.web.deps import Visitor, settings_of, visitor

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


@lru_cache
def environment() -> Environment:
    """The template environment; templates are compiled once per process."""
    jinja = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    jinja.filters.update(formats.FILTERS)
    jinja.globals["static"] = static
    return jinja


@lru_cache(maxsize=256)
def static(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers may keep it."""
    path = STATIC / name
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "0"
    return f"/static/{name}?v={digest}"


def localised(value: Any, language: str) -> str:
    """A programme's text in this language, else in German (``{"de": …, "en": …}`` or plain)."""
    if isinstance(value, dict):
        return str(value.get(language) or value.get("de") or next(iter(value.values()), ""))
    return "" if value is None else str(value)


def base_context(request: Request) -> dict[str, Any]:
    """What every template can use.

    ``_`` text, ``local`` programme text, ``say`` the words of a problem, ``actor``, ``known``,
    ``language``, ``csrf``, ``navigation``, ``path``, ``query``, ``flashes``, ``today``,
    ``request_id``.
    """
    who = visitor(request)
    return {
        "_": partial(_text, who.language),
        "local": partial(_local, who.language),
        "say": partial(_say, who.language),
        "actor": who.actor,
        "known": who.known,
        "language": who.language,
        "languages": LANGUAGES,
        "csrf": who.csrf,
        "navigation": navigation.entries(who.actor, request.url.path),
        "path": request.url.path,
        "query": request.url.query,
        "flashes": _read_flashes(request, who),
        "today": clock.today(),
        "request_id": getattr(request.state, "request_id", ""),
    }


def _text(language: str, key: str, /, **params: Any) -> str:
    return text(key, language, **formats.words(params, key, language))


def _say(language: str, problem: Problem) -> str:
    return _text(language, problem.key, **problem.params)


def _local(language: str, value: Any) -> str:
    return localised(value, language)


def render(
    request: Request, template: str, /, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """Render a template into an answer with this status."""
    shared = base_context(request)
    body = environment().get_template(template).render({**shared, **context})
    response = HTMLResponse(body, status)
    response.headers["cache-control"] = "no-store"
    if request.cookies.get(security.FLASH_COOKIE):
        response.delete_cookie(security.FLASH_COOKIE)
    keep_visitor(request, response)
    return response


def keep_visitor(request: Request, response: Response) -> None:
    """Give a new visitor the cookie their CSRF token is bound to."""
    who = visitor(request)
    if who.fresh_cookie:
        secure = settings_of(request).cookie_secure
        security.set_cookie(response, security.VISITOR_COOKIE, who.secret, secure=secure)


def redirect(
    request: Request,
    target: str,
    text_key: str | None = None,
    /,
    *,
    kind: str = "success",
    **params: Any,
) -> Response:
    """Go to a page of ours after a change (303); ``text_key`` names a text shown there once.

    A request of htmx gets the header that makes the browser go there.
    """
    if request.headers.get("hx-request") and not request.headers.get("hx-target"):
        response: Response = Response(status_code=204, headers={"hx-redirect": target})
    else:
        response = RedirectResponse(target, 303)
    if text_key is not None:
        keep_visitor(request, response)
        secure = settings_of(request).cookie_secure
        flash(response, visitor(request).secret, text_key, secure=secure, kind=kind, **params)
    return response


def flash(
    response: Response,
    secret: str,
    text_key: str,
    /,
    *,
    secure: bool,
    kind: str = "success",
    **params: Any,
) -> None:
    """Show a text once on the next page; sealed with the browser's own secret."""
    message = {"kind": kind, "key": text_key, "params": params}
    sealed = security.sign(json.dumps(message, default=str).encode(), secret)
    security.set_cookie(response, security.FLASH_COOKIE, sealed, secure=secure, max_age=300)


def _read_flashes(request: Request, who: Visitor) -> list[dict[str, Any]]:
    sealed = request.cookies.get(security.FLASH_COOKIE)
    value = security.unsign(sealed, who.secret) if sealed else None
    if value is None:
        return []
    message = json.loads(value)
    return [
        {"kind": message["kind"], "text": _text(who.language, message["key"], **message["params"])}
    ]
