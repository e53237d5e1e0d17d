"""One print file of a batch: a dispatch list, then each letter behind a sheet that names it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow import letters as pages
from grantflow.documents import Blobs
from grantflow.errors import Conflict, NotFound
from grantflow.letters import PrintPart
from grantflow.services import letter_batches
from grantflow.services.policy import Actor
from grantflow.store import jobs
from grantflow.store import letter_batches as rows
from grantflow.store.letter_batches import Line
from grantflow.store.tables import LetterBatch
from grantflow.texts import text

PRINT = "print_batch"


@dataclass(frozen=True)
class PrintOrder:
    """The letters of a print file, by the hash of their PDF, with what the list says of each."""

    parts: tuple[tuple[str, PrintPart], ...]


def order(session: Session, actor: Actor, batch_id: UUID) -> None:
    """Have the print file made. Raises Conflict while no letter is rendered, NotFound."""
    batch = letter_batches.get(session, actor, batch_id)
    if not _rendered(rows.lines(session, batch.id)):
        raise Conflict("letters_batch.nothing_rendered")
    batch.print_sha256, batch.print_problem = None, ""
    jobs.enqueue(session, PRINT, None, f"{PRINT}:{batch.id}", batch_id=str(batch.id))


def to_print(session: Session, batch_id: UUID) -> PrintOrder:
    """What the print file of a batch holds: every letter that is rendered, by file number."""
    found = _rendered(rows.lines(session, batch_id))
    return PrintOrder(tuple((str(line.letter.pdf_sha256), _part(line)) for line in found))


def _rendered(found: Sequence[Line]) -> list[Line]:
    return [line for line in found if line.letter.pdf_sha256]


def _part(line: Line) -> PrintPart:
    return PrintPart(
        pdf=b"",
        recipient=line.organisation,
        reference=line.reference,
        title=str(line.letter.title.get("de", "")),
        channel=text(f"caseworker.channel.{line.letter.channel}", "de"),
    )


def pressed(wanted: PrintOrder, blobs: Blobs) -> bytes:
    """The print file. Raises NotPrintable naming the recipient of a letter that is no PDF."""
    parts = [
        PrintPart(blobs.get(sha256), part.recipient, part.reference, part.title, part.channel)
        for sha256, part in wanted.parts
    ]
    return pages.press_run(parts, on=clock.today(), duplex=True)


def record(session: Session, batch_id: UUID, sha256: str) -> None:
    """Keep the hash of the print file; its blob is stored already."""
    batch = rows.get(session, batch_id)
    batch.print_sha256, batch.print_problem = sha256, ""


def record_problem(session: Session, batch_id: UUID, said: str) -> None:
    """Keep why the print file could not be made."""
    rows.get(session, batch_id).print_problem = said


def fetch(
    session: Session, actor: Actor, batch_id: UUID, blobs: Blobs
) -> tuple[LetterBatch, bytes]:
    """The finished print file. Raises NotFound before it was made."""
    batch = letter_batches.get(session, actor, batch_id)
    if batch.print_sha256 is None:
        raise NotFound("letters_batch.no_print")
    return batch, blobs.get(batch.print_sha256)
