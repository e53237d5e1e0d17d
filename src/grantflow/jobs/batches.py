"""Jobs of letters that are approved together: each letter by itself, then one file to print."""

from __future__ import annotations

from uuid import UUID

from grantflow.errors import Faults, GrantFlowError, Temporary
from grantflow.jobs.workplace import Job, Workplace
from grantflow.letters import NotPrintable
from grantflow.services import letter_batches, letter_prints
from grantflow.texts import LANGUAGES, text


def approve_in_batch(place: Workplace, job: Job, item_id: str) -> None:
    """Approve one letter; where that is refused, its reason is kept and the others go on."""
    item = UUID(item_id)
    with place.transaction() as session:
        approver = letter_batches.approver_of(session, item)
    if approver is None:
        return
    try:
        with place.transaction() as session:
            letter_batches.approve(session, approver, item)
    except Temporary:
        raise
    except GrantFlowError as error:
        with place.transaction() as session:
            letter_batches.note_failure(session, item, said(error))


def said(error: GrantFlowError) -> dict[str, str]:
    """Why a letter was left out, in every language: the problems, else the error itself."""
    problems = error.problems if isinstance(error, Faults) else ()
    return {
        language: " ".join(text(one.key, language, **one.params) for one in problems)
        or text(error.key, language, **error.params)
        for language in LANGUAGES
    }


def print_batch(place: Workplace, job: Job, batch_id: str) -> None:
    """Make the print file of a batch and keep it, or why it could not be made."""
    with place.reading() as session:
        wanted = letter_prints.to_print(session, UUID(batch_id))
    try:
        content = letter_prints.pressed(wanted, place.blobs)
    except NotPrintable as error:
        with place.transaction() as session:
            problem = text(error.key, "de", **error.params)
            letter_prints.record_problem(session, UUID(batch_id), problem)
        return
    sha256 = place.blobs.put(content)
    with place.transaction() as session:
        letter_prints.record(session, UUID(batch_id), sha256)
