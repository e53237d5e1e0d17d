"""The chain of letters: which earlier one a letter amends, corrects, revokes or answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.letters import LetterSource
from grantflow.letters.model import EarlierLetter
from grantflow.store import acts
from grantflow.store import letters as rows
from grantflow.store.tables import Letter

BEHIND = "answers"
"""How a letter is related to what the letters it refers to lead back to."""


@dataclass(frozen=True)
class Link:
    """An earlier letter of the chain, how it is referred to, and the day it carries."""

    letter: Letter
    relation: str
    on: date


def earlier(
    session: Session, case_id: UUID, source: LetterSource, facts: Mapping[str, Any]
) -> Link | None:
    """The newest letter that left the case and that this one refers to; None without one.

    ``facts["contested"]`` names the letter where somebody chose it (an objection), otherwise the
    names in ``refers_to`` are looked for, and the newest of them is taken.
    """
    contested = str(facts.get("contested") or "")
    names = (contested,) if contested in source.refers_to else source.refers_to
    found = acts.latest_left(session, case_id, names) if names else None
    return Link(found, source.relation or "answers", day_of(found)) if found else None


def replaced(session: Session, case_id: UUID, source: LetterSource) -> Letter | None:
    """The newest letter that this one takes the place of; None where none has left the case, or
    where a letter that this one refers to has left since: another claim, another plan."""
    if not source.replaces:
        return None
    found = acts.latest_left(session, case_id, (*source.refers_to, *source.replaces))
    return found if found and found.name in source.replaces else None


def day_of(letter: Letter) -> date:
    """The day a letter carries, in Germany."""
    stated = letter.model.get("info", {}).get("on")
    if stated:
        return date.fromisoformat(str(stated))
    return letter.created_at.astimezone(BERLIN).date()


def as_model(link: Link | None) -> EarlierLetter | None:
    """The earlier letter as templates name it."""
    if link is None:
        return None
    return EarlierLetter(
        title=str(link.letter.title.get("de", "")),
        on=link.on,
        reference=str(link.letter.model.get("info", {}).get("file_reference", "")),
        relation=link.relation,  # type: ignore[arg-type]  # a word of the column's check
    )


def chain(session: Session, letter: Letter) -> Sequence[Link]:
    """The letters this one leads back to, nearest first; a letter is named once.

    What it is to the nearest it is not to those behind: a claim follows the revocation, and only
    the revocation takes the grant back.
    """
    found: list[Link] = []
    seen, current = {letter.id}, letter
    while current.refers_to is not None and current.refers_to not in seen:
        before = rows.get_letter(session, current.refers_to)
        relation = letter.relation if current is letter else BEHIND
        found.append(Link(before, relation, day_of(before)))
        seen.add(before.id)
        current = before
    return found


def followers(session: Session, letter: Letter) -> Sequence[Link]:
    """The later letters that amend, correct, revoke or answer this one, oldest first."""
    return [
        Link(later, later.relation, day_of(later))
        for later in rows.referring(session, letter.case_id, letter.id)
    ]
