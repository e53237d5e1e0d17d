"""Changes of rule books in the browser: proposed, validated, handed over, released by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import BadProgramme, Conflict, Invalid, NotAllowed, Problem
from grantflow.rules.base_rate_book import AREA as BASE_RATES
from grantflow.rules.base_rate_book import from_book
from grantflow.rules.profiles import RuleBook
from grantflow.rules.revisions import require_kind, version_of, with_value
from grantflow.services import policy, rule_books
from grantflow.services.policy import Actor, Role
from grantflow.store import rule_books as rows
from grantflow.store.tables import RuleVersion

READERS = (
    Role.RULE_MANAGER,
    Role.PROGRAMME_MANAGER,
    Role.TEMPLATE_MANAGER,
    Role.CASE_OFFICER,
    Role.HEAD_OF_UNIT,
    Role.BUDGET_OFFICER,
    Role.AUDITOR_INTERNAL,
    Role.ADMIN,
)
CERTAINTIES = ("law", "published", "secondary", "seed", "model", "general", "assumption")
"""Confidence marks, from what was read in the law to what this software has assumed."""
LONGEST = 2000


@dataclass(frozen=True)
class NewValue:
    """A value from a day on, as it was typed; ``until`` None has no end."""

    name: str
    value: bool | int | float | str
    since: date
    until: date | None
    source: str
    confidence: str
    note: str = ""

    def as_change(self) -> dict[str, Any]:
        """To be kept with the proposal."""
        until = self.until.isoformat() if self.until else None
        entry = {
            "from": self.since.isoformat(),
            "until": until,
            "value": self.value,
            "source": self.source,
            "confidence": self.confidence,
            "note": self.note,
        }
        return {"name": self.name, "entry": entry}


def require_reader(actor: Actor) -> None:
    """Raises NotAllowed for everybody whose work the rules are not."""
    policy.require_any(actor, READERS)


def may_change(actor: Actor) -> bool:
    """Whether somebody keeps the rules; they are the installation's, so of any authority."""
    return Role.RULE_MANAGER in actor.roles


def require_manager(actor: Actor) -> UUID:
    """The account of a rule manager. Raises NotAllowed."""
    policy.require_any(actor, [Role.RULE_MANAGER])
    return policy.require_account(actor)


def propose(session: Session, actor: Actor, area: str, given: NewValue) -> RuleVersion:
    """Add a value from a day on to the open proposal of an area, or begin one.

    Validated at once. Raises Invalid naming the value and how to mend it: a gap, an overlap with a
    later entry, another type, no source, an unknown name; Conflict while the proposal waits for
    release; NotAllowed, NotFound.
    """
    account = require_manager(actor)
    draft = _draft(session, area, account)
    base = rule_books.book_of(_base(session, area))
    _require_sensible(session, area, given)
    changes = [c for c in draft.changes if not _same(c, given)]
    changes.append(given.as_change())
    _write(draft, base, changes)
    draft.editors = sorted({*draft.editors, str(account)})
    session.flush()
    return draft


def take_back(session: Session, actor: Actor, version_id: UUID, number: int) -> RuleVersion:
    """Take one change (counted from 0) out of a proposal. Invalid, Conflict, NotAllowed."""
    account = require_manager(actor)
    draft = _locked(session, version_id, "draft")
    if not 0 <= number < len(draft.changes):
        raise Conflict("rules_admin.no_such_change")
    kept = [change for place, change in enumerate(draft.changes) if place != number]
    _write(draft, rule_books.book_of(_base(session, draft.area)), kept)
    draft.editors = sorted({*draft.editors, str(account)})
    return draft


def submit(session: Session, actor: Actor, version_id: UUID, note: str) -> RuleVersion:
    """Hand a proposal over to be released by somebody else; ``note`` says what it rests on.

    It is laid on the version in force now. Raises Invalid, Conflict, NotAllowed, NotFound.
    """
    account = require_manager(actor)
    draft = _locked(session, version_id, "draft")
    if not draft.changes:
        raise Conflict("rules_admin.nothing_changed")
    if not note.strip():
        raise Invalid([Problem("rules_admin.note_missing", place="note")])
    base = _base(session, draft.area)
    _write(draft, rule_books.book_of(base), draft.changes)
    draft.base_id, draft.note = base.id, note.strip()[:LONGEST]
    draft.state, draft.submitted_by = "review", account
    return draft


def release(session: Session, actor: Actor, version_id: UUID) -> RuleVersion:
    """Put a proposal in force that somebody else has written and handed over; frozen from then on.

    Raises NotAllowed for everybody who had a hand in it (four eyes), Conflict where another version
    was released meanwhile, Invalid, NotFound.
    """
    account = require_manager(actor)
    version = _locked(session, version_id, "review")
    if account in (version.created_by, version.submitted_by) or str(account) in version.editors:
        raise NotAllowed("rules_admin.four_eyes")
    base = rows.in_force(session, version.area)
    if (base.id if base else None) != version.base_id:
        raise Conflict("rules_admin.base_changed")
    version.state = "released"
    version.released_by, version.released_at = account, clock.now()
    return version


def send_back(session: Session, actor: Actor, version_id: UUID, note: str) -> RuleVersion:
    """Give a proposal back to its author with the reason. Invalid, Conflict, NotAllowed."""
    require_manager(actor)
    version = _locked(session, version_id, "review")
    if not note.strip():
        raise Invalid([Problem("rules_admin.reason_missing", place="note")])
    if version.origin == "delivered":
        raise Conflict("rules_admin.delivered_not_returned")
    version.state, version.note = "draft", note.strip()[:LONGEST]
    return version


def discard(session: Session, actor: Actor, version_id: UUID) -> None:
    """Throw a proposal away; it stays in the database, out of sight. Conflict, NotAllowed."""
    require_manager(actor)
    _locked(session, version_id, "draft", "review").state = "discarded"


def _locked(session: Session, version_id: UUID, *states: str) -> RuleVersion:
    version = rows.lock_version(session, version_id)
    if version.state not in states:
        raise Conflict(f"rules_admin.state_{version.state}")
    return version


def _base(session: Session, area: str) -> RuleVersion:
    base = rows.in_force(session, area)
    if base is None:
        raise Conflict("rules_admin.not_loaded", area=area)
    return base


def _draft(session: Session, area: str, account: UUID) -> RuleVersion:
    """The open proposal of an area, locked; a new one where there is none."""
    base = _base(session, area)
    own = [p for p in rows.open_proposals(session, area) if p.origin == "proposed"]
    if own:
        return _locked(session, own[0].id, "draft")
    draft = RuleVersion(
        area=area,
        number=rows.last_number(session, area) + 1,
        content=base.content,
        digest=base.digest,
        delivered_digest=base.delivered_digest,
        base_id=base.id,
        created_at=clock.now(),
        created_by=account,
        editors=[str(account)],
    )
    rows.add_version(session, draft)
    return draft


def _same(change: Mapping[str, Any], given: NewValue) -> bool:
    """Whether a change is about the same value from the same day; the later word counts."""
    key = (change["name"], change["entry"]["from"])
    return key == (given.name, given.since.isoformat())


def _write(draft: RuleVersion, base: RuleBook, changes: list[Any]) -> None:
    """The book that follows from the changes. Raises Invalid."""
    try:
        book = base
        for change in changes:
            book = with_value(book, change["name"], version_of(change["entry"]))
        if draft.area == BASE_RATES:
            from_book(book)
    except BadProgramme as error:
        raise Invalid(error.problems) from error
    draft.changes, draft.content, draft.digest = changes, book.stored(), book.digest


def _require_sensible(session: Session, area: str, given: NewValue) -> None:
    """A value the rules know, of its type, with a source and a known mark."""
    problems = []
    if not given.source.strip():
        problems.append(Problem("rules_admin.source_missing", place="source"))
    if given.confidence not in CERTAINTIES:
        problems.append(Problem("rules_admin.confidence_unknown", place="confidence"))
    known = known_values(session, area)
    if given.name not in known:
        problems.append(Problem("rules_admin.name_unknown", {"name": given.name}, "name"))
    if problems:
        raise Invalid(problems)
    try:
        require_kind(given.name, given.value, known[given.name])
    except BadProgramme as error:
        raise Invalid(error.problems) from error


def known_values(session: Session, area: str) -> dict[str, bool | int | float | str]:
    """Every value the rules read in an area, with an example; from the books of all areas.

    What one area has and another lacks may be entered there.
    """
    books = [
        rule_books.book_of(version)
        for other, version in rule_books.books_in_force(session).items()
        if (other == BASE_RATES) == (area == BASE_RATES)
    ]
    return {name: book.values[name][-1].value for book in books for name in sorted(book.values)}
