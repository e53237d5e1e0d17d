"""Was the grantee heard, and until when may a decision still be taken back?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.errors import Invalid
from grantflow.programmes import drafted, last_days
from grantflow.rules.computing import compute
from grantflow.services import profiles
from grantflow.services.catalogue import programme_of
from grantflow.store import acts, forms_data
from grantflow.store import cases as case_rows
from grantflow.store import computations as computation_rows
from grantflow.store import instances as instance_rows
from grantflow.store.tables import FormData, Letter

HEARING, REPLY, SETTLEMENT = "hearing", "hearing_reply", "settlement"
LIMIT = "revocation_limit"


@dataclass(frozen=True)
class Heard:
    """How far the hearing is: the text key of what is missing, and the day it is awaited until."""

    problem: str = ""
    until: date | None = None


def state(session: Session, letter: Letter, today: date, hears: Collection[str] = ()) -> Heard:
    """Whether the grantee was heard on this matter before the letter (§ 28 Abs. 1 VwVfG).

    ``hears`` are the intended acts of which one must have been announced; none given means any.
    A hearing is over when its letter has left the case and the reply was handed in, or the day
    named for it has passed. A hearing of another process of the case is about another matter.
    """
    hearing = _hearing_of(session, letter, hears)
    if hearing is None:
        found = _hearing_of(session, letter, ())
        return Heard("hearing_missing" if found is None else "hearing_other_act")
    if _reply(session, hearing) is not None:
        return Heard()
    until = _until(hearing)
    if until is None:
        return Heard("hearing_without_end")
    return Heard("hearing_running", until) if today <= until else Heard()


@dataclass(frozen=True)
class Announced:
    """What the hearing on a matter announced: amount and sum of interest in euro, None without."""

    amount: Decimal | None = None
    interest: Decimal | None = None
    names_interest: bool = False  # its sum, or from when it runs
    interest_from: date | None = None


def announced(session: Session, letter: Letter, hears: Collection[str] = ()) -> Announced:
    """What the newest hearing on one of these acts announced; nothing where none was held."""
    hearing = _hearing_of(session, letter, hears)
    facts = hearing.model.get("facts", {}) if hearing else {}
    return Announced(
        drafted.amount_of(facts.get("amount")),
        drafted.amount_of(facts.get("interest")),
        any(facts.get(name) not in (None, "") for name in ("interest", "interest_from")),
        drafted.day_of(facts.get("interest_from")),
    )


def _hearing_of(session: Session, letter: Letter, hears: Collection[str]) -> Letter | None:
    """The newest hearing letter that has left, of the process of this letter or one that calls it.

    The diagram ``hearing`` is itself called by the process it hears for. Where ``hears`` names the
    settlement, the hearing on the settlement of the case counts if there is none of its own: what
    is claimed back after a settlement was decided there.
    """
    parents = _parents(session, letter)
    matter, of_settlement = _line(letter.instance_id, parents), None
    for found in acts.all_left(session, letter.case_id, [HEARING]):
        near = {found.instance_id, parents.get(found.instance_id)}
        named = found.model.get("facts", {}).get("intended")
        if found.id == letter.id or (hears and named not in hears):
            continue
        if near & matter:
            return found
        if named == SETTLEMENT and SETTLEMENT in hears:
            of_settlement = of_settlement or found
    return of_settlement


def _matter(session: Session, letter: Letter) -> set[UUID]:
    """The process of a letter and all that called it."""
    return _line(letter.instance_id, _parents(session, letter))


def _parents(session: Session, letter: Letter) -> dict[UUID, UUID | None]:
    rows_of_case = instance_rows.list_instances(session, letter.case_id)
    return {one.id: one.parent_id for one in rows_of_case}


def _line(instance: UUID, parents: Mapping[UUID, UUID | None]) -> set[UUID]:
    """A process and all that called it."""
    line: set[UUID] = set()
    current: UUID | None = instance
    while current is not None and current not in line:
        line.add(current)
        current = parents.get(current)
    return line


def _reply(session: Session, hearing: Letter) -> FormData | None:
    """What was answered to this hearing, since it left; never the reply to another one."""
    answers = forms_data.of_processes(session, hearing.case_id, hearing.instance_id)
    after = hearing.approved_at or hearing.created_at
    return next((one for one in answers if one.form == REPLY and one.at >= after), None)


def _until(hearing: Letter) -> date | None:
    """The day by which the hearing letter asked for an answer."""
    named = hearing.model.get("facts", {}).get("respond_until")
    ends = [one["on"] for one in hearing.model.get("deadlines", ()) if one["kind"] == "response"]
    day = named or next(iter(ends), None)
    return date.fromisoformat(str(day)[:10]) if day else None


def first_day(session: Session, letter: Letter, today: date) -> date:
    """The earliest day a hearing that leaves ``today`` may ask an answer by (§ 28 Abs. 1 VwVfG)."""
    case = case_rows.get_case(session, letter.case_id)
    programme = programme_of(session, case.programme_version_id)
    return last_days.first_day(profiles.terms(session, programme, today), today)


def last_day(session: Session, letter: Letter, known_on: Any) -> date | None:
    """The last day for a revocation or withdrawal by § 48 Abs. 4 VwVfG; None where none is known.

    What the process of the letter or one that calls it has computed comes first, for another
    process of the case is about another matter; else the rule counts from the reply to the
    hearing, the end of its period, or the day the facts were known.
    """
    made = computation_rows.of_instances(session, letter.case_id, _matter(session, letter))
    computed = next((one for one in made if one.rule == LIMIT), None)
    if computed is not None and computed.values.get("last_day"):
        return date.fromisoformat(str(computed.values["last_day"])[:10])
    facts = _knowledge(session, letter, known_on)
    if not facts:
        return None
    case = case_rows.get_case(session, letter.case_id)
    profile = profiles.for_case(session, case, max(facts.values()))
    try:
        found = compute(LIMIT, facts, profile).values["last_day"]
    except Invalid:
        # E.g. a reply dated before its hearing: then the limit is not known, and approval says so.
        return None
    return found if isinstance(found, date) else None


def _knowledge(session: Session, letter: Letter, known_on: Any) -> dict[str, date]:
    facts: dict[str, date] = {}
    if known_on:
        facts["facts_known_on"] = date.fromisoformat(str(known_on)[:10])
    hearing = _hearing_of(session, letter, ())
    if hearing is not None:
        if (until := _until(hearing)) is not None:
            facts["hearing_ended_on"] = until
        if (reply := _reply(session, hearing)) is not None:
            facts["reply_received_on"] = reply.at.astimezone(BERLIN).date()
    return facts
