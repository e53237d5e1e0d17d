"""For machines that watch over this process: alive, ready, and numbers."""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.responses import JSONResponse, Response

from grantflow.errors import NotFound, Temporary
from grantflow.services.policy import SYSTEM
from grantflow.web import security
from grantflow.web.deps import CurrentDoor, settings_of

router = APIRouter()


@router.get("/health/live")
def live() -> Response:
    """This process answers."""
    return JSONResponse({"status": "alive"})


@router.get("/health/ready")
def ready(door: CurrentDoor) -> Response:
    """The database answers too."""
    try:
        with door.reading(SYSTEM) as session:
            session.execute(text("select 1"))
    except Temporary:
        return JSONResponse({"status": "database unreachable"}, 503, {"retry-after": "5"})
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Counters and timings for Prometheus, on this machine or with the token of the settings."""
    if not (_has_token(request) or _is_neighbour(request)):
        raise NotFound
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _has_token(request: Request) -> bool:
    token = settings_of(request).metrics_token or ""
    return bool(token) and security.same(
        request.headers.get("authorization", ""), f"Bearer {token}"
    )


def _is_neighbour(request: Request) -> bool:
    """Whether a program on this machine asks for itself; a proxy on it asks for somebody else."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.state.peer).is_loopback
    except ValueError:
        return False
