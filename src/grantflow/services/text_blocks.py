"""The authority's own texts in letters: written by one person, released by another, from a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock, letters
from grantflow.errors import BadProgramme, Conflict, Invalid, NotAllowed, NotFound, Problem
from grantflow.letters import LetterSource
from grantflow.letters.compose import LONGEST_EDIT
from grantflow.programmes.load import Programme
from grantflow.services import policy
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor, Role
from grantflow.services.reach import reach_of
from grantflow.store import catalogue as catalogue_rows
from grantflow.store import text_blocks as rows
from grantflow.store.tables import Case, ProgrammeRow, TextBlockRow

EDITORS = (Role.TEMPLATE_MANAGER,)
READERS = (*EDITORS, Role.PROGRAMME_MANAGER)


@dataclass(frozen=True)
class NewText:
    """What somebody proposes: which block of which letter says what, where and from when.

    ``programme_id`` None means every programme of the authority with the rule profile ``profile``.
    """

    authority_id: UUID
    programme_id: UUID | None
    profile: str
    letter: str
    block: str
    text: str
    valid_from: date
    valid_until: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Place:
    """A programme in which the actor may write texts, with its letters."""

    row: ProgrammeRow
    programme: Programme


def of_letter(
    session: Session, case: Case, programme: Programme, source: LetterSource, on: date
) -> dict[str, Any]:
    """The released texts a letter drafted on a day in Germany takes, by block, to be kept with it.

    A published programme keeps the texts of its day: what was released later does not reach its
    cases. What it knew holds within its validity.
    """
    version = catalogue_rows.get_version(session, case.programme_version_id)
    found = rows.in_force(
        session,
        case.authority_id,
        case.programme_id,
        programme.file.profile,
        source.name,
        on,
        version.published_at,
    )
    return {
        one.block: {
            "id": str(one.id),
            "text": one.text,
            "until": one.valid_until.isoformat() if one.valid_until else None,
        }
        for one in found
        if one.block in source.blocks
    }


def applied(source: LetterSource, texts: Mapping[str, Any]) -> LetterSource:
    """The letter with the texts that were kept with it."""
    return source.with_texts({name: str(one["text"]) for name, one in texts.items()})


# ---- seeing


def listed(session: Session, actor: Actor) -> Sequence[TextBlockRow]:
    """The texts of the actor's authorities. Raises NotAllowed for others."""
    return rows.listed(session, _reach(actor, READERS))


def _reach(actor: Actor, roles: Sequence[str]) -> tuple[tuple[UUID, UUID | None], ...]:
    found = reach_of(actor, roles)
    if not found:
        raise NotAllowed(role=Role.TEMPLATE_MANAGER)
    return found


def get(session: Session, actor: Actor, block_id: UUID) -> TextBlockRow:
    """One text. Raises NotFound, also for those of other authorities; NotAllowed."""
    reach = _reach(actor, READERS)
    found = rows.get(session, block_id)
    if found.authority_id not in {authority for authority, _ in reach}:
        raise NotFound("text_blocks.not_found")
    return found


def places(session: Session, actor: Actor) -> Sequence[Place]:
    """The published programmes of the actor's authorities, with the letters they have."""
    reach = _reach(actor, READERS)
    found = []
    for line in catalogue_rows.list_programmes(session, sorted(reach, key=str)):
        version = catalogue_rows.newest_published(session, line.programme.id)
        if version is not None:
            found.append(Place(line.programme, programme_of(session, version.id)))
    return found


def shipped(session: Session, actor: Actor, block: TextBlockRow) -> str:
    """What the letter says without this text; empty where it has no such block any more."""
    for place in _concerned(session, actor, block.programme_id, block.profile, block.authority_id):
        source = place.programme.letters.get(block.letter)
        if source is not None and block.block in source.blocks:
            return source.blocks[block.block].text.strip()
    return ""


# ---- writing


def propose(session: Session, actor: Actor, new: NewText) -> TextBlockRow:
    """A draft of a text. Raises Invalid with every fault and how to mend it, NotAllowed."""
    policy.require_role(actor, Role.TEMPLATE_MANAGER, new.authority_id, new.programme_id)
    _require_sound(session, actor, new)
    row = TextBlockRow(
        authority_id=new.authority_id,
        programme_id=new.programme_id,
        profile="" if new.programme_id else new.profile,
        letter=new.letter,
        block=new.block,
        text=new.text.strip(),
        reason=new.reason.strip(),
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        created_at=clock.now(),
        created_by=policy.require_account(actor),
    )
    rows.add(session, row)
    return row


def withdraw(session: Session, actor: Actor, block_id: UUID) -> TextBlockRow:
    """Take a draft back; what is released holds until its end. Conflict, NotFound, NotAllowed."""
    row = _locked_draft(session, actor, block_id)
    row.state = "withdrawn"
    return row


def release(session: Session, actor: Actor, block_id: UUID) -> TextBlockRow:
    """Release a draft that somebody else wrote; it is frozen from then on.

    It must not hold for days that are over: letters of those days have left with other words.
    Raises NotAllowed for its author (four eyes), Invalid, Conflict, NotFound.
    """
    row = _locked_draft(session, actor, block_id)
    account = policy.require_account(actor)
    if account == row.created_by:
        raise NotAllowed("text_blocks.four_eyes")
    if row.valid_from < clock.today():
        raise Invalid([Problem("text_blocks.begins_in_the_past", {}, "valid_from")])
    names = NewText.__dataclass_fields__
    _require_sound(session, actor, NewText(**{name: getattr(row, name) for name in names}))
    row.state, row.released_by, row.released_at = "released", account, clock.now()
    return row


def _locked_draft(session: Session, actor: Actor, block_id: UUID) -> TextBlockRow:
    get(session, actor, block_id)
    row = rows.lock(session, block_id)
    policy.require_role(actor, Role.TEMPLATE_MANAGER, row.authority_id, row.programme_id)
    if row.state != "draft":
        raise Conflict("text_blocks.not_a_draft", state=row.state)
    return row


def _require_sound(session: Session, actor: Actor, new: NewText) -> None:
    problems = _plain_faults(new)
    concerned = _concerned(session, actor, new.programme_id, new.profile, new.authority_id)
    sources = [
        source
        for place in concerned
        if (source := place.programme.letters.get(new.letter)) and new.block in source.blocks
    ]
    if not sources:
        problems.append(Problem("text_blocks.no_such_block", {"block": new.block}, "block"))
    for source in sources:
        problems += _template_faults(source, new)
    if problems:
        raise Invalid(problems)


def _plain_faults(new: NewText) -> list[Problem]:
    problems = []
    if not new.text.strip():
        problems.append(Problem("text_blocks.empty", {}, "text"))
    if len(new.text) > LONGEST_EDIT:
        params = {"length": len(new.text), "most": LONGEST_EDIT}
        problems.append(Problem("text_blocks.too_long", params, "text"))
    if new.valid_until is not None and new.valid_until < new.valid_from:
        problems.append(Problem("text_blocks.ends_first", {}, "valid_until"))
    return problems


def _template_faults(source: LetterSource, new: NewText) -> list[Problem]:
    """Names the letter does not know, and templates that do not read."""
    changed = source.with_texts({new.block: new.text})
    place = f"#blocks.{new.block}"
    try:
        found = letters.lint(changed)
    except BadProgramme as error:
        found = list(error.problems)
    return [Problem(one.key, one.params, "text") for one in found if one.place.endswith(place)]


def _concerned(
    session: Session, actor: Actor, programme_id: UUID | None, profile: str, authority_id: UUID
) -> list[Place]:
    """The programmes in which a text is used."""
    return [
        place
        for place in places(session, actor)
        if place.row.authority_id == authority_id
        and (
            place.row.id == programme_id
            if programme_id
            else place.programme.file.profile == profile
        )
    ]
