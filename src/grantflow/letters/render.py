"""HTML becomes a PDF that is PDF/A-3a and PDF/UA-1 at once, the same bytes every time."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from grantflow.errors import GrantFlowError
from grantflow.letters.seal import seal

# Pango's font map is shared between the letters of a process and must not be used by two at once.
_ONE_AT_A_TIME = Lock()


class ForbiddenResource(GrantFlowError):
    """A letter wanted to load something that is not shipped with the program."""

    default_key = "letters.forbidden_resource"


@dataclass(frozen=True)
class Rendered:
    """A finished letter."""

    pdf: bytes
    pages: int
    sha256: str


def render(html: str) -> Rendered:
    """The PDF of a composed letter; ForbiddenResource if it wants to load something else."""
    # WeasyPrint takes a second to import, which only those who print should wait for.
    from grantflow.letters.press import Refused, press  # noqa: PLC0415

    with _ONE_AT_A_TIME:
        try:
            pdf, pages = press(html)
        except Refused as error:
            raise ForbiddenResource(url=str(error)) from error
    return Rendered(pdf, pages, sha256(pdf).hexdigest())


def render_final(html: str) -> Rendered:
    """The letter as it leaves: sealed if this installation has a seal (then the bytes differ).

    Raises ForbiddenResource, and SealUnusable if the seal cannot be used.
    """
    rendered, stamp = render(html), seal()
    if stamp is None:
        return rendered
    pdf = stamp.apply(rendered.pdf)
    return Rendered(pdf, rendered.pages, sha256(pdf).hexdigest())
