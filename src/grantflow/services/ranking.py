"""Ranked lists: the cases of a call against the free budget, decided by a person with reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, NotFound
from grantflow.rules.rounding import cents
from grantflow.services import audit, ledger, policy
from grantflow.services.advance import send_message
from grantflow.services.amounts import read_reason
from grantflow.services.booking import Booking, free
from grantflow.services.cash_years import ByYear, by_months
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor, Role, require_account, require_any, require_role
from grantflow.services.reach import reach_of
from grantflow.store import cases as case_rows
from grantflow.store import ledger as ledger_rows
from grantflow.store import rankings as rows
from grantflow.store.ledger import NOTHING
from grantflow.store.rankings import CallLine, Competitor
from grantflow.store.tables import BudgetItem, Call, Ranking

READERS = (Role.HEAD_OF_UNIT, Role.BUDGET_OFFICER, Role.CASE_OFFICER, Role.AUDITOR_INTERNAL)
SCORE, PROPOSED = "average_score", "recommended_amount"
"""The routing values a programme's diagrams give: the panel's mean score, the proposed grant."""


@dataclass(frozen=True)
class Place:
    """A case on the list; ``place`` is selected, reserve, or open (no score yet)."""

    rank: int
    case_id: UUID
    reference: str
    title: str
    organisation: str
    score: Decimal | None
    requested: Decimal
    proposed: Decimal
    by_year: ByYear
    place: str = "open"


@dataclass(frozen=True)
class RankedList:
    """The list of a call as it would be decided now; ``free`` is the free money by year (euro)."""

    call: Call
    mode: str
    item: BudgetItem | None
    free: ByYear
    places: tuple[Place, ...]

    @property
    def digest(self) -> str:
        """Changes with everything the decision rests on."""
        lines = [f"{p.case_id} {p.score} {p.proposed} {p.place}" for p in self.places]
        return hashlib.sha256("\n".join([self.mode, *lines]).encode()).hexdigest()

    @property
    def selected(self) -> Decimal:
        """Euro of everything above the line."""
        return sum((p.proposed for p in self.places if p.place == "selected"), NOTHING)


def cut(places: Sequence[Place], there: ByYear, mode: str) -> tuple[Place, ...]:
    """Draw the line: who is selected with the money that is there, who is on the reserve list.

    ``strict`` stops at the first that does not fit, ``fill_up`` skips it and goes on. A case fits
    when every one of its years does. Cases without a score stay open.
    """
    left, stopped, found = dict(there), False, list[Place]()
    for one in places:
        if one.score is None or one.proposed <= 0:
            found.append(one)
            continue
        fits = all(part <= left.get(year, NOTHING) for year, part in one.by_year.items())
        if fits and not stopped:
            for year, part in one.by_year.items():
                left[year] -= part
            found.append(replace(one, place="selected"))
            continue
        stopped = stopped or mode == "strict"
        found.append(replace(one, place="reserve"))
    return tuple(found)


def calls(session: Session, actor: Actor) -> list[CallLine]:
    """The calls whose lists the actor may see. Raises NotAllowed."""
    require_any(actor, READERS)
    return rows.list_calls(session, reach_of(actor, READERS))


def decided(session: Session, actor: Actor, call_id: UUID) -> Sequence[Ranking]:
    """The rankings of a call that were decided, newest first. Raises NotFound."""
    _call(session, actor, call_id)
    return rows.list_rankings(session, call_id)


def ranked(session: Session, actor: Actor, call_id: UUID) -> RankedList:
    """The list of a call with the cut line as it is now. Raises NotFound, NotAllowed."""
    call = _call(session, actor, call_id)
    file = programme_of(session, call.programme_version_id).file
    facts = next((c for c in file.calls if c.key == call.key), None)
    mode = (facts.selection if facts else None) or "strict"
    key = file.budget_item_of(call.key)
    item = ledger_rows.find_item(session, call.programme_id, key) if key else None
    this_year = clock.today().year
    places = _places(rows.competitors(session, call_id), this_year)
    there = _free(session, item, [p.case_id for p in places], this_year) if item else {}
    return RankedList(call, mode, item, there, cut(places, there, mode))


def _call(session: Session, actor: Actor, call_id: UUID) -> Call:
    call = session.get(Call, call_id)
    allowed = call is not None and any(
        actor.has_role(role, call.authority_id, call.programme_id) for role in READERS
    )
    if call is None or not allowed:
        raise NotFound("services.catalogue.call_not_found")
    return call


def _places(found: Sequence[Competitor], this_year: int) -> list[Place]:
    made = [_place(one, this_year) for one in found]
    made.sort(key=lambda p: (p.score is None, -(p.score or NOTHING), p.reference))
    return [replace(one, rank=rank) for rank, one in enumerate(made, 1)]


def _place(one: Competitor, this_year: int) -> Place:
    requested = one.case.requested or NOTHING
    proposed = cents(_number(one.facts.get(PROPOSED)) or requested)
    return Place(
        0,
        one.case.id,
        one.case.reference,
        one.case.title,
        one.organisation,
        _number(one.facts.get(SCORE)),
        requested,
        proposed,
        _years(one.facts, proposed, this_year),
    )


def _number(value: Any) -> Decimal | None:
    try:
        found = None if value in (None, "") else Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _years(facts: Mapping[str, Any], amount: Decimal, this_year: int) -> dict[int, Decimal]:
    """By the months of the project, where it is known; years gone by count as this one."""
    try:
        first, last = (
            date.fromisoformat(str(facts[name])[:10]) for name in ("project_from", "project_until")
        )
    except (KeyError, ValueError):
        return {this_year: amount}
    if last < first or last.year < this_year:
        return {this_year: amount}
    return by_months(amount, max(first, date(this_year, 1, 1)), last)


def _free(
    session: Session, item: BudgetItem, cases: Sequence[UUID], this_year: int
) -> dict[int, Decimal]:
    """Free money of this year and free commitment authority for later ones, own reservations in."""
    found: dict[int, Decimal] = {}
    for year in ledger_rows.list_years(session, [item.id]):
        if year.year == this_year and year.appropriation is not None:
            found[this_year] = free(year)
    for row in ledger_rows.list_authorities(session, [item.id]):
        if row.budget_year == this_year:
            found[row.due_year] = row.amount - row.used
    for _, budget_year, due_year, amount in rows.reserved(session, cases):
        if budget_year == this_year:
            found[due_year] = found.get(due_year, NOTHING) + amount
    return found


def decide(session: Session, actor: Actor, call_id: UUID, reasons: str, seen: str) -> Ranking:
    """Decide on the list as the person saw it (``seen`` is its digest) and reserve the money.

    Everybody above the line is reserved for in one transaction, every other reservation of the
    list is set free. The cases get the message ``ranked``. Raises Conflict when the list changed
    meanwhile, names nobody, or money is missing; NotAllowed for anybody but the head of unit, and
    for whoever declared a conflict of interest in one of the cases; Invalid without reasons.
    """
    call = _call(session, actor, call_id)
    require_role(actor, Role.HEAD_OF_UNIT, call.authority_id, call.programme_id)
    plain = read_reason(reasons, "reasons")
    for case in sorted(rows.competitors(session, call_id), key=lambda one: str(one.case.id)):
        case_rows.lock_case(session, case.case.id)
        policy.require_not_excluded(session, actor, case.case.id)
    found = ranked(session, actor, call_id)
    if found.item is None:
        raise Conflict("money.ranking_no_item")
    if not any(place.place != "open" for place in found.places):
        raise Conflict("money.ranking_empty")
    if found.digest != seen:
        raise Conflict("money.ranking_changed")
    now = clock.now()
    _reserve(session, actor, found, found.item, plain, now)
    row = Ranking(
        authority_id=call.authority_id,
        call_id=call_id,
        item_id=found.item.id,
        mode=found.mode,
        free=sum(found.free.values(), NOTHING),
        reserved=found.selected,
        places=[_as_json(place) for place in found.places],
        reasons=plain,
        by=require_account(actor),
        at=now,
    )
    rows.add_ranking(session, row)
    _tell(session, actor, found)
    return row


def _reserve(
    session: Session, actor: Actor, found: RankedList, item: BudgetItem, why: str, now: datetime
) -> None:
    """Set free first, then reserve: the places of the list compete for the same money."""
    held = {case for case, *_ in rows.reserved(session, [p.case_id for p in found.places])}
    ordered = sorted(found.places, key=lambda place: place.place == "selected")
    for place in ordered:
        booking = Booking(session, actor, found.call.authority_id, now, "ranking", why)
        if place.place == "selected":
            ledger.reserve(booking, place.case_id, item.id, place.by_year)
        elif place.case_id in held:
            ledger.release(booking, place.case_id)


def _tell(session: Session, actor: Actor, found: RankedList) -> None:
    for place in found.places:
        if place.place == "open":
            continue
        case = case_rows.lock_case(session, place.case_id)
        data = {"rank": place.rank, "amount": str(place.proposed)}
        audit.record(
            session, case.id, case.authority_id, actor, f"ranking.{place.place}", data=data
        )
        programme = programme_of(session, case.programme_version_id)
        payload = {"ranking": place.place, "ranked_amount": float(place.proposed)}
        send_message(session, actor, case, programme, "ranked", payload)


def _as_json(place: Place) -> dict[str, Any]:
    return {
        "rank": place.rank,
        "case": str(place.case_id),
        "reference": place.reference,
        "organisation": place.organisation,
        "score": None if place.score is None else str(place.score),
        "requested": str(place.requested),
        "proposed": str(place.proposed),
        "place": place.place,
    }
