"""Puts the web application together: routes, layers, errors, and the door to the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import Depends, FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from grantflow import __version__
from grantflow.api import problems
from grantflow.api import routes as api_routes
from grantflow.documents import open_blobs
from grantflow.settings import Settings
from grantflow.settings import settings as settings_of_process
from grantflow.store import db, embedded
from grantflow.web import deps, errors, pages, routers
from grantflow.web.middleware import Addresses, BodyLimit, Peer, RequestLog, SecurityHeaders

MEGABYTE = 1_000_000
LARGEST_PAGE = 8 * MEGABYTE  # a posted form or diagram without files
YEAR = 31_536_000


class _Assets(StaticFiles):
    """Static files; their addresses carry a hash of the content, so browsers may keep them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file with a long life in caches."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = f"public, max-age={YEAR}, immutable"
        return response


def create_app(settings: Settings | None = None, sessions: db.Sessions | None = None) -> FastAPI:
    """The web application.

    Without ``sessions`` it opens the database of the settings (or the embedded one) itself and
    closes it at the end.
    """
    chosen = settings or settings_of_process()
    opened = sessions or db.connect(embedded.urls(chosen).application, chosen.pool_size)
    app = FastAPI(
        title="GrantFlow",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan(chosen, None if sessions else opened),
        dependencies=[Depends(deps.protect)],
        redirect_slashes=False,
    )
    furnish(app, chosen, opened)
    for router in routers.all_routers():
        app.include_router(router)
    api_routes.install(app)
    app.mount("/static", _Assets(directory=pages.STATIC), name="static")
    _add_layers(app, chosen)
    return app


def furnish(app: FastAPI, settings: Settings, sessions: db.Sessions) -> None:
    """Give the application the database and the files it works on."""
    app.state.settings = settings
    app.state.sessions = sessions
    app.state.door = deps.Door(sessions)
    app.state.blobs = open_blobs(settings)


def _add_layers(app: FastAPI, settings: Settings) -> None:
    """Outermost last: who asks, headers on every answer, the log, the address, the body's size."""
    on_error = errors.register(app, problems.answer)
    files = (settings.upload_megabytes * 20 + 1) * MEGABYTE
    app.add_middleware(BodyLimit, most=LARGEST_PAGE, most_multipart=files)
    app.add_middleware(Addresses)
    app.add_middleware(RequestLog, on_error=on_error)
    app.add_middleware(SecurityHeaders, secure=settings.cookie_secure)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)
    app.add_middleware(Peer)


def _lifespan(settings: Settings, own: db.Sessions | None) -> Any:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[MutableMapping[str, Any]]:
        # A thread more than there are connections would only wait for one.
        anyio.to_thread.current_default_thread_limiter().total_tokens = max(settings.pool_size, 4)
        yield {}
        if own is not None:
            own.dispose()

    return lifespan
