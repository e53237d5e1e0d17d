"""Letters of a case: seen, edited while drafts, frozen at approval, rendered, fetched as PDF."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow import letters as pages
from grantflow.clock import BERLIN
from grantflow.documents import Blobs
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from grantflow.letters import FilledBlock, LetterSource, Rendered
from grantflow.letters import model as values
from grantflow.letters.model import LetterModel, Signatory
from grantflow.services import (
    audit,
    letter_checks,
    letter_signing,
    letter_terms,
    policy,
    text_blocks,
)
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor, Role
from grantflow.store import cases as case_rows
from grantflow.store import jobs
from grantflow.store import letters as rows
from grantflow.store import tasks as task_rows
from grantflow.store.db import dumps
from grantflow.store.letters import LetterWithDispatch
from grantflow.store.tables import Case, Letter, Task

RENDER, DISPATCH = "render_letter", "dispatch_letter"
FILE = "file"
"""The channel of internal notes: they are rendered and stay in the case."""
LONGEST_REASON = 2_000  # characters
COUNTERSIGNER = "services.letters.countersigner"
FOUR_EYES = "services.letters.four_eyes"
EDITORS = (Role.CASE_OFFICER, Role.SECOND_REVIEWER, Role.HEAD_OF_UNIT)


@dataclass(frozen=True)
class Draft:
    """A draft as its editor shows it: text blocks as they stand, and which were changed by hand."""

    letter: Letter
    blocks: tuple[FilledBlock, ...]
    edited: frozenset[str]


# ---- seeing


def _readable(session: Session, actor: Actor, letter_id: UUID) -> tuple[Letter, Case]:
    """A letter the actor may see: applicants only what has left. NotFound, NotAllowed."""
    letter = rows.get_letter(session, letter_id)
    case = case_rows.get_case(session, letter.case_id)
    if not policy.may_see_case(actor, case):
        raise NotFound("services.letters.not_found")
    if actor.is_applicant and letter.state != "dispatched":
        raise NotFound("services.letters.not_found")
    policy.require_not_excluded(session, actor, case.id)
    return letter, case


def get_letter(session: Session, actor: Actor, letter_id: UUID) -> Letter:
    """One letter. Raises NotFound, NotAllowed for the excluded."""
    return _readable(session, actor, letter_id)[0]


def list_letters(session: Session, actor: Actor, case: Case) -> Sequence[LetterWithDispatch]:
    """The letters of a case the actor may see, oldest first; applicants see what has left."""
    policy.require_case(actor, case)
    return rows.list_letters(session, case.id, dispatched_only=actor.is_applicant)


def preview(session: Session, actor: Actor, letter_id: UUID) -> str:
    """The letter as HTML, as it stands. Raises Invalid where something is missing, NotFound."""
    letter, case = _readable(session, actor, letter_id)
    return _html(source_of(session, case, letter), letter, _shown(session, actor, case, letter))


def preview_pdf(session: Session, actor: Actor, letter_id: UUID, blobs: Blobs) -> bytes:
    """The letter as PDF: the stored one if it was rendered, else as it stands (slow: renders)."""
    letter, case = _readable(session, actor, letter_id)
    if letter.pdf_sha256:
        return blobs.get(letter.pdf_sha256)
    model = _shown(session, actor, case, letter)
    return pages.render(_html(source_of(session, case, letter), letter, model)).pdf


def pdf(session: Session, actor: Actor, letter_id: UUID, blobs: Blobs) -> bytes:
    """The rendered letter, byte for byte as it left. NotFound before it was rendered."""
    letter, _ = _readable(session, actor, letter_id)
    if letter.pdf_sha256 is None:
        raise NotFound("services.letters.not_rendered")
    return blobs.get(letter.pdf_sha256)


def source_of(session: Session, case: Case, letter: Letter) -> LetterSource:
    """The letter's template with the released texts that were kept with it. Raises NotFound."""
    source: LetterSource = programme_of(session, case.programme_version_id).letter(letter.name)
    return text_blocks.applied(source, letter.texts)


def current(session: Session, case: Case, letter: Letter) -> LetterModel:
    """What a letter says: a draft as if it left today, anything else as it was approved."""
    if letter.state != "draft":
        return values.load(letter.model)
    programme = programme_of(session, case.programme_version_id)
    return letter_terms.dated(session, programme, letter, clock.today())


def _shown(session: Session, actor: Actor, case: Case, letter: Letter) -> LetterModel:
    """As ``current``; for whoever is to release a draft it is signed as it will be then."""
    model = current(session, case, letter)
    if not actor.is_staff or not _waits_for(session, actor, case, letter):
        return model
    authority = programme_of(session, case.programme_version_id).file.authority
    by = letter_signing.signatory(session, case, authority, actor.account_id)
    return replace(model, signatory=by)


def _html(source: LetterSource, letter: Letter, model: LetterModel) -> str:
    return pages.compose(source, model, letter.edits)


# ---- drafts


def draft(session: Session, actor: Actor, letter_id: UUID) -> Draft:
    """The text blocks of a draft with the edits made so far, for whoever may edit it.

    Raises NotAllowed as ``edit`` does, Conflict once it is approved, NotFound.
    """
    letter, case = _readable(session, actor, letter_id)
    _require_editor(session, actor, case, letter)
    source, model = source_of(session, case, letter), current(session, case, letter)
    blocks = tuple(
        replace(block, text=letter.edits.get(block.name, block.text))
        for block in pages.text_blocks(source, model)
    )
    return Draft(letter, blocks, frozenset(letter.edits))


def _require_editor(session: Session, actor: Actor, case: Case, letter: Letter) -> None:
    if not any(policy.role_in_case(actor, case, role) for role in EDITORS):
        raise NotAllowed(role=Role.CASE_OFFICER)
    if letter.state != "draft":
        raise Conflict("services.letters.frozen", state=letter.state)
    if _waits_for(session, actor, case, letter):
        raise NotAllowed(COUNTERSIGNER)


def _waits_for(session: Session, actor: Actor, case: Case, letter: Letter) -> bool:
    """Whether the actor may do an open task that releases this draft."""
    if letter.state != "draft":
        return False
    drafted = actor.account_id in hands(session, letter)
    return any(
        task.facts.get("letter") == letter.name
        and _is_to_release(session, actor, case, task, drafted=drafted)
        for task in task_rows.open_tasks(session, case.id)
    )


def _is_to_release(
    session: Session, actor: Actor, case: Case, task: Task, *, drafted: bool
) -> bool:
    """Whether the letter of this task waits for the actor; an edit would bar them from it."""
    if task.assignee_id is not None:
        return task.assignee_id == actor.account_id
    if drafted or not policy.role_in_case(actor, case, task.role):
        return False
    return not task_rows.task_for(session, task.id, actor.account_id).barred


def edit(
    session: Session, actor: Actor, letter_id: UUID, edits: Mapping[str, str], reason: str = ""
) -> Letter:
    """Replace text blocks of a draft; a block given as the template has it loses its edit.

    Whoever edits a letter cannot approve it, so whoever it waits for cannot edit it. A letter that
    differs from its template says why (``reason``). Raises Invalid for a block that cannot be
    edited or is too long and for a missing reason, Conflict once the letter is approved,
    NotAllowed, NotFound.
    """
    policy.require_account(actor)
    case_id = rows.get_letter(session, letter_id).case_id
    case = case_rows.lock_case(session, case_id)
    letter, _ = _readable(session, actor, letter_id)
    _require_editor(session, actor, case, letter)
    source, model = source_of(session, case, letter), current(session, case, letter)
    given = {block.name: block.text for block in pages.text_blocks(source, model)}
    merged = {**letter.edits, **{name: text.strip() for name, text in edits.items()}}
    kept = {name: text for name, text in merged.items() if text != given.get(name)}
    why = reason.strip() or (letter.edit_reason if kept else "")
    if kept != letter.edits or why != letter.edit_reason:
        pages.compose(source, model, kept)
        _require_reason(kept, why)
        letter.edits, letter.edit_reason = kept, why if kept else ""
        audit.record(
            session, case.id, case.authority_id, actor, "letter.edited",
            data={"letter": str(letter.id), "title": letter.title, "blocks": sorted(edits),
                  "reason": letter.edit_reason},
            instance_id=letter.instance_id,
        )  # fmt: skip
    return letter


def _require_reason(kept: Mapping[str, str], reason: str) -> None:
    if kept and not reason:
        raise Invalid([Problem("letters_work.reason_missing", {}, "reason")])
    if len(reason) > LONGEST_REASON:
        params = {"length": len(reason), "most": LONGEST_REASON}
        raise Invalid([Problem("letters_work.reason_too_long", params, "reason")])


def hands(session: Session, letter: Letter) -> frozenset[UUID]:
    """Everybody who drafted or edited a letter; none of them may approve it (four eyes)."""
    editors = set(rows.editors(session, letter.case_id, letter.id))
    return frozenset(editors | {letter.prepared_by} if letter.prepared_by else editors)


def sign(session: Session, case: Case, letter: Letter, signatory: Signatory) -> None:
    """Put today's date on a draft, and below it whoever answers for it."""
    letter.model = values.dump(replace(current(session, case, letter), signatory=signatory))


def freeze(
    session: Session,
    letter: Letter,
    source: LetterSource,
    now: datetime,
    *,
    approved_by: UUID | None,
) -> None:
    """Approve a letter: from here on nothing in it changes; rendering is ordered as a job.

    Raises Invalid with everything the letter must say and does not, and with every precondition
    of the law that is not met, e.g. the instruction on legal remedies (§ 37 Abs. 6 VwVfG).
    """
    if letter.state != "draft":
        raise Conflict("services.letters.frozen", state=letter.state)
    today = now.astimezone(BERLIN).date()
    if problems := letter_checks.unmet(session, letter, source, values.load(letter.model), today):
        raise Invalid(problems)
    letter.state, letter.approved_by, letter.approved_at = "approved", approved_by, now
    letter.content_hash = content_hash(source, letter)
    jobs.enqueue(session, RENDER, letter.case_id, f"render:{letter.id}", letter_id=str(letter.id))


def revision(session: Session, case: Case, letter: Letter) -> str:
    """What a letter says now, as a hash that a page carries along while somebody reads it."""
    return content_hash(source_of(session, case, letter), letter)


def content_hash(source: LetterSource, letter: Letter) -> str:
    """SHA-256 over template, facts and edits: what was approved is what was rendered."""
    content = (source.model_dump(mode="json"), letter.model, letter.edits)
    canonical = [dumps(_sorted(part)) for part in content]
    return hashlib.sha256("\n".join(canonical).encode()).hexdigest()


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _sorted(value[key]) for key in sorted(value, key=str)}
    return [_sorted(one) for one in value] if isinstance(value, list | tuple) else value


# ---- rendering, for the worker


def html_to_render(session: Session, letter_id: UUID) -> str | None:
    """What the worker has to render; None if that was done already (the job came twice).

    Raises Conflict when the content is no longer what was approved.
    """
    letter = rows.get_letter(session, letter_id)
    if letter.state != "approved":
        return None
    case = case_rows.get_case(session, letter.case_id)
    source = source_of(session, case, letter)
    if content_hash(source, letter) != letter.content_hash:
        raise Conflict("services.letters.changed_after_approval")
    return _html(source, letter, values.load(letter.model))


def record_rendered(session: Session, actor: Actor, letter_id: UUID, rendered: Rendered) -> bool:
    """Keep hash and pages of the PDF (its blob is stored already) and order the dispatch.

    False if another run of the job was faster; then nothing is ordered twice.
    """
    case = case_rows.lock_case(session, rows.get_letter(session, letter_id).case_id)
    letter = rows.get_letter(session, letter_id)
    if letter.state != "approved":
        return False
    letter.state, letter.rendered_at = "rendered", clock.now()
    letter.pdf_sha256, letter.pages = rendered.sha256, rendered.pages
    if letter.channel != FILE:
        jobs.enqueue(session, DISPATCH, case.id, f"dispatch:{letter.id}", letter_id=str(letter.id))
    audit.record(
        session, case.id, case.authority_id, actor, "letter.rendered",
        data={"letter": str(letter.id), "title": letter.title, "sha256": rendered.sha256,
              "pages": rendered.pages},
        instance_id=letter.instance_id,
    )  # fmt: skip
    return True
