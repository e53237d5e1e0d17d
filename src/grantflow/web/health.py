"""For machines that watch over this process: alive, ready, and numbers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.responses import JSONResponse, Response

from grantflow.errors import Temporary
from grantflow.services.policy import SYSTEM
from grantflow.web.deps import CurrentDoor

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
def metrics(_request: Request) -> Response:
    """Counters and timings for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
