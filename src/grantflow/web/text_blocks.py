"""The authority's own texts in letters: the list, a new one, the difference, the release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.errors import NOTHING, Invalid, NotAllowed, Problem
from grantflow.services import letter_drafts, text_blocks
from grantflow.services.policy import Actor
from grantflow.services.text_blocks import NewText, Place
from grantflow.store import casefile as names
from grantflow.web import pages
from grantflow.web.caseworker import as_id
from grantflow.web.deps import CurrentDoor, Posted, StaffActor

router = APIRouter(prefix="/text-blocks")


@dataclass(frozen=True)
class Scope:
    """Where a text holds: one programme, or all of the authority with a rule profile."""

    value: str
    title: Mapping[str, str] | str
    profile: str = ""


@dataclass(frozen=True)
class BlockChoice:
    """A block of a letter that may get a text of the authority's own."""

    value: str
    label: str
    label_en: str
    text: str


@router.get("")
def overview(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The texts that hold, will hold, or wait for their release."""
    with door.reading(actor) as session:
        found = text_blocks.listed(session, actor)
        places = text_blocks.places(session, actor)
        people = [one.created_by for one in found] + [one.released_by for one in found]
        return pages.render(
            request,
            "letters/texts.html",
            blocks=found,
            programmes={place.row.id: place.row.title for place in places},
            words=_words(places),
            names=names.names(session, people),
            writes=_writes(actor),
        )


def _writes(actor: Actor) -> bool:
    return bool(actor.roles & set(text_blocks.EDITORS))


def _words(places: Sequence[Place]) -> dict[tuple[str, str], tuple[Mapping[str, str], str, str]]:
    """Title of the letter and label of the block, by their names."""
    return {
        (name, block): ({str(k): v for k, v in source.title.items()}, one.label, one.label_en)
        for place in places
        for name, source in place.programme.letters.items()
        for block, one in source.blocks.items()
    }


@router.get("/new")
def new(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The form for a new text."""
    if not _writes(actor):
        raise NotAllowed(role=text_blocks.EDITORS[0])
    with door.reading(actor) as session:
        return _form(request, session, actor)


def _form(
    request: Request,
    session: Session,
    actor: Actor,
    typed: Mapping[str, str] = NOTHING,
    problems: Sequence[Problem] = (),
) -> Response:
    places = text_blocks.places(session, actor)
    return pages.render(
        request,
        "letters/text_new.html",
        status=422 if problems else 200,
        scopes=_scopes(places),
        letters=_letters(places),
        typed=typed,
        problems=problems,
    )


def _scopes(places: Sequence[Place]) -> list[Scope]:
    programmes = [Scope(f"programme:{place.row.id}", place.row.title) for place in places]
    profiles = {
        f"profile:{place.row.authority_id}:{place.programme.file.profile}": Scope(
            f"profile:{place.row.authority_id}:{place.programme.file.profile}",
            place.programme.file.authority.short,
            place.programme.file.profile,
        )
        for place in places
    }
    return [*programmes, *profiles.values()]


def _letters(places: Sequence[Place]) -> dict[str, tuple[Mapping[str, str], list[BlockChoice]]]:
    """The letters of all programmes with their blocks, for one select."""
    found: dict[str, tuple[Mapping[str, str], list[BlockChoice]]] = {}
    for place in places:
        for name, source in sorted(place.programme.letters.items()):
            blocks = [
                BlockChoice(f"{name}/{key}", one.label, one.label_en, one.text.strip())
                for key, one in source.blocks.items()
            ]
            if blocks:
                found.setdefault(name, ({str(k): v for k, v in source.title.items()}, blocks))
    return found


@router.post("")
def propose(request: Request, actor: StaffActor, door: CurrentDoor, form: Posted) -> Response:
    """Keep a draft of a text."""
    fields = ("scope", "block", "text", "valid_from", "valid_until", "reason")
    typed = {name: str(form.get(name, "")).replace("\r\n", "\n") for name in fields}
    if not _writes(actor):
        raise NotAllowed(role=text_blocks.EDITORS[0])
    try:
        with door.transaction(actor) as session:
            wanted = _new_text(typed, text_blocks.places(session, actor))
            block_id = text_blocks.propose(session, actor, wanted).id
    except Invalid as refused:
        with door.reading(actor) as session:
            return _form(request, session, actor, typed, refused.problems)
    return pages.redirect(request, f"/text-blocks/{block_id}", "text_blocks.kept")


def _new_text(typed: Mapping[str, str], places: Sequence[Place]) -> NewText:
    """What was typed as a value. Raises Invalid for a scope, block or day that is none."""
    kind, _, where = typed["scope"].partition(":")
    authority, _, profile = where.partition(":")
    place = next((one for one in places if str(one.row.id) == where), None)
    authority_id = place.row.authority_id if place else as_id(authority)
    letter, _, block = typed["block"].partition("/")
    problems = []
    if authority_id is None or (kind == "programme" and place is None):
        problems.append(Problem("text_blocks.no_scope", {}, "scope"))
    begins, ends = _day(typed["valid_from"]), _day(typed["valid_until"])
    if begins is None:
        problems.append(Problem("text_blocks.no_begin", {}, "valid_from"))
    if typed["valid_until"] and ends is None:
        problems.append(Problem("text_blocks.no_end", {}, "valid_until"))
    if problems or authority_id is None or begins is None:
        raise Invalid(problems)
    programme_id = place.row.id if place else None
    return NewText(
        authority_id, programme_id, profile, letter, block, typed["text"], begins, ends,
        typed["reason"],
    )  # fmt: skip


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


@router.get("/{block_id}")
def show(block_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """One text beside what the letter says without it, and its release."""
    with door.reading(actor) as session:
        return _page(request, session, actor, block_id)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    block_id: UUID,
    problems: Sequence[Problem] = (),
) -> Response:
    block = text_blocks.get(session, actor, block_id)
    shipped = text_blocks.shipped(session, actor, block)
    places = text_blocks.places(session, actor)
    return pages.render(
        request,
        "letters/text.html",
        status=422 if problems else 200,
        block=block,
        pieces=list(letter_drafts.compared(shipped, block.text)),
        programme=next((p.row.title for p in places if p.row.id == block.programme_id), None),
        words=_words(places).get((block.letter, block.block)),
        names=names.names(session, [block.created_by, block.released_by]),
        writes=_writes(actor),
        own=block.created_by == actor.account_id,
        problems=problems,
    )


@router.post("/{block_id}/release")
def release(block_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """Release a text that somebody else wrote."""
    try:
        with door.transaction(actor) as session:
            text_blocks.release(session, actor, block_id)
    except Invalid as refused:
        with door.reading(actor) as session:
            return _page(request, session, actor, block_id, refused.problems)
    return pages.redirect(request, f"/text-blocks/{block_id}", "text_blocks.released")


@router.post("/{block_id}/withdraw")
def withdraw(block_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """Take a draft back."""
    with door.transaction(actor) as session:
        text_blocks.withdraw(session, actor, block_id)
    return pages.redirect(request, "/text-blocks", "text_blocks.withdrawn")
