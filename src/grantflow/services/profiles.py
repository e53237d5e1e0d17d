"""Which rule profile counts for a case: that of its decision, or the one in force on a day.

What a decision has granted (financing, budget lines, statements, retention) is judged by the rules
of its day. How a letter is notified and how long a remedy takes is law of the day it leaves. A
programme's own values lie on top of both. See docs/decisions/0010-rules-in-force.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.errors import NotFound
from grantflow.programmes.deadlines import Terms
from grantflow.programmes.load import Programme
from grantflow.rules.calendar import calendar
from grantflow.rules.profiles import Profile, RuleBook, at, parse
from grantflow.services import rule_books
from grantflow.services.catalogue import programme_of
from grantflow.store import payments
from grantflow.store import rule_books as rows
from grantflow.store.tables import Case, Decision

BINDING = "grant"
"""The kind of decision that binds a case to the rules of its day."""


@dataclass(frozen=True)
class Bound:
    """The rule book behind a decision; ``version_id`` None is the programme's frozen copy."""

    area: str
    digest: str
    version_id: UUID | None = None
    number: int | None = None

    def as_facts(self) -> dict[str, Any]:
        """To be stored with the decision."""
        version = str(self.version_id) if self.version_id else None
        return {
            "area": self.area,
            "digest": self.digest,
            "version": version,
            "number": self.number,
        }


def for_case(session: Session, case: Case, on: date) -> Profile:
    """The profile that binds a case, with the programme's own values on top.

    With a decision it is the profile of the decision's day, else the one in force, as of ``on``.
    Raises NotFound, BadProgramme.
    """
    programme = programme_of(session, case.programme_version_id)
    decision = binding_decision(session, case.id)
    if decision is None:
        return in_force(session, programme, on)
    day = decision.at.astimezone(BERLIN).date()
    return at(_bound_book(session, programme, decision), day, programme.file.profile_overrides)


def in_force(session: Session, programme: Programme, on: date) -> Profile:
    """The profile in force now, as of a day, with the programme's own values on top.

    The released version of the installation wins over the copy frozen with the programme; the copy
    serves where nothing is stored. Raises BadProgramme.
    """
    version = rule_books.current(session, programme.file.profile)
    book = rule_books.book_of(version) if version else frozen(programme)
    return at(book, on, programme.file.profile_overrides)


def terms(session: Session, programme: Programme, on: date) -> Terms:
    """What dispatches and remedies are counted by on a day: profile in force and holidays."""
    holidays = calendar(programme.file.authority.holiday_calendar)
    return Terms(in_force(session, programme, on), holidays)


def terms_of_case(session: Session, case: Case, programme: Programme, on: date) -> Terms:
    """What the duties out of a decision are counted by: the profile that binds the case."""
    holidays = calendar(programme.file.authority.holiday_calendar)
    return Terms(for_case(session, case, on), holidays)


def frozen(programme: Programme, area: str = "") -> RuleBook:
    """The rule book that was published with the programme. Raises NotFound, BadProgramme."""
    path = f"{rule_books.FOLDER}/{area or programme.file.profile}.toml"
    if path not in programme.package.files:
        raise NotFound("rules.unknown_area", area=area or programme.file.profile)
    return _parsed(programme.package.files[path], path)


@lru_cache(maxsize=32)
def _parsed(toml: bytes, path: str) -> RuleBook:
    return parse(toml, path)


def binding(session: Session, programme: Programme, moment: datetime) -> Bound:
    """The rule book in force at the moment of a decision, to be stored with it."""
    version = rule_books.current(session, programme.file.profile, moment)
    if version is None:
        book = frozen(programme)
        return Bound(book.area, book.digest)
    return Bound(version.area, version.digest, version.id, version.number)


def bound(decision: Decision) -> Bound | None:
    """The rule book a decision was bound to; None for decisions from before that was kept."""
    facts: Mapping[str, Any] | None = decision.facts.get("rules")
    if not facts:
        return None
    version = UUID(facts["version"]) if facts["version"] else None
    return Bound(facts["area"], facts["digest"], version, facts["number"])


def binding_decision(session: Session, case_id: UUID) -> Decision | None:
    """The newest decision about the grant of a case."""
    found = [one for one in payments.list_decisions(session, case_id) if one.kind == BINDING]
    return found[-1] if found else None


def _bound_book(session: Session, programme: Programme, decision: Decision) -> RuleBook:
    known = bound(decision)
    if known is None or known.version_id is None:
        return frozen(programme)
    return rule_books.book_of(rows.get_version(session, known.version_id))
