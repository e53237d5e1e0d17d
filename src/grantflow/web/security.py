"""Cookies, tokens and headers that keep a browser session safe."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from urllib.parse import urlsplit

from starlette.responses import Response

SESSION_COOKIE = "grantflow_session"
VISITOR_COOKIE = "grantflow_visitor"
LANGUAGE_COOKIE = "grantflow_language"
FLASH_COOKIE = "grantflow_flash"
CSRF_FIELD = "_csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'{inline}; img-src 'self' data:; "
    "font-src 'self'{fonts}; connect-src 'self'; object-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
)


def new_token() -> str:
    """43 characters nobody can guess (256 bits)."""
    return secrets.token_urlsafe(32)


def looks_like_token(text: str) -> bool:
    """Whether this could have come from ``new_token``."""
    return _TOKEN.fullmatch(text) is not None


def visitor_csrf(secret: str) -> str:
    """The CSRF token of somebody who is not signed in, bound to their visitor cookie."""
    return hashlib.sha256(b"csrf:" + secret.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets without telling by the time how far they agree."""
    return bool(right) and hmac.compare_digest(left.encode(), right.encode())


def sign(value: bytes, secret: str) -> str:
    """The value with a seal that only the holder of the secret can make."""
    seal = hmac.new(secret.encode(), value, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(seal + value).decode()


def unsign(signed: str, secret: str) -> bytes | None:
    """The value if its seal is genuine."""
    try:
        raw = base64.urlsafe_b64decode(signed.encode())
    except ValueError:
        return None
    seal, value = raw[:32], raw[32:]
    expected = hmac.new(secret.encode(), value, hashlib.sha256).digest()
    return value if hmac.compare_digest(seal, expected) else None


def set_cookie(
    response: Response, name: str, value: str, *, secure: bool, max_age: int | None = None
) -> None:
    """Set one of our cookies: not readable by scripts, not sent by other sites' forms."""
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="lax"
    )


def local_path(target: str, base_url: str = "") -> str:
    """A path on this site that is safe to redirect to; anything else becomes ``/``.

    A full address is cut to its path if it belongs to ``base_url``.
    """
    try:
        parts, home = urlsplit(target.replace("\\", "/")), urlsplit(base_url)
    except ValueError:  # as half an IPv6 address
        return "/"
    if (parts.scheme or parts.netloc) and parts.netloc != home.netloc:
        return "/"
    path = parts.path
    if not path.startswith("/") or path.startswith("//") or any(ord(c) < 33 for c in target):
        return "/"
    return path + (f"?{parts.query}" if parts.query else "")


def content_policy(*, inline_styles: bool = False, framed: bool = False) -> str:
    """The Content-Security-Policy; only the diagram editors need inline styles and data fonts.

    ``framed`` lets our own pages show the answer in a frame (the preview of a letter).
    """
    return _POLICY.format(
        inline=" 'unsafe-inline'" if inline_styles else "",
        fonts=" data:" if inline_styles else "",
        ancestors="'self'" if framed else "'none'",
    )


def headers(*, secure: bool, inline_styles: bool, framed: bool) -> list[tuple[bytes, bytes]]:
    """The security headers of every answer."""
    policy = content_policy(inline_styles=inline_styles, framed=framed)
    found = [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"x-frame-options", b"SAMEORIGIN" if framed else b"DENY"),
    ]
    if secure:
        found.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    return found
