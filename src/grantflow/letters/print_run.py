"""One file for the printer: a dispatch list, then each letter behind a sheet that names it.

It is for paper only, so it is neither tagged nor PDF/A; the letters themselves stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import pikepdf
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grantflow.errors import GrantFlowError
from grantflow.letters.formats import date_short
from grantflow.letters.merge import append
from grantflow.letters.render import render
from grantflow.settings import settings
from grantflow.texts import text

_WORDS = ("list", "number", "recipient", "reference", "letter", "channel", "pages")


class NotPrintable(GrantFlowError):
    """A print run that cannot be made: no letters, or one that is no PDF."""

    default_key = "letters_pdf.print.no_parts"


@dataclass(frozen=True)
class PrintPart:
    """A letter for the printer and what the dispatch list says about it."""

    pdf: bytes
    recipient: str
    reference: str
    title: str
    channel: str  # as people read it: "Brief", "Zustellungsurkunde"


@dataclass(frozen=True)
class _Line:
    number: int
    part: PrintPart
    pages: int


def press_run(
    parts: Sequence[PrintPart], *, on: date, duplex: bool = False, language: str = "de"
) -> bytes:
    """The dispatch list, and each letter behind a separator sheet, in the given order.

    ``duplex`` fills up odd numbers of pages with an empty one, so that everything begins on a sheet
    of its own. ``on`` stands on the list. The same parts give the same bytes. Raises NotPrintable
    if there are no parts or one of them is no PDF; its recipient is named.
    """
    if not parts:
        raise NotPrintable
    lines = [_Line(n, part, _pages(part)) for n, part in enumerate(parts, start=1)]
    with pikepdf.new() as run:
        for page in _documents(lines, on, language):
            append(run, page, duplex)
        target = BytesIO()
        run.save(target, deterministic_id=True)
        return target.getvalue()


def _documents(lines: Sequence[_Line], on: date, language: str) -> Iterator[bytes]:
    words = {word: text(f"letters_pdf.print.{word}", language) for word in _WORDS}
    total = sum(line.pages for line in lines)
    counts = {"letters": len(lines), "pages": total, "on": date_short(on)}
    summary = text("letters_pdf.print.summary", language, **counts)
    yield _sheet("list.html", lines=lines, words=words, summary=summary, language=language)
    for line in lines:
        place = {"number": line.number, "count": len(lines)}
        title = text("letters_pdf.print.separator", language, **place)
        yield _sheet("separator.html", line=line, words=words, title=title, language=language)
        yield line.part.pdf


def _sheet(template: str, **facts: object) -> bytes:
    folder = settings().templates_dir / "letters" / "_print"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(folder)
    )
    return render(environment.get_template(template).render(facts)).pdf


def _pages(part: PrintPart) -> int:
    try:
        with pikepdf.open(BytesIO(part.pdf)) as document:
            return len(document.pages)
    except pikepdf.PdfError as error:
        raise NotPrintable(
            "letters_pdf.print.broken",
            recipient=part.recipient,
            reference=part.reference,
            reason=str(error),
        ) from error
