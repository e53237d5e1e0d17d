"""The register of dispatches as people read it: what left, how, what follows, what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import NotAllowed
from grantflow.services import letter_history, policy
from grantflow.services.dispatch_checks import RECORDERS
from grantflow.services.dispatches import READERS, require_reach
from grantflow.services.letter_history import Link
from grantflow.services.notification import CORRECTS
from grantflow.services.policy import Actor, Role
from grantflow.store import cases as case_rows
from grantflow.store import dispatch_register as rows
from grantflow.store import letters as letter_rows
from grantflow.store.dispatch_register import RegisterFilter
from grantflow.store.letters import DispatchLine
from grantflow.store.tables import CaseEvent, Dispatch

__all__ = ["DispatchLine", "RegisterFilter"]

STATES = ("sent", "returned", "todo", "final")
PAGE = 50
MOST = 50_000
"""Lines of one export."""


@dataclass(frozen=True)
class Register:
    """One page of the register."""

    lines: Sequence[DispatchLine]
    total: int
    pages: int


@dataclass(frozen=True)
class Chained:
    """Another letter of the chain, and its entry in the register once it left."""

    link: Link
    dispatch: UUID | None


@dataclass(frozen=True)
class Entry:
    """One dispatch with the others of the same letter and all that happened to it."""

    line: DispatchLine
    attempts: Sequence[Dispatch]
    events: Sequence[CaseEvent]
    remedy: bool  # the letter is a decision against which there is a remedy, no correction of one
    earlier: Sequence[Chained]  # the letters it leads back to, nearest first
    later: Sequence[Chained]  # the letters that amend, correct, revoke or answer it
    may_record: bool
    may_decide: bool

    @property
    def newest(self) -> bool:
        """Whether this is the dispatch that counts."""
        return self.attempts[-1].id == self.line.dispatch.id


def register(session: Session, actor: Actor, wanted: RegisterFilter, page: int = 1) -> Register:
    """Letters that left in the actor's programmes, latest first. Raises NotAllowed."""
    reach = require_reach(actor, READERS)
    total = rows.count(session, reach, wanted)
    lines = rows.register(session, reach, wanted, PAGE, (max(page, 1) - 1) * PAGE)
    return Register(lines, total, max(1, -(-total // PAGE)))


def export(session: Session, actor: Actor, wanted: RegisterFilter) -> Sequence[DispatchLine]:
    """Every line under a filter, for a file. Raises NotAllowed."""
    return rows.register(session, require_reach(actor, READERS), wanted, MOST)


def letter_names(session: Session, actor: Actor) -> Sequence[tuple[str, dict[str, str]]]:
    """The kinds of letters that ever left, to filter by. Raises NotAllowed."""
    return rows.letter_names(session, require_reach(actor, READERS))


def entry(session: Session, actor: Actor, dispatch_id: UUID) -> Entry:
    """One entry with proof, steps and history. Raises NotFound, NotAllowed (also if excluded)."""
    line = rows.line(session, require_reach(actor, READERS), dispatch_id)
    policy.require_not_excluded(session, actor, line.dispatch.case_id)
    case = case_rows.get_case(session, line.dispatch.case_id)
    here = [
        role for role in RECORDERS if actor.has_role(role, case.authority_id, case.programme_id)
    ]
    return Entry(
        line,
        letter_rows.dispatches_of(session, line.letter.id),
        rows.history(session, case.id, line.letter.id),
        line.letter.model.get("remedy") is not None and line.letter.relation != CORRECTS,
        _chained(session, letter_history.chain(session, line.letter)),
        _chained(session, letter_history.followers(session, line.letter)),
        bool(here),
        Role.CASE_OFFICER in here,
    )


def _chained(session: Session, links: Sequence[Link]) -> Sequence[Chained]:
    found = [(one, letter_rows.find_dispatch(session, one.letter.id)) for one in links]
    return [
        Chained(one, sent.id if sent is not None and sent.state != "queued" else None)
        for one, sent in found
    ]


def require_recorder(session: Session, actor: Actor, dispatch_id: UUID) -> None:
    """Raises NotFound, or NotAllowed for everybody who only reads the entry."""
    if not entry(session, actor, dispatch_id).may_record:
        raise NotAllowed(role=", ".join(sorted(RECORDERS)))
