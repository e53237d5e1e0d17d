"""The machine that prints letters: fonts, style sheets and what may be fetched, once per process.

WeasyPrint fetches nothing but the shipped style sheets and fonts, and pictures given as data.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from cssselect2 import ElementWrapper  # type: ignore[import-untyped]
from weasyprint import CSS, HTML, Document
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from grantflow.letters import swift
from grantflow.letters.finish import finish
from grantflow.letters.reader import read
from grantflow.letters.writer import write
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

    def __init__(self, html: str, base: str, fetcher: _Shipped) -> None:
        self.base_url, self.url_fetcher, self.media_type = base, fetcher, "print"
        root = read(html)
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = root

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_press().basics]


@dataclass(frozen=True)
class _Press:
    """What every letter of a process shares: fonts, parsed style sheet, fetcher, pictures."""

    fonts: FontConfiguration
    counters: CounterStyle
    basics: CSS
    style: CSS
    fetcher: _Shipped
    base: str
    pictures: dict[str, Any]


@lru_cache
def _press() -> _Press:
    swift.install()
    folder = settings().templates_dir / "letters"
    fetcher, fonts, counters = _Shipped(folder), FontConfiguration(), CounterStyle()
    basics, style = (
        CSS(
            filename=folder / name,
            font_config=fonts,
            url_fetcher=fetcher,
            counter_style=counters,
        )
        for name in (BASICS, STYLE)
    )
    gc.freeze()  # the collector need not look at all that was there before the first letter
    return _Press(fonts, counters, basics, style, fetcher, folder.resolve().as_uri() + "/", {})


def press(html: str) -> tuple[bytes, int]:
    """The PDF and its number of pages; Refused if the letter wants to load something else."""
    shared = _press()
    with _one_collection():
        return _pressed(html, shared)


@contextmanager
def _one_collection() -> Iterator[None]:
    """Boxes refer to each other in circles: collected once after a letter, not often during it."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _pressed(html: str, shared: _Press) -> tuple[bytes, int]:
    document: Document = _Letter(html, shared.base, shared.fetcher).render(
        font_config=shared.fonts,
        counter_style=shared.counters,
        stylesheets=[shared.style],
        pdf_variant=VARIANT,
        cache=shared.pictures,
    )
    pdf = document.write_pdf(pdf_variant=VARIANT, finisher=_finish)
    return pdf, len(document.pages)


def _finish(document: Document, pdf: Any) -> None:
    """Mend the tree and write it ourselves; WeasyPrint calls this and then ``pdf.write``."""
    finish(document, pdf)
    pdf.write = lambda output, *_: output.write(write(pdf))
