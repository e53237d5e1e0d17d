"""The machine that prints letters: fonts, style sheets and what may be fetched, once per process.

WeasyPrint fetches nothing but the shipped style sheets and fonts, and pictures given as data.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from weasyprint import CSS, HTML, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from grantflow.letters.finish import finish
from grantflow.settings import settings

STYLE = "letter.css"
BASICS = "basics.css"
VARIANT = "pdf/a-3a"
_PICTURES = ("data:image/png;", "data:image/svg+xml;", "data:image/svg+xml,", "data:image/jpeg;")


class Refused(FatalURLFetchingError):  # type: ignore[misc]
    """Stops the rendering; carries the address that was asked for."""


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
            raise Refused(url[:200])
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


def press(html: str) -> tuple[bytes, int]:
    """The PDF and its number of pages; Refused if the letter wants to load something else."""
    shared = _press()
    document: Document = _Letter(
        string=html, base_url=shared.base, url_fetcher=shared.fetcher
    ).render(
        font_config=shared.fonts,
        stylesheets=[shared.style],
        pdf_variant=VARIANT,
        cache=shared.pictures,
    )
    return document.write_pdf(pdf_variant=VARIANT, finisher=finish), len(document.pages)
