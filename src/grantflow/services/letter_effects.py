"""What diagrams do with letters: draft them, send them off, throw them away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from grantflow.clock import BERLIN
from grantflow.engine import Effect
from grantflow.errors import GrantFlowError, NotAllowed
from grantflow.letters import LetterSource
from grantflow.letters import model as letter_model_values
from grantflow.letters.model import Signatory
from grantflow.services import (
    letter_checks,
    letter_history,
    letter_model,
    letter_signing,
    letters,
    text_blocks,
)
from grantflow.services.move import Move
from grantflow.services.notification import PRINTED
from grantflow.store import letters as rows
from grantflow.store import people
from grantflow.store import tasks as task_rows
from grantflow.store.tables import Letter, ProcessInstance

_OWN = frozenset({"letter", "hold", "effect", "result"})
PORTAL, POST, SERVICE = "portal", "post", "formal_service"


def letter(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Draft a letter; without ``hold`` it is approved at once and leaves by itself.

    The result is the letter's id. Raises NotFound for a letter the programme does not have, and
    Invalid where a letter that would leave at once lacks something it must say.
    """
    name = str(effect.params["letter"])
    shipped = move.programme.letter(name)
    given = {key: value for key, value in effect.params.items() if key not in _OWN}
    facts = {key: value for key, value in given.items() if value is not None}
    today = move.now.astimezone(BERLIN).date()
    texts = text_blocks.of_letter(move.session, move.case, move.programme, shipped, today)
    source = text_blocks.applied(shipped, texts)
    channel = _channel(move, source, facts)
    model = letter_model.build(move, row, source, facts, channel)
    held = str(effect.params.get("hold", "")).lower() == "true"
    author = _drafter(move, row) if held else _staff(move)
    if held:
        model = replace(model, signatory=_signatory(move, author))
    link = letter_history.earlier(move.session, move.case.id, source, facts)
    draft = Letter(
        case_id=move.case.id,
        authority_id=move.case.authority_id,
        instance_id=row.id,
        name=name,
        title={str(language): said for language, said in source.title.items()},
        channel=channel,
        model=letter_model_values.dump(model),
        texts=texts,
        relation=link.relation if link else "",
        refers_to=link.letter.id if link else None,
        prepared_by=author,
        created_at=move.now,
    )
    rows.add_letter(move.session, draft)
    _note(move, row, effect, "drafted", draft, by=author)
    if not held:
        letters.freeze(move.session, draft, source, move.now, approved_by=None)
        _note(move, row, effect, "approved", draft, by=author)
    return {"value": str(draft.id)}


def _staff(move: Move) -> UUID | None:
    """Who of the authority moves the case; None for applicants and for time that has passed."""
    return move.actor.account_id if move.actor.is_staff else None


def _drafter(move: Move, row: ProcessInstance) -> UUID | None:
    """Whose draft a held letter is: who did the last step of those who may write letters.

    Whoever only did something else in between, such as reserving the money, has not drafted it.
    """
    if move.actor.is_staff and (move.task is None or move.task.role in letters.EDITORS):
        return move.actor.account_id
    drafted = task_rows.last_done_by_staff(
        move.session, move.case.id, *letters.EDITORS, first_in=row.id
    )
    return drafted.done_by if drafted else move.last_doer()


def _signatory(move: Move, account: UUID | None) -> Signatory:
    authority = move.programme.file.authority
    return letter_signing.signatory(move.session, move.case, authority, account)


def _channel(move: Move, source: LetterSource, facts: Mapping[str, Any]) -> str:
    """As the diagram or the law says, else the portal, or post where nobody would see it there.

    A note stays in the file. What is to be served formally is (§ 73 Abs. 3 VwGO), and a written
    decision without an electronic seal goes by post (§ 3a Abs. 2 und 3 VwVfG).
    """
    if source.nature == "internal":
        return letters.FILE
    if facts.get("channel") in (PORTAL, *PRINTED):
        return str(facts["channel"])
    if source.service:
        return SERVICE
    if source.written and not letter_checks.sealed(source):
        return POST
    return PORTAL if people.list_members(move.session, move.case.organisation_id) else POST


def _held(move: Move, row: ProcessInstance, effect: Effect) -> Letter:
    name = str(effect.params["letter"])
    draft = rows.find_draft(move.session, move.case.id, name, row.id)
    if draft is None:
        raise GrantFlowError("services.letters.no_draft", element=effect.element_id, letter=name)
    return draft


def dispatch(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Approve the held draft; whoever did the last task answers for it.

    Raises NotAllowed when that person drafted or edited it (four eyes), or when nobody of the
    authority has acted (§ 35a VwVfG); Invalid where the letter lacks something it must say.
    """
    draft = _held(move, row, effect)
    approver = move.last_doer()
    if approver is None:
        raise NotAllowed("effects.nobody_decided")
    if approver in letters.hands(move.session, draft):
        raise NotAllowed(letters.FOUR_EYES)
    source = letters.source_of(move.session, move.case, draft)
    letters.sign(move.session, move.case, draft, _signatory(move, approver))
    letters.freeze(move.session, draft, source, move.now, approved_by=approver)
    _note(move, row, effect, "approved", draft, by=approver)
    return {}


def _note(
    move: Move, row: ProcessInstance, effect: Effect, what: str, draft: Letter, *, by: UUID | None
) -> None:
    """What happened to a letter is the actor's only where it is theirs, else the diagram's."""
    sealed: dict[str, Any] = {"content_hash": draft.content_hash} if what == "approved" else {}
    move.note(
        f"letter.{what}",
        instance_id=row.id,
        element_id=effect.element_id,
        by_process=by is None or by != move.actor.account_id,
        letter=str(draft.id),
        title=draft.title,
        **sealed,
    )


def discard(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Throw the held draft away; it stays in the database, out of sight."""
    draft = _held(move, row, effect)
    draft.state = "discarded"
    _note(move, row, effect, "discarded", draft, by=_staff(move))
    return {}
