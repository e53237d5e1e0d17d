"""Who may change an entry of the register of dispatches, and which days and words it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from grantflow.programmes.load import Programme
from grantflow.services import policy
from grantflow.services.catalogue import programme_of
from grantflow.services.notification import CHANNELS, PRINTED, day_of
from grantflow.services.policy import Actor, Role
from grantflow.store import cases as case_rows
from grantflow.store import letters as rows
from grantflow.store.cases import LockedCase
from grantflow.store.tables import Dispatch, Letter

RETURN_REASONS = (
    "unknown_addressee",
    "moved",
    "not_collected",
    "refused",
    "not_received",
    "not_retrieved",
    "other",
)
RECORDERS = frozenset({Role.CASE_OFFICER, Role.REGISTRY})
"""Who notes what the post brings; only case officers decide what follows."""


@dataclass(frozen=True)
class Entry:
    """A dispatch in a locked case, with the letter and the programme it belongs to."""

    case: LockedCase
    dispatch: Dispatch
    letter: Letter
    programme: Programme

    @property
    def sent_on(self) -> date:
        """The day it left."""
        assert self.dispatch.sent_at is not None
        return day_of(self.dispatch.sent_at)


def open_entry(
    session: Session,
    actor: Actor,
    dispatch_id: UUID,
    *,
    returned: bool = False,
    roles: frozenset[Role] | set[Role] = RECORDERS,
) -> Entry:
    """Lock the case of a dispatch that has left (or, ``returned``, came back).

    Raises Conflict for an entry that waits, is over or was followed by another, NotAllowed without
    one of the roles and for excluded people, NotFound.
    """
    policy.require_account(actor)
    case = case_rows.lock_case(session, rows.get_dispatch(session, dispatch_id).case_id)
    if not policy.may_see_case(actor, case):
        raise NotFound("dispatches.not_found")
    if not any(actor.has_role(role, case.authority_id, case.programme_id) for role in roles):
        raise NotAllowed(role=", ".join(sorted(roles)))
    policy.require_not_excluded(session, actor, case.id)
    dispatch = rows.get_dispatch(session, dispatch_id)
    newest = rows.find_dispatch(session, dispatch.letter_id)
    if newest is None or newest.id != dispatch.id:
        raise Conflict("dispatches.replaced")
    wanted = "returned" if returned else "sent"
    if dispatch.state != wanted:
        raise Conflict(f"dispatches.state_{dispatch.state}")
    letter = rows.get_letter(session, dispatch.letter_id)
    return Entry(case, dispatch, letter, programme_of(session, case.programme_version_id))


def require_day(entry: Entry, on: date) -> None:
    """Invalid for a day before the letter left, or in the future."""
    if on < entry.sent_on:
        raise Invalid([Problem("dispatches.before_dispatch", {"sent": entry.sent_on}, "on")])
    if on > clock.today():
        raise Invalid([Problem("dispatches.in_future", place="on")])


def require_reason(reason: str) -> None:
    """Invalid for a reason the register does not know."""
    if reason not in RETURN_REASONS:
        raise Invalid([Problem("dispatches.unknown_reason", place="reason")])


def require_channel(entry: Entry, channel: str, sent_on: date | None) -> None:
    """A known channel, and a day between the return of the letter and today where one is given."""
    if channel not in CHANNELS:
        raise Invalid([Problem("dispatches.unknown_channel", place="channel")])
    if sent_on is None:
        if channel not in PRINTED | {"portal"}:
            raise Invalid([Problem("dispatches.day_missing", place="sent_on")])
        return
    if sent_on < entry.sent_on:
        raise Invalid([Problem("dispatches.before_first", {"sent": entry.sent_on}, "sent_on")])
    if sent_on > clock.today():
        raise Invalid([Problem("dispatches.in_future", place="sent_on")])
