"""Pure ASGI layers around every request: id and log line, security headers, size of the body."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from uuid import uuid4

from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from grantflow.logs import log
from grantflow.web import security

REQUESTS = Counter("grantflow_http_requests", "Answered requests.", ["method", "route", "status"])
SECONDS = Histogram("grantflow_http_seconds", "Time to answer.", ["method", "route"])

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = ("/static/", "/health/", "/metrics")


class TooLarge(HTTPException):
    """The body is larger than allowed."""

    def __init__(self) -> None:
        super().__init__(413)


_GONE = 499  # the visitor left before the answer


class RequestLog:
    """Gives every request an id, logs and counts its answer, and turns surprises into a 500."""

    def __init__(self, app: ASGIApp, on_error: Callable[[Request, Exception], Response]) -> None:
        self.app = app
        self.on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = Request(scope).headers.get("x-request-id", "")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        await self._answer(scope, receive, send, request_id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        begun = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except ClientDisconnect:
            status = status or _GONE  # nobody is there to answer
        except Exception as error:
            if not isinstance(error, HTTPException):
                log("web").exception("request_failed", method=scope["method"], path=scope["path"])
            if status:
                raise  # half an answer has left; only closing the connection tells the browser
            await self._told(Request(scope, receive), error)(scope, receive, sending)
        finally:
            _account(scope, status, time.perf_counter() - begun)

    def _told(self, request: Request, error: Exception) -> Response:
        """The answer for an error; a bare one if even the error page fails."""
        try:
            return self.on_error(request, error)
        except Exception:
            log("web").exception("error_page_failed", path=request.scope["path"])
            return PlainTextResponse("Internal Server Error", 500)


def _account(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "other")
    REQUESTS.labels(scope["method"], route, status).inc()
    SECONDS.labels(scope["method"], route).observe(seconds)
    if not scope["path"].startswith(_QUIET):
        log("web").info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(seconds * 1000, 1),
        )


class SecurityHeaders:
    """Adds the security headers; a route may ask for inline styles or for being framed by us.

    ``request.state.inline_styles = True`` (diagram editors), ``request.state.framed = True``
    (letter previews).
    """

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app = app
        self.ready = {
            (inline, framed): security.headers(secure=secure, inline_styles=inline, framed=framed)
            for inline in (False, True)
            for framed in (False, True)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                wish = (bool(state.get("inline_styles")), bool(state.get("framed")))
                message["headers"].extend(self.ready[wish])
            await send(message)

        await self.app(scope, receive, sending)


_UNSEEN = re.compile(rb"[\x00-\x1f\x7f]|%(?:0[0-8bcef]|1[0-9a-f]|7f)", re.IGNORECASE)
_UNSEEN_IN_PATH = re.compile(r"[\x00-\x1f\x7f]")


class Addresses:
    """Cleans addresses before anybody reads them, and answers HEAD like GET without the body.

    Control characters in a query become blanks; a path with one leads nowhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["query_string"] = _UNSEEN.sub(b"+", scope["query_string"])
        if _UNSEEN_IN_PATH.search(scope["path"]):
            raise HTTPException(404)
        if scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        inner = {**scope, "method": "GET"}
        await self.app(inner, receive, _without_body(send))
        scope["route"] = inner.get("route")


def _without_body(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sending


class Peer:
    """Notes who is really at the other end, before a proxy's word for the visitor is taken."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            client = scope.get("client")
            scope.setdefault("state", {})["peer"] = client[0] if client else ""
        await self.app(scope, receive, send)


class BodyLimit:
    """Refuses bodies that are too large before they fill memory or disk."""

    def __init__(self, app: ASGIApp, most: int, most_multipart: int) -> None:
        self.app = app
        self.most = most
        self.most_multipart = most_multipart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] in security.SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        await self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Request(scope).headers
        multipart = headers.get("content-type", "").startswith("multipart/")
        most = self.most_multipart if multipart else self.most
        announced = headers.get("content-length", "0")
        if not announced.isdigit() or int(announced) > most:
            raise TooLarge
        got = 0

        async def receiving() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > most:
                raise TooLarge
            return message

        await self.app(scope, receiving, send)
