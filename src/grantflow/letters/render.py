"""HTML becomes a PDF that is PDF/A-3a and PDF/UA-1 at once, the same bytes every time.

WeasyPrint fetches nothing but the shipped style sheet and fonts, and pictures given as data.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from grantflow.errors import GrantFlowError
from grantflow.letters.finish import finish
from grantflow.settings import settings

STYLE = "letter.css"
BASICS = "basics.css"
_PICTURES = ("data:image/png;", "data:image/svg+xml;", "data:image/svg+xml,", "data:image/jpeg;")
# Pango's font map is shared between the letters of a process and must not be used by two at once.
_ONE_AT_A_TIME = Lock()


class ForbiddenResource(GrantFlowError):
    """A letter wanted to load something that is not shipped with the program."""

    default_key = "letters.forbidden_resource"


class _Refused(FatalURLFetchingError):  # type: ignore[misc]
    """Stops the rendering; carries the address that was asked for."""


@dataclass(frozen=True)
class Rendered:
    """A finished letter."""

    pdf: bytes
    pages: int
    sha256: str


class _Shipped(URLFetcher):  # type: ignore[misc]
    """Serves files below the letters' folder and pictures in the document; refuses the rest."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=["file", "data"], allow_redirects=False)
        self._folder = folder.resolve()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """A shipped file or a picture in the document."""
        if url.startswith(_PICTURES):
            return super().fetch(url, headers)
        parts = urlsplit(url)
        path = Path(url2pathname(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self._folder):
            raise _Refused(url[:200])
        return URLFetcherResponse(url, path.read_bytes())


class _Letter(HTML):  # type: ignore[misc]
    """A document that starts from our few basic rules; a fifth of the time goes into the others."""

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_press().basics]


@dataclass(frozen=True)
class _Press:
    """What every letter of a process shares: fonts, parsed style sheet, fetcher, pictures."""

    fonts: FontConfiguration
    basics: CSS
    style: CSS
    fetcher: _Shipped
    base: str
    pictures: dict[str, Any]


@lru_cache
def _press() -> _Press:
    folder = settings().templates_dir / "letters"
    fetcher, fonts = _Shipped(folder), FontConfiguration()
    basics, style = (
        CSS(filename=folder / name, font_config=fonts, url_fetcher=fetcher)
        for name in (BASICS, STYLE)
    )
    return _Press(fonts, basics, style, fetcher, folder.resolve().as_uri() + "/", {})


def render(html: str) -> Rendered:
    """The PDF of a composed letter; ForbiddenResource if it wants to load something else."""
    with _ONE_AT_A_TIME:
        press = _press()
        try:
            document = _Letter(string=html, base_url=press.base, url_fetcher=press.fetcher).render(
                font_config=press.fonts,
                stylesheets=[press.style],
                pdf_variant="pdf/a-3a",
                cache=press.pictures,
            )
        except _Refused as error:
            raise ForbiddenResource(url=str(error)) from error
        pdf: bytes = document.write_pdf(pdf_variant="pdf/a-3a", finisher=finish)
    return Rendered(pdf, len(document.pages), sha256(pdf).hexdigest())
