"""A draft as its editors see it: what it lacks, where it differs from the template, corrections."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow import letters as pages
from grantflow.clock import BERLIN
from grantflow.errors import Conflict, Invalid, NotAllowed, Problem
from grantflow.letters import model as values
from grantflow.letters.model import EarlierLetter
from grantflow.services import (
    audit,
    letter_checks,
    letter_history,
    letter_signing,
    letters,
    policy,
)
from grantflow.services.catalogue import programme_of
from grantflow.services.notification import CORRECTS
from grantflow.services.policy import Actor, Role
from grantflow.store import cases as case_rows
from grantflow.store import letters as rows
from grantflow.store.tables import Case, Letter
from grantflow.texts import text

SIGNERS = (Role.HEAD_OF_UNIT, Role.SECOND_REVIEWER)
_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Piece:
    """A run of words that both texts have, or only the template (del) or the letter (ins)."""

    kind: str  # same | del | ins
    text: str


@dataclass(frozen=True)
class Difference:
    """A text block that was changed by hand, word by word."""

    name: str
    label: str
    label_en: str
    pieces: tuple[Piece, ...]


def lacking(session: Session, actor: Actor, letter_id: UUID) -> list[Problem]:
    """What stands against approving a draft today, with the law and how to mend it.

    Raises NotFound, NotAllowed as ``letters.get_letter`` does; empty for what is no draft.
    """
    letter = letters.get_letter(session, actor, letter_id)
    if letter.state != "draft":
        return []
    case = case_rows.get_case(session, letter.case_id)
    source = letters.source_of(session, case, letter)
    model = letters.current(session, case, letter)
    return letter_checks.unmet(session, letter, source, model, clock.today())


def differences(session: Session, actor: Actor, letter_id: UUID) -> Sequence[Difference]:
    """The text blocks changed by hand, compared with the template. Raises NotFound, NotAllowed."""
    letter = letters.get_letter(session, actor, letter_id)
    if not letter.edits:
        return []
    case = case_rows.get_case(session, letter.case_id)
    source, model = letters.source_of(session, case, letter), letters.current(session, case, letter)
    return [
        Difference(one.name, one.label, one.label_en, tuple(compared(one.text, edited)))
        for one in pages.text_blocks(source, model)
        if (edited := letter.edits.get(one.name)) is not None
    ]


def compared(before: str, after: str) -> Iterator[Piece]:
    """Two texts word by word; what follows each other of one kind is one piece."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(old[first:last]))
            continue
        if first < last:
            yield Piece("del", "".join(old[first:last]))
        if start < end:
            yield Piece("ins", "".join(new[start:end]))


# ---- correction of an obvious mistake


def correct(session: Session, actor: Actor, letter_id: UUID, what: str) -> Letter:
    """A draft that corrects a letter which has left (§ 42 VwVfG); the draft refers to it.

    ``what`` says what was obviously wrong and is put right. The text stays as it was and can be
    changed block by block; the day is today's. Raises Invalid without ``what``, Conflict for a
    letter that has not left or has a correction under way, NotAllowed, NotFound.
    """
    account = policy.require_account(actor)
    case = case_rows.lock_case(session, rows.get_letter(session, letter_id).case_id)
    wrong = letters.get_letter(session, actor, letter_id)
    _require_role(actor, case, letters.EDITORS)
    plain = what.strip()
    if not plain:
        raise Invalid([Problem("letters_work.correction_missing", {}, "what")])
    if len(plain) > letters.LONGEST_REASON:
        params = {"length": len(plain), "most": letters.LONGEST_REASON}
        raise Invalid([Problem("letters_work.reason_too_long", params, "what")])
    _require_correctable(session, wrong)
    draft = _correction(wrong, plain, account)
    rows.add_letter(session, draft)
    _note(session, actor, case, draft, "letter.drafted")
    return draft


def _require_role(actor: Actor, case: Case, roles: Sequence[str]) -> None:
    if not any(policy.role_in_case(actor, case, role) for role in roles):
        raise NotAllowed(role=roles[0])


def _require_correctable(session: Session, wrong: Letter) -> None:
    if wrong.state != "dispatched":
        raise Conflict("letters_work.only_what_left")
    for later in rows.referring(session, wrong.case_id, wrong.id):
        if later.relation == CORRECTS:
            raise Conflict("letters_work.corrected_already")


def _correction(wrong: Letter, what: str, account: UUID) -> Letter:
    now = clock.now()
    model = values.load(wrong.model)
    title = str(wrong.title.get("de", ""))
    before = EarlierLetter(title, letter_history.day_of(wrong), model.info.file_reference, CORRECTS)
    corrected = replace(
        model,
        info=replace(model.info, on=now.astimezone(BERLIN).date()),
        earlier=before,
        correction=what,
        subject=text("letters_work.correction_of", "de", subject=model.subject or title),
    )
    return Letter(
        case_id=wrong.case_id,
        authority_id=wrong.authority_id,
        instance_id=wrong.instance_id,
        name=wrong.name,
        title={
            language: text("letters_work.correction_of", language, subject=said)
            for language, said in wrong.title.items()
        },
        channel=wrong.channel,
        model=values.dump(corrected),
        texts=dict(wrong.texts),
        edits=dict(wrong.edits),
        edit_reason=wrong.edit_reason,
        relation=CORRECTS,
        refers_to=wrong.id,
        prepared_by=account,
        created_at=now,
    )


def approve_correction(session: Session, actor: Actor, letter_id: UUID) -> Letter:
    """Approve a correction, by somebody who did not write it (four eyes); it leaves by itself.

    Raises Invalid where it lacks something, Conflict for what is no draft of a correction,
    NotAllowed, NotFound.
    """
    case = case_rows.lock_case(session, rows.get_letter(session, letter_id).case_id)
    draft = letters.get_letter(session, actor, letter_id)
    account = _require_signer(session, actor, case, draft)
    source = letters.source_of(session, case, draft)
    authority = programme_of(session, case.programme_version_id).file.authority
    signatory = letter_signing.signatory(session, case, authority, account)
    letters.sign(session, case, draft, signatory)
    letters.freeze(session, draft, source, clock.now(), approved_by=account)
    _note(session, actor, case, draft, "letter.approved")
    return draft


def discard_correction(session: Session, actor: Actor, letter_id: UUID) -> Letter:
    """Throw a correction away that was not approved. Raises Conflict, NotAllowed, NotFound."""
    case = case_rows.lock_case(session, rows.get_letter(session, letter_id).case_id)
    draft = letters.get_letter(session, actor, letter_id)
    _require_role(actor, case, letters.EDITORS)
    _require_draft(draft)
    draft.state = "discarded"
    _note(session, actor, case, draft, "letter.discarded")
    return draft


def _require_draft(draft: Letter) -> None:
    if draft.state != "draft" or draft.relation != CORRECTS:
        raise Conflict("letters_work.no_correction")


def _require_signer(session: Session, actor: Actor, case: Case, draft: Letter) -> UUID:
    _require_role(actor, case, SIGNERS)
    _require_draft(draft)
    account = policy.require_account(actor)
    if account in letters.hands(session, draft):
        raise NotAllowed(letters.FOUR_EYES)
    return account


def _note(session: Session, actor: Actor, case: Case, letter: Letter, kind: str) -> None:
    data = {"letter": str(letter.id), "title": letter.title}
    if letter.content_hash:
        data["content_hash"] = letter.content_hash
    audit.record(
        session, case.id, case.authority_id, actor, kind, data=data, instance_id=letter.instance_id
    )
