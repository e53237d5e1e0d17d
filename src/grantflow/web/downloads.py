"""Files on their way to the browser: names it may keep, and no guessing of types."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.responses import Response


def pdf_response(content: bytes, name: str) -> Response:
    """A PDF that the browser shows, under this name (without ending) if it is kept."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name) or "file"
    known_to_all = f'filename="{plain}.pdf"'
    headers = {
        "Content-Disposition": f"inline; {known_to_all}; filename*=UTF-8''{quote(name)}.pdf",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)
